// The data of the page, and what is known of a row.

import { byId } from "./dom.js";
import { toolName } from "./labels.js";
import { calendar } from "./units.js";

export const story = JSON.parse(byId("story").textContent);
export const rows = story.rows;
for (const row of rows) row.agent ??= 0;

export const isText = (row) => row.type === "thought" || row.type === "thinking";
const firstLine = (text) => text.trimStart().split("\n", 1)[0].slice(0, 300);
export const kindOf = (row) => (row.type === "tool" ? toolName(row.name ?? "") : row.type.replaceAll("_", " "));
export const statusOf = (row) => row.status || (row.type === "tool" && row.ends === undefined ? "never ended" : "");
export const linesOf = (row) => (row.last && row.last !== row.line ? `${row.line}–${row.last}` : `${row.line}`);
// When a row was written, by the calendar.
export const dateOf = (row) => calendar((story.origin ?? 0) * 1000 + row.at);

export function titleOf(row) {
  if (row.title || !row.texts?.length) return row.title ?? "";
  return firstLine(row.texts[0][1]);
}

// The row that tells of a line of the run file: the last one that begins on it or before.
const starts = Float64Array.from(rows, (row) => row.line);
export function rowOfLine(line) {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= line) low = middle + 1;
    else high = middle;
  }
  for (let at = low - 1; at >= 0 && at > low - 400; at -= 1) {
    if (rows[at].line === line || rows[at].last === line) return at;
  }
  return low - 1;
}
