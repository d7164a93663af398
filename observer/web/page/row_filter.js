// Decides which rows of a report pass a filter, as the server does for lines: its parameters are those of
// /api/runs/{run}/lines.

import { textsOf } from "./row_text.js";
/** @import { Row } from "./answers.d.ts" */
/** @import { EmbeddedRecord, Filters, RowTest } from "./types.d.ts" */

// Return a function that returns the row of a record as it is shown, or null if it does not pass. A row in which a
// text is found only in what is folded is open.
/** @param {Filters} filters @returns {RowTest} */
export function rowFilter({ type, exclude, tool, status, agent, errors, grep }) {
  const types = type && new Set([type].flat());
  const pattern = grep && patternOf(grep);
  const toolName = tool?.toLowerCase();
  /** @param {EmbeddedRecord} record */
  const isWanted = ({ row, status: outcome }) =>
    (!types || types.has(row.kind)) &&
    (!exclude || row.kind !== exclude) &&
    (!tool || row.tool?.toLowerCase() === toolName) &&
    (!status || outcome === status) &&
    (!agent || isFrom(row, agent)) &&
    (!errors || row.trouble === true);
  return (record) => {
    const { row, blocks } = record;
    if (!isWanted(record)) return null;
    if (!pattern || has(row, pattern)) return row;
    return blocks && has(blocks, pattern) ? { ...row, blocks, folded: false } : null;
  };
}

// The server takes a flag at the start of an expression; JavaScript has it beside it.
/** @param {string} grep */
function patternOf(grep) {
  const ignoresCase = grep.startsWith("(?i)");
  return new RegExp(ignoresCase ? grep.slice(4) : grep, ignoresCase ? "i" : "");
}

/** @param {unknown} value @param {RegExp} pattern */
function has(value, pattern) {
  for (const text of textsOf(value)) if (pattern.test(text)) return true;
  return false;
}

// An event is from an agent if that caused it, or if it reports its start, progress or end.
/** @param {Row} row @param {string} wanted */
function isFrom({ kind, agent = null, call = null }, wanted) {
  if (wanted === "main") return agent === null;
  return (kind.startsWith("subagent_") ? call ?? agent : agent) === wanted;
}
