// Which rows are shown, and the bar that says so.

import { element, later } from "./dom.js";
import { toolName } from "./labels.js";
import { kindOf, rows, statusOf, story } from "./report_data.js";
import { count, plural } from "./units.js";

// What is searched in a row: all that it says, in lower case, made once.
const haystacks = new Array(rows.length);
function haystack(at) {
  const row = rows[at];
  haystacks[at] ??= [kindOf(row), row.title ?? "", ...(row.texts ?? []).flatMap((text) => [text[1], text[4] ?? ""])]
    .join("\n")
    .toLowerCase();
  return haystacks[at];
}

export function fits(at, wish) {
  const row = rows[at];
  return (
    (!wish.type || row.type === wish.type) &&
    (!wish.tool || (row.type === "tool" && (row.name ?? "") === wish.tool.slice(1))) &&
    (!wish.status || statusOf(row) === wish.status) &&
    (!wish.agent || row.agent === Number(wish.agent)) &&
    (!wish.errors || row.bad === true) &&
    (!wish.text || haystack(at).includes(wish.text))
  );
}

export function tally(values) {
  const counts = new Map();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1]);
}

function choice(name, label, options) {
  const made = element("select", { name, "aria-label": label }, element("option", { value: "" }, label));
  for (const [value, said, number] of options) made.append(element("option", { value }, `${said} (${count(number)})`));
  made.hidden = options.length < 2 && name !== "type";
  return made;
}

// The bar of filters: `changed(wish)` is called whenever somebody wants to see something else.
export class FilterBar {
  constructor(changed) {
    const named = (pairs, said) => pairs.map(([value, number]) => [value, said(value), number]);
    const plain = (value) => value.replaceAll("_", " ");
    const tools = tally(rows.map((row) => (row.type === "tool" ? row.name ?? "" : null)));
    const agents = tally(rows.map((row) => row.agent)).sort((one, other) => one[0] - other[0]);
    this.search = element("input", {
      type: "search", name: "text", placeholder: "Search the log   /", "aria-label": "Search the log", autocomplete: "off", spellcheck: "false",
    });
    this.errors = element("input", { type: "checkbox", name: "errors" });
    this.clear = element("button", { type: "button", class: "quiet" }, "Clear");
    this.result = element("output", { "aria-live": "polite" });
    this.all = element("button", { type: "button", class: "quiet" }, "Expand all");
    this.chosen = [
      choice("type", "All types", named(tally(rows.map((row) => row.type)), plain)),
      choice("tool", "All tools", tools.map(([value, number]) => [`=${value}`, toolName(value), number])),
      choice("status", "Any status", named(tally(rows.map((row) => statusOf(row) || null)), plain)),
      choice("agent", "All agents", named(agents, (at) => story.agents[at])),
    ];
    const label = element("label", { class: "check" }, this.errors, "Errors only");
    const choices = element("div", { class: "choices" }, ...this.chosen, label, this.clear, this.all);
    this.element = element("form", { class: "filter", role: "search", "aria-label": "Filter the log" }, this.search, choices, this.result);
    this.changed = () => changed(this.wish());
    this.search.addEventListener("input", later(this.changed, 120));
    for (const one of [...this.chosen, this.errors]) one.addEventListener("change", this.changed);
    this.clear.addEventListener("click", () => this.reset());
    this.element.addEventListener("submit", (event) => event.preventDefault());
  }

  wish() {
    const wish = { text: this.search.value.trim().toLowerCase(), errors: this.errors.checked };
    for (const one of this.chosen) wish[one.name] = one.value;
    return wish;
  }

  reset() {
    this.element.reset();
    this.changed();
  }

  tell(shown) {
    const all = shown === rows.length;
    this.result.textContent = all ? plural(rows.length, "row") : `${count(shown)} of ${plural(rows.length, "row")}`;
    this.clear.disabled = all;
  }
}
