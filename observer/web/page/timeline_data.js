// The sessions, tool calls and subagents of a run as spans of time: those from the server, then those of new events.
//
// A span is { kind, name, label, start, end, status, role, agent, offset, id, detail, active }, its times in ms since
// the run started. The `label` of a call is what its tool is called; `name` is that of the file.

import { lookup } from "./dom.js";
import { MAIN_AGENT, SUBAGENT } from "./event_words.js";
import { textOfSpans, toneOfSpans } from "./row.js";
/** @import { Span } from "./answers.d.ts" */
/** @import { EventRecord, SpanKind, TimelineAgent, TimelineAnswer, TimelinePrompt,
 *    TimelineSpan } from "./types.d.ts" */

const MARK_TYPES = new Set(["error", "api_retry", "rate_limit", "compaction"]);
const MAX_SPANS = 45_000; // more than the server sends, which leaves out those that would not be visible
const RELOAD_STEP = 5000; // new spans before the server is queried again
const MAX_DETAIL = 80; // characters

/** @param {string} name @param {number} time @param {number} offset @param {string} detail @returns {TimelineSpan} */
const createMark = (name, time, offset, detail) => ({
  kind: "mark",
  name,
  label: name,
  start: time,
  end: time,
  status: "",
  role: name === "error" ? "bad" : "warning",
  agent: 0,
  offset,
  id: "",
  detail,
  active: false,
  level: 0,
});

// How a span stands, from the spans of a row that say so.
/** @param {Span[]} spans */
const lookOf = (spans) => ({ status: textOfSpans(spans), role: toneOfSpans(spans) });
/** @param {EventRecord} event */
const sessionNumber = (event) => (event.iteration ? String(event.iteration) : "");

export class TimelineData {
  // `reload` is called when there are too many spans: the server has fewer that show the same.
  /** @param {() => void} reload */
  constructor(reload) {
    this.reload = reload;
    this.capacity = MAX_SPANS;
    this.loaded = false; // new events are ignored until the server has sent what happened before
    /** @type {number | null} */
    this.runStart = null; // ms since 1970
    /** @type {number | null} */
    this.runEnd = null; // ms since the start
    /** @type {TimelineSpan[]} */
    this.spans = [];
    /** @type {TimelineSpan[]} */
    this.marks = [];
    /** @type {TimelinePrompt[]} */
    this.prompts = []; // to the main agent
    /** @type {TimelineAgent[]} */
    this.agents = [{ id: null, name: MAIN_AGENT }];
    this.readTo = 0; // bytes of the file that are included
    this.leftOut = 0;
    /** @type {Span[]} */
    this.unended = []; // how a span stands that did not end
    /** @type {Map<string, TimelineSpan>} */
    this.open = new Map(); // active spans, by kind and id
    this.version = 0;
  }

  // Take over an answer of the server.
  /** @param {TimelineAnswer} answer */
  load(answer) {
    this.loaded = true;
    this.runStart = answer.began;
    this.runEnd = Math.max(0, (answer.ended ?? 0) - (answer.began ?? 0));
    this.readTo = answer.read_to ?? answer.size;
    this.agents = answer.agents.length ? answer.agents : this.agents;
    this.leftOut = answer.left_out ?? 0;
    this.unended = answer.unended ?? [];
    const [labels, statuses] = [lookup(answer.tools ?? {}), lookup(answer.statuses ?? {})];
    this.spans = answer.spans.map(([kind, name, start, end, status, agent, offset, id, detail]) => ({
      kind,
      name,
      label: labels.get(name) ?? name,
      start,
      end,
      ...lookOf(statuses.get(status) ?? []),
      agent: agent ?? 0,
      offset,
      id: id ?? "",
      detail: detail ?? "",
      active: end === null,
      level: 0,
    }));
    this.capacity = Math.max(MAX_SPANS, this.spans.length + RELOAD_STEP);
    this.marks = answer.marks.map(([type, time, offset, text]) => createMark(type, time, offset, text ?? ""));
    this.prompts = (answer.prompts ?? []).map(([start, offset, words]) => ({ kind: "prompt", words, start, offset }));
    this.open = new Map(
      this.spans.filter((span) => span.active).map((
        span,
      ) => [`${span.kind}:${span.kind === "subagent" ? span.agent : span.id}`, span]),
    );
    this.version += 1;
  }

