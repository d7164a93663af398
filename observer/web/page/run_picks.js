// The runs that are selected in the list, to be compared: two at most, or one and the run that is open.

import { byId, closest, element, findIn, setText } from "./dom.js";

const MAX_PICKS = 2;

export class RunPicks {
  // Callbacks: open() returns the name of the open run, compare(first, second) compares two.
  /** @param {{ open(): string | null, compare(first: string, second: string): void }} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    /** @type {string[]} */
    this.names = [];
    this.list = byId("run-list");
    this.words = element("span", { role: "status" });
    this.button = element("button", { type: "button", title: "Compare two runs (C)" });
    const clear = element("button", {
      type: "button",
      class: "quiet",
      "aria-label": "Clear the selection",
      title: "Clear the selection",
    }, "✕");
    this.bar = byId("picks");
    this.bar.append(this.words, this.button, clear);
    this.button.addEventListener("click", () => this.compare());
    clear.addEventListener("click", () => this.set([]));
    this.list.addEventListener(
      "change",
      (event) => closest(event, ".pick") && this.toggle(closest(event, "[data-run]")?.dataset.run ?? ""),
    );
  }

  /** @param {string} name */
  has(name) {
    return this.names.includes(name);
  }

  // Select a run, in place of the one that was selected first if there are two; or undo that.
  /** @param {string} name */
  toggle(name) {
    this.set(this.has(name) ? this.names.filter((other) => other !== name) : [...this.names, name].slice(-MAX_PICKS));
  }

  // Do the same with the run in the list that has the focus, or the one that is open.
  toggleCurrent() {
    const name = document.activeElement?.closest("#run-list [data-run]")?.getAttribute("data-run") ??
      this.callbacks.open();
    if (name) this.toggle(name);
  }

  /** @param {string[]} names */
  set(names) {
    this.names = names;
    for (const item of this.list.querySelectorAll("[data-run]")) {
      findIn(item, "input").checked = this.has(item.getAttribute("data-run") ?? "");
    }
    this.list.classList.toggle("picking", names.length > 0);
    this.update();
  }

  // Say what is selected, and offer to compare it.
  update() {
    const pair = this.pair();
    this.bar.hidden = !this.names.length;
    setText(this.words, this.names.length > 1 ? "2 runs selected" : "1 run selected");
    setText(this.button, this.names.length > 1 || !pair ? "Compare" : "Compare with the open run");
    this.button.disabled = !pair;
  }

  // The two runs to compare, the earlier one first; null if there is only one.
  /** @returns {[string, string] | null} */
  pair() {
    const names = this.names.length > 1
      ? this.names
      : [...new Set([...this.names, this.callbacks.open() ?? ""])].filter(Boolean);
    const [first, second, ...others] = names.sort();
    return second && !others.length ? [first, second] : null;
  }

  compare() {
    const pair = this.pair();
    if (pair) this.callbacks.compare(...pair);
  }
}
