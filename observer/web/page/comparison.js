// Two runs side by side: reads how far the server is, and draws the table that it answers with; the words are its own.

import { buildUrl } from "./api.js";
import { closest, dialogById, element, findIn, setText } from "./dom.js";
import { drawWords } from "./panel.js";
import { linkTo } from "./url_state.js";
/** @import { ComparisonProgress, ComparisonTable, PanelLook, TableRow, TableSection } from "./answers.d.ts" */

export class Comparison {
  // `onChange()` is called when other runs are compared, or none any more.
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    /** @type {string[]} */
    this.names = []; // of the runs that are compared
    this.dialog = dialogById("comparison");
    this.status = findIn(this.dialog, "[role=status]");
    this.meter = findIn(this.dialog, ".meter");
    this.table = findIn(this.dialog, "table");
    /** @type {EventSource | null} */
    this.source = null;
    findIn(this.dialog, "button").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.closed());
    this.dialog.addEventListener(
      "click",
      (event) => (event.target === this.dialog || closest(event, "a")) && this.dialog.close(),
    );
  }

  // Compare two runs, by their names.
  /** @param {string} first @param {string} second */
  open(first, second) {
    this.source?.close();
    this.table.replaceChildren();
    if (!this.dialog.open) this.dialog.showModal();
    this.names = [first, second];
    this.onChange();
    const source = new EventSource(buildUrl("/api/compare", { first, second }));
    this.source = source;
    this.show(0);
    /** @template T @param {string} name @param {(content: T) => void} handle */
    const on = (name, handle) =>
      source.addEventListener(name, (message) => this.source === source && handle(JSON.parse(message.data)));
    on(
      "progress",
      (/** @type {ComparisonProgress} */ { bytes, passed_bytes: passed }) => this.show(bytes ? passed / bytes : 0),
    );
    on("comparison", (/** @type {ComparisonTable} */ table) => this.draw(table));
    on("done", () => this.end(""));
    on(
      "refused",
      (/** @type {{ error: string }} */ { error }) => this.end(`${error[0].toUpperCase()}${error.slice(1)}.`),
    );
    source.addEventListener(
      "error",
      () => this.source === source && this.end("The comparison was interrupted. Close it, and try again."),
    );
  }

  /** @param {number} share */
  show(share) {
    const percent = Math.min(100, Math.floor(100 * share));
    setText(this.status, `Reading both runs: ${percent} %`);
    this.meter.hidden = false;
    this.meter.setAttribute("aria-valuenow", String(percent));
    this.meter.style.setProperty("--share", String(share));
  }

  closed() {
    this.end("");
    this.names = [];
    this.onChange();
  }

  // The server stops reading as soon as the connection is closed.
  /** @param {string} words */
  end(words) {
    this.source?.close();
    this.source = null;
    setText(this.status, words);
    this.meter.hidden = true;
  }

  /** @param {ComparisonTable} table */
  draw({ names, sections }) {
    const heads = names.map((name) =>
      element(
        "th",
        { scope: "col", role: "columnheader" },
        element("a", { href: `#${encodeURIComponent(name)}` }, name),
      )
    );
    const groups = sections.map((section) => createSection(section, names));
    this.table.replaceChildren(
      element(
        "thead",
        { role: "rowgroup" },
        element("tr", { role: "row" }, element("th", { scope: "col", role: "columnheader" }, "Run"), ...heads),
      ),
      ...groups,
    );
  }
}

// Roles are explicit: on a narrow screen the rows are no table for a browser, as they are laid out in another way.
/** @param {TableSection} section @param {[string, string]} names */
function createSection({ title, rows, note }, names) {
  const head = element(
    "th",
    { scope: "rowgroup", role: "rowheader", colspan: "3" },
    title,
    note ? element("p", { class: "note" }, note) : null,
  );
  return element(
    "tbody",
    { role: "rowgroup" },
    element("tr", { class: "title", role: "row" }, head),
    ...rows.map((row) => createRow(row, names)),
  );
}

/** @param {TableRow} row @param {[string, string]} names */
function createRow({ label, cells, differs, at }, names) {
  const drawn = cells.map((words, index) =>
    element("td", { role: "cell" }, createCell(words, names[index], at[index]))
  );
  return element(
    "tr",
    { class: differs ? "differs" : null, role: "row" },
    element("th", { scope: "row", role: "rowheader" }, label),
    ...drawn,
  );
}

// The words of a run; a link if they are about one of its events.
/** @param {[string, PanelLook][]} words @param {string} name @param {number | null} at */
function createCell(words, name, at) {
  return at === null
    ? element("span", {}, ...drawWords(words))
    : element("a", { href: linkTo(name, { seq: null, offset: at }) }, ...drawWords(words));
}
