// One row of the log as elements, kept up to date with what is known of it.

import { arrange, element, marked, say } from "./dom.js";
import { afterOf, beforeOf, nameOf, roleOf, statusElement, statusOf, titleOf, tookOf } from "./tool_card.js";
import { compact, listOf, textOf } from "./event.js";
import { Prose } from "./markdown.js";
import { clean } from "./sanitize.js";
import { field } from "./text_field.js";
import { calendar, clock, plural } from "./units.js";

const CARDS = new Set(["tool", "agent"]);
const DIVIDERS = new Set(["session_start"]);
const FOLDED_CHARACTERS = 240;
const LONGEST_TEXT = 200_000; // characters of one text in the document

export class RowView {
  // `about` is what all rows share: { origin, project, link(row), wanted, now() }.
  constructor(row, about) {
    this.about = about;
    this.open = false;
    this.folded = false;
    this.element = element("li", { class: "row", tabindex: "-1" });
    this.element.view = this;
    this.time = element("a", { class: "time", tabindex: "-1", "data-act": "link" });
    this.main = element("div", { class: "main" });
    this.element.append(this.time, this.main);
    this.update(row, true);
  }

  // Show the row as it is now.
  update(row, whole = false) {
    const print = `${row.offset}:${row.end}:${row.lines}:${row.voided}:${row.ended}:${row.later}:${row.status}:${this.about.wanted}`;
    this.row = row;
    if (!whole && print === this.print) return;
    this.print = print;
    this.mark();
    if (CARDS.has(row.type)) this.card();
    else if (row.text !== undefined) this.speak();
    else this.tell();
  }

  again() {
    this.print = "";
    this.prose = null;
    this.update(this.row, true);
  }

  mark() {
    const { row, element: made, about } = this;
    const role = this.role();
    const type = /^[a-z_]+$/.test(row.type) ? row.type : "unknown";
    made.className = ["row", `of-${type}`, role, row.voided && "void", this.open && "open", DIVIDERS.has(type) && "divider", made.classList.contains("aim") && "aim", made.classList.contains("current") && "current"].filter(Boolean).join(" ");
    say(this.time, row.at === null || about.origin === null ? "·" : clock(row.at - about.origin));
    this.time.href = about.link(row);
    this.time.title = [row.at === null ? "" : calendar(row.at), row.seq === null ? `byte ${row.offset}` : `line ${row.seq}`, "click to copy the link (c)"].filter(Boolean).join(" · ");
  }

  role() {
    const { row } = this;
    if (row.type === "tool") return roleOf(statusOf(row));
    if (row.type === "agent") return row.status ? roleOf(row.status) : "";
    if (row.type === "error" || row.type === "malformed") return "bad";
    if (row.type === "complete") return row.data.outcome === "success" ? "good" : row.data.outcome === "failed" ? "bad" : "warning";
    return row.bad ? (row.type === "session_end" ? "bad" : "warning") : "";
  }

  head(...parts) {
    const expanded = { type: "button", class: "head", "data-act": "open", tabindex: "-1", "aria-expanded": String(this.open) };
    return element("button", expanded, ...parts);
  }

  card() {
    const { row, about } = this;
    const [title, remark] = titleOf(row, about.project);
    this.took = element("span", { class: "took" }, row.type === "agent" ? "" : tookOf(row, about.now()));
    const head = this.head(
      element("span", { class: "kind" }, ...marked(nameOf(row), about.wanted)),
      element("span", { class: "title" }, ...marked(title.slice(0, 600), about.wanted)),
      remark ? element("span", { class: "remark" }, remark) : null,
      row.type === "agent" && !row.status ? null : statusElement(row),
      this.took,
    );
    const shown = { open: this.open, wanted: about.wanted };
    const within = (parts) => (parts.length ? [element("div", { class: "body" }, ...parts)] : []);
    const [before, after] = [beforeOf(row, shown), afterOf(row, shown)];
    if (row.children.length) this.main.replaceChildren(head, ...within(before), this.nest(), ...within(after));
    else this.main.replaceChildren(head, ...within([...before, ...after]));
  }

  // The rows of a subagent. Their list stays the same element: what is in it is the log's to arrange.
  nest() {
    this.list ??= element("ol", { class: "rows nested" });
    this.fold ??= element("button", { type: "button", class: "fold more", "data-act": "fold" });
    this.list.setAttribute("aria-label", `Subagent ${clean(textOf(this.row.subagent ?? {}, "description"))}`);
    this.sayFold();
    this.fold.setAttribute("aria-expanded", String(!this.folded));
    this.list.hidden = this.folded;
    return element("div", { class: "nest" }, this.fold, this.list);
  }

  arrange(children) {
    if (!this.list) this.card();
    this.sayFold();
    arrange(this.list, children);
  }

  sayFold() {
    say(this.fold, `${this.folded ? "▸" : "▾"} ${plural(this.row.children.length, "step")}`);
  }

  speak() {
    const { row, about } = this;
    const told = row.voided ? "told anew" : row.type === "thinking" ? "thinking" : "";
    const kind = element("span", { class: "kind" }, told);
    if (told && !this.open) {
      this.prose = null;
      const first = row.text.trimStart().slice(0, FOLDED_CHARACTERS).replace(/\s+/g, " ");
      this.main.replaceChildren(this.head(kind, element("span", { class: "title" }, ...marked(first, about.wanted))));
      return;
    }
    if (this.prose?.wanted !== about.wanted) {
      this.prose = new Prose(about.wanted);
      this.main.replaceChildren(...(told ? [this.head(kind)] : []), this.prose.element);
    }
    this.prose.show(row.text.length > LONGEST_TEXT ? `${row.text.slice(0, LONGEST_TEXT)}…` : row.text);
  }

  tell() {
    const { row, about } = this;
    const parts = [this.head(element("span", { class: "kind" }, row.type.replaceAll("_", " ")), element("span", { class: "title" }, ...marked(row.title, about.wanted)), ...flips(row))];
    if (row.type === "error") {
      for (const name of ["message", "traceback"]) {
        const said = textOf(row.data, name);
        if (said.includes("\n") || (name === "traceback" && said)) parts.push(field(name, said, about.wanted));
      }
    }
    if (row.type === "long") parts.push(element("button", { type: "button", class: "more", "data-act": "whole" }, "Show it"));
    if (row.type === "malformed") parts.push(element("pre", { class: "output" }, textOf(row.data, "preview").slice(0, this.open ? 4000 : 200)));
    if (this.open && row.type !== "malformed" && row.type !== "long") {
      const known = Object.entries(row.data).filter(([, value]) => value !== null && value !== "").slice(0, 60);
      parts.push(element("div", { class: "body" }, ...known.map(([name, value]) => field(name, typeof value === "string" ? value : compact(value), about.wanted))));
    }
    this.main.replaceChildren(...parts);
  }

  toggle(open = !this.open) {
    this.open = open;
    this.again();
  }

  toggleFold() {
    this.folded = !this.folded;
    this.again();
  }

  // A call that goes on takes longer and longer.
  tick(now) {
    if (this.took && this.row.type === "tool" && !this.row.status && !this.row.ended) say(this.took, tookOf(this.row, now));
  }
}

// The features whose state changed: a short list, so that a glance is enough.
function flips(row) {
  if (row.type !== "progress") return [];
  return listOf(row.data, "changed").slice(0, 12).map((flip) =>
    element("span", { class: `chip ${flip.passes === true ? "good" : "bad"}` }, `${flip.passes === true ? "✓" : "✗"} ${textOf(flip, "name")}`));
}
