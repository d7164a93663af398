// Arranges bars of time in lanes: by kind for the live page, by agent for the report. A lane is { label, note, bars, levels }.

import { stackBars } from "./stack.js";
import { formatNumber } from "./units.js";

const MAX_INNER_CALLS = 400; // calls of a subagent that are drawn below its bar
const MAX_AGENT_LEVELS = 16;
const MAX_AGENT_LANES = 8; // subagents with a lane of their own

// Lanes of sessions, of the main agent's tool calls and of subagents. `innerLevels` has the level of each subagent's calls.
export function lanesByKind(spans, maxLevels) {
  const lane = (label, levels, belongs) => ({ label, ...stackBars(spans.filter(belongs), levels) });
  const lanes = [
    lane("Sessions", 1, (span) => span.kind === "session"),
    lane("Tools", maxLevels, (span) => span.kind === "tool" && span.agent === 0),
    lane("Subagents", maxLevels + 1, (span) => span.kind === "subagent"),
  ].filter(({ bars }) => bars.length > 0);
  const innerCalls = Map.groupBy(spans.filter((span) => span.kind === "tool" && span.agent > 0), (span) => span.agent);
  const innerLevels = new Map([...innerCalls].map(([agent, calls]) => [agent, stackBars(calls.slice(-MAX_INNER_CALLS), 1).levels[0]]));
  return { lanes, innerLevels };
}

// Lanes of sessions, of the main agent and of its subagents, each given as { label, bars }.
export function lanesByAgent(sessions, [mainAgent, ...subagents]) {
  const lanes = [sessions, mainAgent, ...shareLanes(subagents.filter(({ bars }) => bars.length > 0))];
  return lanes.filter(({ bars }) => bars.length > 0).map(stackLane);
}

// Hundreds of lanes would show little but names. So many subagents share lanes, those that worked one after another.
function shareLanes(agents) {
  if (agents.length <= MAX_AGENT_LANES) return agents;
  const lanes = [];
  const extents = agents.map(({ bars }) => ({
    bars, start: bars.reduce((min, bar) => Math.min(min, bar.start), Infinity), end: bars.reduce((max, bar) => Math.max(max, bar.end), -Infinity),
  }));
  for (const { bars, start, end } of extents.sort((a, b) => a.start - b.start)) {
    let lane = lanes.find((candidate) => candidate.end <= start);
    if (!lane) {
      lane = { label: lanes.length ? "More subagents (in parallel)" : "Subagents", bars: [], end: 0, agents: 0 };
      lanes.push(lane);
    }
    lane.bars.push(...bars);
    lane.end = end;
    lane.agents += 1;
  }
  for (const lane of lanes) lane.note = formatNumber(lane.agents);
  return lanes;
}

function stackLane({ label, note, bars: unsorted }) {
  const { bars, levels, crowded } = stackBars(unsorted, MAX_AGENT_LEVELS);
  return { label, bars, levels, note: crowded ? `more than ${MAX_AGENT_LEVELS} at once; the rest share the last row` : note };
}
