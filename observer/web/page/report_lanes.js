// What happened, laid out in lanes: sessions, the main agent, then the subagents. What overlaps is stacked.

import { stack } from "./stack.js";
import { roleOfStatus } from "./labels.js";
import { roleOf } from "./table_row.js";
import { isText, kindOf, rows, statusOf, story, titleOf } from "./report_data.js";
import { count } from "./units.js";

const MOST_LEVELS = 16;
const MOST_NAMED = 8; // subagents with a lane of their own; more of them share lanes, one after another

// A lane is { label, bars, levels }; a bar is { from, to, kind, agent, name, what, status, role, line, going }, times in ms.
export function layOut() {
  const sessionEnds = story.spans.filter((span) => span.kind === "session" && span.ends !== null).map((span) => span.ends);
  const endOf = (from) => sessionEnds.find((end) => end >= from) ?? story.ended;
  const sessions = { label: "Sessions", bars: [] };
  const agents = story.agents.map((label) => ({ label, bars: [] }));
  for (const span of story.spans) {
    const lane = span.kind === "session" ? sessions : agents[span.agent];
    const going = span.ends === null;
    const name = span.kind === "session" ? span.name : span.detail || span.name;
    lane.bars.push({
      from: span.at, to: going ? story.ended : span.ends, kind: span.kind, agent: lane.label, name, what: span.kind === "session" ? span.detail : span.name,
      status: span.status || (going ? "never ended" : ""), role: roleOfStatus(span.status) || "dim", line: span.line, going,
    });
  }
  for (const row of rows) {
    const text = isText(row);
    if ((row.type !== "tool" && !text) || row.at === undefined) continue;
    const going = row.ends === undefined;
    agents[row.agent].bars.push({
      from: row.at, to: going ? endOf(row.at) : row.ends, kind: text ? "text" : "tool", agent: story.agents[row.agent], name: kindOf(row), what: titleOf(row),
      status: statusOf(row), role: roleOf(row), line: row.line, going,
    });
  }
  const [main, ...subagents] = agents;
  const lanes = [sessions, main, ...shared(subagents.filter((lane) => lane.bars.length > 0))].filter((lane) => lane.bars.length > 0);
  return lanes.map(stacked);
}

// Hundreds of subagents on lanes of their own are a picture of nothing but their names: those that worked one after
// another share a lane then, and their bars say who they are.
function shared(lanes) {
  if (lanes.length <= MOST_NAMED) return lanes;
  const found = [];
  const extents = lanes.map(({ bars }) => ({
    bars, from: bars.reduce((least, bar) => Math.min(least, bar.from), Infinity), to: bars.reduce((most, bar) => Math.max(most, bar.to), -Infinity),
  }));
  for (const { bars, from, to } of extents.sort((one, other) => one.from - other.from)) {
    let lane = found.find((one) => one.to <= from);
    if (!lane) {
      lane = { label: found.length ? "More subagents, beside those" : "Subagents", bars: [], to: 0, agents: 0 };
      found.push(lane);
    }
    lane.bars.push(...bars);
    lane.to = to;
    lane.agents += 1;
  }
  for (const lane of found) lane.note = count(lane.agents);
  return found;
}

function stacked({ label, note, bars: found }) {
  const { bars, levels, crowded } = stack(found, MOST_LEVELS);
  return { label, bars, levels, note: crowded ? `more than ${MOST_LEVELS} at once: the others lie on the last row` : note };
}
