// The spans of a run laid out in lanes: sessions, the main agent's calls, subagents. What overlaps is stacked.

import { stack } from "./stack.js";

const MOST_INNER = 400; // calls of a subagent that are drawn below it

// A lane is { label, bars, levels }; `inner` has, for each subagent, the level of its calls.
export function layOut(spans, most) {
  const lane = (label, levels, fits) => ({ label, ...stack(spans.filter(fits), levels) });
  const lanes = [
    lane("Sessions", 1, (span) => span.kind === "session"),
    lane("Tools", most, (span) => span.kind === "tool" && span.agent === 0),
    lane("Subagents", most + 1, (span) => span.kind === "subagent"),
  ].filter((one) => one.bars.length > 0);
  const calls = Map.groupBy(spans.filter((span) => span.kind === "tool" && span.agent > 0), (span) => span.agent);
  const inner = new Map([...calls].map(([agent, found]) => [agent, stack(found.slice(-MOST_INNER), 1).levels[0]]));
  return { lanes, inner };
}
