// Two runs side by side: reads how far the server is, and draws the table that it answers with; the words are its own.

import { buildUrl } from "./api.js";
import { byId, element, setText } from "./dom.js";
import { drawWords } from "./panel.js";
import { linkTo } from "./url_state.js";

export class Comparison {
  constructor() {
    this.dialog = byId("comparison");
    this.status = this.dialog.querySelector("[role=status]");
    this.meter = this.dialog.querySelector(".meter");
    this.table = this.dialog.querySelector("table");
    this.dialog.querySelector("button").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.end(""));
    this.dialog.addEventListener(
      "click",
      (event) => (event.target === this.dialog || event.target.closest("a")) && this.dialog.close(),
    );
  }

  // Compare two runs, by their names.
  open(first, second) {
    this.source?.close();
    this.table.replaceChildren();
    this.dialog.showModal();
    const source = new EventSource(buildUrl("/api/compare", { first, second }));
    this.source = source;
    this.show(0);
    const on = (name, handle) =>
      source.addEventListener(name, (message) => this.source === source && handle(JSON.parse(message.data)));
    on("progress", ({ bytes, passed_bytes: passed }) => this.show(bytes ? passed / bytes : 0));
    on("comparison", (table) => this.draw(table));
    on("done", () => this.end(""));
    on("refused", ({ error }) => this.end(`${error[0].toUpperCase()}${error.slice(1)}.`));
    source.addEventListener(
      "error",
      () => this.source === source && this.end("The comparison was interrupted. Close it, and try again."),
    );
  }

  show(share) {
    const percent = Math.min(100, Math.floor(100 * share));
    setText(this.status, `Reading both runs: ${percent} %`);
    this.meter.hidden = false;
    this.meter.setAttribute("aria-valuenow", String(percent));
    this.meter.style.setProperty("--share", String(share));
  }

  // The server stops reading as soon as the connection is closed.
  end(words) {
    this.source?.close();
    this.source = null;
    setText(this.status, words);
    this.meter.hidden = true;
  }

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
function createCell(words, name, at) {
  return at === null
    ? element("span", {}, ...drawWords(words))
    : element("a", { href: linkTo(name, { seq: null, offset: at }) }, ...drawWords(words));
}
