// The filter of the live page. The server applies it; its parameters are named like the options of the command line.

import { element, setText } from "./dom.js";
import { FILTER_STATUSES, FILTER_TYPES, MAIN_AGENT } from "./event_words.js";
import { createSelect, FilterBar } from "./filter_bar.js";
import { pluralize } from "./units.js";
/** @import { Direction, FilterState, Filters } from "./types.d.ts" */

const MAX_OPTIONS = 60; // of one select
const MAX_LABEL = 80; // characters
const TYPING_MS = 250;

export class LiveFilter extends FilterBar {
  // `onChange()` is called when the filter has changed; `onEdit()` as soon as the text is edited, and returns whether
  // it cancelled a search, so that `onChange` has to follow; `buttons` are put at the end of the bar. The arrows and
  // what is said beside them are about the hits of a filter while one is set, else about errors.
  /** @param {() => void} onChange @param {() => boolean} onEdit @param {HTMLElement[]} buttons */
  constructor(onChange, onEdit, buttons) {
    const type = createSelect("All types", FILTER_TYPES);
    const tool = createSelect("All tools", []);
    const status = createSelect("Any status", FILTER_STATUSES.map((name) => [name, name]));
    const agent = createSelect("All agents", [["main", MAIN_AGENT]]);
    super({
      subject: "events",
      search: { placeholder: "Search", title: "Search (/)", maxlength: "200" },
      selects: [type, tool, status, agent],
      typingMs: TYPING_MS,
    });
    this.onChange = onChange;
    /** @type {(direction: Direction) => void} */
    this.onEnter = () => {}; // called when Enter is pressed in the search field, for the next or previous hit
    this.type = type;
    this.tool = tool;
    this.status = status;
    this.agent = agent;
    this.hasStepped = false; // whether an error was gone to
    // All others are of a run.
    this.fixedOptions = new Map([[tool, tool.children.length], [agent, agent.children.length]]);
    this.clear.title = "Clear the filters (Esc)";
    this.step = element("output", { class: "step", "aria-live": "off" }); // which error or hit was gone to, of how many
    this.words = { error: "", hit: "" }; // what is said of each
    this.previous = element("button", { type: "button", class: "quiet" }, "↑");
    this.next = element("button", { type: "button", class: "quiet" }, "↓");
    this.search.addEventListener("keydown", (event) => this.pressed(event));
    this.opener = element("button", {
      type: "button",
      class: "quiet opener",
      "aria-expanded": "false",
      "aria-controls": "choices",
    }, "Filters");
    this.opener.addEventListener(
      "click",
      () => this.opener.setAttribute("aria-expanded", String(this.element.classList.toggle("open"))),
    );
    this.search.after(this.opener);
    this.element.append(element("span", { class: "end" }, this.step, this.previous, this.next, ...buttons));
    this.applied = JSON.stringify(this.query());
    this.search.addEventListener("input", () => {
      if (onEdit()) this.applied = "";
    });
    this.update();
  }

  /** @override */
  apply() {
    const query = JSON.stringify(this.query());
    const isSame = query === this.applied;
    if (!isSame) this.words.hit = ""; // those of another filter
    this.update();
    if (isSame) return;
    this.applied = query;
    this.onChange();
  }

  // The parameters of a request. The server searches for regular expressions: the text is escaped, and case is ignored.
  /** @returns {Filters} */
  query() {
    const pattern = this.search.value.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const query = {
      type: this.type.value && this.type.value.split(","),
      tool: this.tool.value,
      status: this.status.value,
      agent: this.agent.value,
      errors: this.errors.checked,
      grep: pattern && `(?i)${pattern}`,
    };
    return Object.fromEntries(Object.entries(query).filter(([, value]) => value));
  }

  // What a search is for, in words; `what` is that of RunReader.
  /** @param {string} what */
  describeSearch(what) {
    const where = [
      ...this.selects.filter(({ value }) => value).map((select) => select.selectedOptions[0].textContent),
      ...(this.errors.checked ? ["errors"] : []),
    ].join(", ");
    const text = this.search.value.trim();
    if (what === "next" || what === "previous") return `Searching for the ${what} error`;
    return `Searching ${what} events for ${[text && `“${text}”`, where].filter(Boolean).join(" in: ")}`;
  }

