// How a call or a subagent stands, from what is known of its row.

import { element } from "./dom.js";
import { RESULT_BELOW } from "./event_words.js";
import { textOfSpans, toneOfSpans } from "./row.js";
import { formatDuration } from "./units.js";
/** @import { Span } from "./answers.d.ts" */
/** @import { LogRow } from "./types.d.ts" */

const CARD_TYPES = new Set(["tool", "agent"]);

// Whether a row is a call or a subagent, and so a card.
/** @param {LogRow} row */
export function isCard(row) {
  return CARD_TYPES.has(row.type);
}

// The tone of a row, empty if it has none.
/** @param {LogRow} row */
export function toneOf(row) {
  if (isCard(row)) return toneOfSpans(statusOf(row)) || row.result?.tone || "";
  return row.record.tone || (row.bad ? "warning" : "");
}

// The status as an element, null if there is nothing to say.
/** @param {LogRow} row */
export function statusElement(row) {
  const spans = statusOf(row);
  if (!spans.length) return null;
  const spinner = toneOfSpans(spans) === "running" ? element("i", { class: "spinner" }) : null;
  return element("span", { class: `status ${toneOfSpans(spans)}` }, spinner, textOfSpans(spans));
}

// Whether a call runs, as far as what is loaded tells.
/** @param {LogRow} row */
export function isRunning(row) {
  return row.type === "tool" && !row.result && !row.ended && !row.resultBelow;
}

// How long a call took, or has been running at the time `now`, in milliseconds since 1970; empty if that is not known.
/** @param {LogRow} row @param {number} now */
export function durationText(row, now) {
  if (row.result?.took || row.type === "agent") return row.result?.took ?? "";
  if (isRunning(row)) return row.time === null ? "" : formatDuration(Math.max(0, now - row.time));
  const [began, ended] = [row.call?.time, row.result?.time];
  return began && ended && !row.bad ? formatDuration(ended - began) : "";
}

/** @param {LogRow} row @returns {Span[]} */
function statusOf(row) {
  if (row.type === "agent") return row.agent?.status ?? [];
  if (row.result) return row.result.status;
  if (row.ended) return (row.call ?? row.input)?.unended ?? [];
  if (row.resultBelow) return [[RESULT_BELOW, "dim"]];
  if (row.asking) return [[row.asking, "blocked"]];
  return row.call?.status ?? row.input?.status ?? [];
}
