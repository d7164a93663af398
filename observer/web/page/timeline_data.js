// Sessions, calls and subagents of a run as spans of time: as the server found them, and then as they happen.
//
// A span is { kind, name, from, to, status, role, agent, offset, id, detail, going }, its times in ms since the run began.

import { inputOf, textOf } from "./event.js";
import { roleOfStatus } from "./labels.js";

const MARKED = new Set(["error", "api_retry", "rate_limit", "compaction"]);
const MOST = 45_000; // spans that are kept: more than the server tells of, which thins them where nobody sees it
const STEP = 5000; // spans that may come before the server is asked again
const LONGEST = 80; // characters of what is said of a span

const markOf = (name, at, offset, detail) =>
  ({ kind: "mark", name, from: at, to: at, status: "", role: name === "error" ? "bad" : "warning", agent: 0, offset, detail, going: false });

export class Timeline {
  // `again` is called when there are too many spans: the server has fewer that show the same.
  constructor(again) {
    this.again = again;
    this.room = MOST;
    this.loaded = false; // until the server has told what happened so far, there is nothing to add to
    this.began = null; // ms since 1970
    this.ended = null; // ms since the beginning
    this.spans = [];
    this.marks = [];
    this.agents = [{ id: null, name: "Main agent" }];
    this.size = 0; // bytes of the file that are in it
    this.leftOut = 0;
    this.open = new Map();
    this.changes = 0;
  }

  load(found) {
    this.loaded = true;
    this.began = found.began;
    this.ended = Math.max(0, (found.ended ?? 0) - (found.began ?? 0));
    this.size = found.read_to ?? found.size;
    this.agents = found.agents.length ? found.agents : this.agents;
    this.leftOut = found.left_out ?? 0;
    this.spans = found.spans.map(([kind, name, from, to, status, agent, offset, id, detail]) =>
      ({ kind, name, from, to, status: status ?? "", role: roleOfStatus(status), agent: agent ?? 0, offset, id: id ?? "", detail: detail ?? "", going: to === null }));
    this.room = Math.max(MOST, this.spans.length + STEP);
    this.marks = found.marks.map(([type, at, offset, text]) => markOf(type, at, offset, text ?? ""));
    this.open = new Map(this.spans.filter((span) => span.going).map((span) => [`${span.kind}:${span.id}`, span]));
    this.changes += 1;
  }

  // Take in an event that the server had not read yet.
  take(event) {
    if (!this.loaded || event.offset < this.size || event.at === null) return;
    this.size = event.end;
    this.began ??= event.at;
    const at = event.at - this.began;
    this.ended = Math.max(this.ended ?? 0, at);
    const { data } = event;
    if (event.type === "session_start") this.begin("session", "", event, at, `${textOf(data, "agent_type").toLowerCase() || "session"} ${event.iteration}`, "");
    else if (event.type === "tool_use") this.begin("tool", textOf(data, "id"), event, at, textOf(data, "name"), Object.values(inputOf(data)).find((value) => typeof value === "string") ?? "");
    else if (event.type === "subagent_start") this.beginAgent(event, at);
    else if (event.type === "tool_result") this.end("tool", textOf(data, "tool_use_id"), at, textOf(data, "status"));
    else if (event.type === "subagent_complete") this.end("subagent", textOf(data, "id"), at, textOf(data, "status"));
    else if (event.type === "session_end") this.end("session", "", at, textOf(data, "outcome"));
    else if (event.type === "complete") this.endAll(at);
    else if (MARKED.has(event.type)) this.marks.push(markOf(event.type, at, event.offset, textOf(data, "message").slice(0, LONGEST)));
    else return;
    this.changes += 1;
  }

  begin(kind, id, event, at, name, detail, agent = this.agentOf(event.parent)) {
    const span = { kind, name, from: at, to: null, status: "", role: "", agent, offset: event.offset, id, detail: detail.slice(0, LONGEST), going: true };
    this.spans.push(span);
    this.open.set(`${kind}:${id}`, span);
    if (this.spans.length < this.room) return;
    this.room += STEP;
    this.again();
  }

  beginAgent(event, at) {
    const { data } = event;
    const name = [textOf(data, "agent_type") || "subagent", textOf(data, "description")].filter(Boolean).join(": ");
    const known = this.agents.find((agent) => agent.id === data.tool_use_id);
    if (known) known.name = name;
    else this.agents.push({ id: textOf(data, "tool_use_id"), name });
    this.begin("subagent", textOf(data, "id"), event, at, textOf(data, "agent_type") || "subagent", textOf(data, "description"), this.agentOf(textOf(data, "tool_use_id")));
  }

  agentOf(parent) {
    if (!parent) return 0;
    const at = this.agents.findIndex((agent) => agent.id === parent);
    return at < 0 ? this.agents.push({ id: parent, name: "Subagent" }) - 1 : at;
  }

  end(kind, id, at, status) {
    const span = this.open.get(`${kind}:${id}`);
    if (!span) return;
    this.open.delete(`${kind}:${id}`);
    Object.assign(span, { to: at, status, role: roleOfStatus(status), going: false });
  }

  // The run is over: what goes on now never ended.
  endAll(at) {
    for (const span of this.open.values()) Object.assign(span, { to: at, status: "never ended", role: roleOfStatus("never ended"), going: false });
    this.open.clear();
  }
}