  // Add an event, unless the server has included it.
  /** @param {EventRecord} event */
  add(event) {
    if (!this.loaded || event.offset < this.readTo || event.time === null) return;
    this.readTo = event.end;
    this.runStart ??= event.time;
    const time = event.time - this.runStart;
    this.runEnd = Math.max(this.runEnd ?? 0, time);
    const { kind } = event;
    if (kind === "session_start") {
      this.startSpan("session", sessionNumber(event), event, time, textOfSpans(event.title), "");
    } else if (kind === "tool_use") {
      this.startSpan(
        "tool",
        event.call ?? "",
        event,
        time,
        event.tool ?? "",
        textOfSpans(event.title),
        undefined,
        event.label,
      );
    } else if (kind === "subagent_start") this.startSubagent(event, time);
    else if (kind === "tool_result") this.endSpan("tool", event.call ?? "", time, event);
    else if (kind === "subagent_complete") this.endSpan("subagent", String(this.agentIndex(event.call)), time, event);
    else if (kind === "session_end") this.endSpan("session", sessionNumber(event), time, event);
    else if (kind === "complete") this.endAll(time);
    else if (kind === "prompt" && event.agent === null) {
      this.prompts.push({ kind, words: (event.about ?? "").slice(0, MAX_DETAIL), start: time, offset: event.offset });
    } else if (MARK_TYPES.has(kind)) {
      this.marks.push(createMark(kind, time, event.offset, textOfSpans(event.title).slice(0, MAX_DETAIL)));
    } else return;
    this.version += 1;
  }

  /** @param {SpanKind} kind @param {string} id @param {EventRecord} event @param {number} time @param {string} name
   * @param {string} detail @param {number} [agent] @param {string} [label] */
  startSpan(kind, id, event, time, name, detail, agent = this.agentIndex(event.agent), label = name) {
    /** @type {TimelineSpan} */
    const span = {
      kind,
      name,
      label,
      start: time,
      end: null,
      status: "",
      role: "",
      agent,
      offset: event.offset,
      id,
      detail: detail.slice(0, MAX_DETAIL),
      active: true,
      level: 0,
    };
    this.spans.push(span);
    this.open.set(`${kind}:${id}`, span);
    if (this.spans.length < this.capacity) return;
    this.capacity += RELOAD_STEP;
    this.reload();
  }

  /** @param {EventRecord} event @param {number} time */
  startSubagent(event, time) {
    const index = this.agentIndex(event.call);
    if (index) this.agents[index].name = event.about ?? SUBAGENT;
    if (index && this.open.has(`subagent:${index}`)) return; // the same line twice
    this.startSpan(
      "subagent",
      String(index),
      event,
      time,
      event.facts.length ? textOfSpans(event.facts[0]) : SUBAGENT,
      textOfSpans(event.title),
      index,
    );
  }

  /** @param {string | null | undefined} parent */
  agentIndex(parent) {
    if (!parent) return 0;
    const index = this.agents.findIndex((agent) => agent.id === parent);
    return index < 0 ? this.agents.push({ id: parent, name: SUBAGENT }) - 1 : index;
  }

  /** @param {SpanKind} kind @param {string} id @param {number} time @param {EventRecord} event */
  endSpan(kind, id, time, { status }) {
    const span = this.open.get(`${kind}:${id}`);
    if (!span) return;
    this.open.delete(`${kind}:${id}`);
    Object.assign(span, { end: time, ...lookOf(status), active: false });
  }

  // The run is over: spans that are still active did not end.
  /** @param {number} time */
  endAll(time) {
    for (const span of this.open.values()) Object.assign(span, { end: time, ...lookOf(this.unended), active: false });
    this.open.clear();
  }
}