  // The filters that are set, by the names of their parameters, with `text` for what is searched for: for the URL.
  /** @returns {FilterState} */
  state() {
    const state = {
      type: this.type.value,
      tool: this.tool.value,
      status: this.status.value,
      agent: this.agent.value,
      errors: this.errors.checked ? "1" : "",
      text: this.search.value.trim(),
    };
    return Object.fromEntries(Object.entries(state).filter(([, value]) => value));
  }

  // Set the filters to a state, without calling `onChange`. Tools and agents of a run may not be known yet.
  /** @param {FilterState} state */
  load({ type = "", tool = "", status = "", agent = "", errors = "", text = "" }) {
    addOption(this.tool, tool, tool);
    addOption(this.agent, agent, agent);
    [this.type.value, this.tool.value, this.status.value, this.agent.value] = [type, tool, status, agent];
    for (const select of this.selects) if (select.selectedIndex < 0) select.value = ""; // there is no such choice
    this.errors.checked = errors === "1";
    this.search.value = text;
    this.applied = JSON.stringify(this.query());
    this.update();
  }

  get active() {
    return Object.keys(this.query()).length > 0;
  }

  // Clear the filter without calling `onChange`.
  clearSilently() {
    this.element.reset();
    this.applied = JSON.stringify(this.query());
    this.update();
  }

  // Whether the arrows go from hit to hit, not from error to error.
  get countsHits() {
    return this.active;
  }

  // Enter goes to the next hit, with Shift to the previous one; a text that has just been edited is searched for first.
  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.key !== "Enter" || !this.countsHits || JSON.stringify(this.query()) !== this.applied) return;
    event.preventDefault();
    this.onEnter(event.shiftKey ? "before" : "after");
  }

  // Show which error was gone to, in words.
  /** @param {string} words */
  showStep(words) {
    this.hasStepped = true;
    this.words.error = words;
    this.say();
  }

  // Show how many errors there are, until one is gone to.
  /** @param {number} count */
  showErrors(count) {
    if (this.hasStepped) return;
    this.words.error = count ? pluralize(count, "error") : "No errors";
    this.say();
  }

  // Show how many hits there are, or which one was gone to, in words.
  /** @param {string} words */
  showHits(words) {
    this.words.hit = words;
    this.say();
  }

  // Say what the arrows are about.
  say() {
    const subject = this.countsHits ? "hit" : "error";
    const key = this.countsHits ? "n" : "e";
    setText(this.step, this.words[subject]);
    this.step.title = this.words[subject]; // there may be no room for all of them
    nameButton(this.next, `Next ${subject}`, key);
    nameButton(this.previous, `Previous ${subject}`, `Shift ${key}`);
  }

  // Clear the filter and what is of a run: tools, agents and errors.
  clearRun() {
    this.hasStepped = false;
    this.words = { error: "", hit: "" };
    for (const [select, count] of this.fixedOptions) select.replaceChildren(...[...select.children].slice(0, count));
    this.clearSilently();
  }

  update() {
    for (const select of this.selects) select.classList.toggle("set", select.value !== "");
    this.clear.hidden = !this.active;
    this.opener.setAttribute("aria-pressed", String(this.active));
    this.say();
  }

  /** @param {string} name @param {string} label */
  addTool(name, label) {
    addOption(this.tool, name, label);
  }

  /** @param {string} id @param {string} name */
  addAgent(id, name) {
    addOption(this.agent, id, name);
  }
}

/** @param {HTMLElement} button @param {string} name @param {string} key */
function nameButton(button, name, key) {
  button.setAttribute("aria-label", name);
  button.title = `${name} (${key})`;
}

// Add an option to a select, or use a better label for the one that is there: a longer one, or one that is not only its
// value.
/** @param {HTMLSelectElement} select @param {string} value @param {string} label */
function addOption(select, value, label) {
  if (!value || select.children.length > MAX_OPTIONS) return;
  const existing = [...select.options].find((option) => option.value === value);
  if (!existing) select.append(element("option", { value }, label.slice(0, MAX_LABEL)));
  else if (label.length > existing.textContent.length || (existing.textContent === value && label !== value)) {
    existing.textContent = element("option", {}, label).textContent;
  }
}
