// The data of the report, which observer/report/html.py embeds in the page, and functions on its rows.
//
// A row is { line, lastLine, type, start, end, duration, agent, name, status, title, bad, texts }: numbers of lines in the run file,
// ms since the run started, an index into `agents`. A text is [label, head, line, omitted, tail], `omitted` in bytes.

import { byId } from "./dom.js";
import { STATUS_ROLES, toolName } from "./labels.js";
import { formatDuration } from "./units.js";
import { formatDateTime, setZone, zoneOf } from "./zone.js";

const MAX_TITLE = 300; // characters
const MAX_ROWS_OF_A_LINE = 400; // rows before that of a line that may belong to it as well

export const report = JSON.parse(byId("report-data").textContent);
setZone(zoneOf(report.zone));
export const rows = report.rows;
for (const row of rows) row.agent ??= 0;

export const isText = (row) => row.type === "thought" || row.type === "thinking" || (row.type === "message" && !row.title);
export const kindOf = (row) => (row.type === "tool" ? toolName(row.name ?? "") : row.type.replaceAll("_", " "));
const lastSessionEnd = Math.max(...report.spans.filter((span) => span.kind === "session" && span.end !== null).map((span) => span.end));
// A call without an end is what the run is: active, or over. If its session has ended, no end will come.
const unendedOf = (row) => (row.start <= lastSessionEnd ? "did not end" : report.unended);
export const statusOf = (row) => row.status || (row.type === "tool" && row.end === undefined ? unendedOf(row) : "");
export const linesOf = (row) => (row.lastLine && row.lastLine !== row.line ? `${row.line}–${row.lastLine}` : `${row.line}`);
export const dateOf = (row) => formatDateTime((report.origin ?? 0) * 1000 + row.start);

export function titleOf(row) {
  if (row.title || !row.texts?.length) return row.title ?? "";
  return row.texts[0][1].trimStart().split("\n", 1)[0].slice(0, MAX_TITLE);
}

export function roleOf(row) {
  const status = statusOf(row);
  if (row.type === "malformed" || row.type === "error") return "bad";
  if (status) return STATUS_ROLES.get(status) ?? (row.bad ? "bad" : "dim");
  return row.bad ? "warning" : "";
}

export function durationOf(row) {
  if (row.duration !== undefined) return formatDuration(row.duration);
  if (row.bad) return ""; // a call without a measured duration that failed or was blocked may never have run
  return row.end !== undefined && row.start !== undefined && row.type === "tool" ? formatDuration(row.end - row.start) : "";
}

// Count equal values, the most frequent first; null is not counted.
export function countValues(values) {
  const counts = new Map();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

// The index of the row for a line of the run file: the last one that begins on it or before.
const firstLines = Float64Array.from(rows, (row) => row.line);
export function rowOfLine(line) {
  let low = 0;
  let high = firstLines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (firstLines[middle] <= line) low = middle + 1;
    else high = middle;
  }
  for (let index = low - 1; index >= 0 && index > low - MAX_ROWS_OF_A_LINE; index -= 1) {
    if (rows[index].line === line || rows[index].lastLine === line) return index;
  }
  return low - 1;
}
