// The bars of the report's timeline in lanes: sessions, and for each agent its tool calls and texts.
//
// A bar is { start, end, kind, agent, name, detail, status, role, line, active }, its times in ms since the run started.

import { roleOfStatus } from "./labels.js";
import { lanesByAgent } from "./lanes.js";
import { isText, kindOf, report, roleOf, rows, statusOf, titleOf } from "./report_data.js";

export function createLanes() {
  const sessions = { label: "Sessions", bars: [] };
  const agents = report.agents.map((label) => ({ label, bars: [] }));
  for (const span of report.spans) {
    const lane = span.kind === "session" ? sessions : agents[span.agent];
    lane.bars.push(barOfSpan(span, lane.label));
  }
  const sessionEnds = report.spans.filter((span) => span.kind === "session" && span.end !== null).map((span) => span.end);
  for (const row of rows) {
    if ((row.type === "tool" || isText(row)) && row.start !== undefined) agents[row.agent].bars.push(barOfRow(row, sessionEnds));
  }
  return lanesByAgent(sessions, agents);
}

function barOfSpan(span, agent) {
  const active = span.end === null;
  const [name, detail] = span.kind === "session" ? [span.name, span.detail] : [span.detail || span.name, span.name];
  return {
    start: span.start, end: active ? report.end : span.end, kind: span.kind, agent, name, detail,
    status: span.status || (active ? report.unended : ""), role: roleOfStatus(span.status) || "dim", line: span.line, active,
  };
}

// A call that did not end lasts to the end of its session.
function barOfRow(row, sessionEnds) {
  const active = row.end === undefined;
  const end = active ? (sessionEnds.find((time) => time >= row.start) ?? report.end) : row.end;
  return {
    start: row.start, end, kind: isText(row) ? "text" : "tool", agent: report.agents[row.agent], name: kindOf(row), detail: titleOf(row),
    status: statusOf(row), role: roleOf(row), line: row.line, active,
  };
}
