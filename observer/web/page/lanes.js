// Arranges bars of time in lanes by their kind. A lane is { label, bars, levels }.

import { SESSIONS, SUBAGENTS, TOOLS } from "./event_words.js";
import { stackBars } from "./stack.js";
/** @import { Lane, TimelineSpan } from "./types.d.ts" */

const MAX_INNER_CALLS = 400; // calls of a subagent that are drawn below its bar

// Lanes of sessions, of the main agent's tool calls and of subagents. `innerLevels` has the level of each subagent's
// calls.
/** @param {TimelineSpan[]} spans @param {number} maxLevels */
export function lanesByKind(spans, maxLevels) {
  /** @param {string} label @param {number} levels @param {(span: TimelineSpan) => boolean} belongs @returns {Lane} */
  const lane = (label, levels, belongs) => ({ label, ...stackBars(spans.filter(belongs), levels) });
  const lanes = [
    lane(SESSIONS, 1, (span) => span.kind === "session"),
    lane(TOOLS, maxLevels, (span) => span.kind === "tool" && span.agent === 0),
    lane(SUBAGENTS, maxLevels + 1, (span) => span.kind === "subagent"),
  ].filter(({ bars }) => bars.length > 0);
  const innerCalls = Map.groupBy(spans.filter((span) => span.kind === "tool" && span.agent > 0), (span) => span.agent);
  const innerLevels = new Map(
    [...innerCalls].map(([agent, calls]) => [agent, stackBars(calls.slice(-MAX_INNER_CALLS), 1).levels[0]]),
  );
  return { lanes, innerLevels };
}
