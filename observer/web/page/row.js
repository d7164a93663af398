// What the server sends of one line: its row, as docs/rows.md describes it, and where the line is in the file.
//
// A record is { offset, end, bytes, ...row }; `offset` and `end` are bytes in the file.

/** @import { Row, Span } from "./answers.d.ts" */
/** @import { EventRecord, PlacedRow } from "./types.d.ts" */

/** @param {number} offset @param {number} end @param {Row} row @returns {EventRecord} */
export const createRecord = (offset, end, row) => ({
  offset,
  end,
  bytes: end - offset,
  seq: null,
  time: null,
  agent: null,
  title: [],
  facts: [],
  status: [],
  blocks: [],
  tone: "",
  ...row,
});

// The records of lines of which there is a row.
/** @param {PlacedRow[]} lines @returns {EventRecord[]} */
export const createRecords = (lines) =>
  lines.flatMap(([offset, end, row]) => (row === null ? [] : [createRecord(offset, end, row)]));

// The text of spans.
/** @param {Span[]} spans */
export const textOfSpans = (spans) => spans.map((span) => (typeof span === "string" ? span : span[0])).join("");
// The tone of the first span of a status.
/** @param {Span[]} spans */
export const toneOfSpans = (spans) => (Array.isArray(spans[0]) ? spans[0][1] : "");

// A record in one line.
/** @param {Pick<EventRecord, "label" | "title" | "facts" | "status">} record */
export function lineOf({ label, title, facts, status }) {
  const head = [label, textOfSpans(title), textOfSpans(status)].filter(Boolean).join(": ");
  return [head, ...facts.map(textOfSpans)].filter(Boolean).join(" · ");
}
