// Draws a row that is a single record: a prompt, or an event that has no other that belongs to it.

import { spanElements } from "./blocks.js";
import { element } from "./dom.js";
/** @import { RowView } from "./row_view.js" */

// A prompt begins a turn; one that comes from inside of a turn is a single line until it is opened.
/** @param {RowView} view */
export function renderPrompt(view) {
  const { record } = view.row;
  const { query } = view.context;
  const kind = element("span", { class: "kind" }, record.label);
  const title = record.title.length && !view.open
    ? element("span", { class: "title" }, ...spanElements(record.title, query))
    : null;
  const blocks = view.blocksOf(record);
  view.main.replaceChildren(
    view.headElement(kind, title),
    ...(blocks.length ? [element("div", { class: "said prose" }, ...blocks)] : []),
  );
}

/** @param {RowView} view */
export function renderRecord(view) {
  const { record } = view.row;
  const { query } = view.context;
  const kind = element("span", { class: "kind" }, record.label ?? "");
  const title = record.title.length ? element("span", { class: "title" }, ...spanElements(record.title, query)) : null;
  const facts = record.facts.flatMap((fact, index) => [...(index ? [" · "] : []), ...spanElements(fact, query)]);
  const blocks = view.blocksOf(record);
  if (record.kind === "session_start") {
    const below = facts.length ? [element("p", { class: "note works-with" }, ...facts)] : [];
    const heading = element("div", { role: "heading", "aria-level": "2" }, view.headElement(title));
    view.main.replaceChildren(heading, ...below, ...blocks);
    return;
  }
  const isCount = record.kind === "progress"; // what changed is read at a glance
  const head = view.headElement(
    kind,
    title,
    facts.length ? element("span", { class: "remark" }, ...facts) : null,
    ...(isCount ? blocks.map(chipOf) : []),
  );
  const load = record.kind === "long"
    ? [element("button", { type: "button", class: "more", "data-act": "load" }, "Load line")]
    : [];
  view.main.replaceChildren(
    head,
    ...(blocks.length && !isCount ? [element("div", { class: "body" }, ...blocks)] : []),
    ...load,
  );
}

/** @param {HTMLElement} note */
function chipOf(note) {
  note.className = note.className.replace("note", "chip");
  return note;
}
