// Events as the rows that people read: pieces of text joined, a call and its result one row, a subagent's rows inside
// the call that spawned it. A fold: feed it events in the order of the file. Knows nothing of the document.
//
// A row is { key, type, offset, end, seq, at, ends, lines, parent, bad, children, ... }; `type` is "tool" for a call
// with its result, "agent" for a subagent whose call is not among the events, else the type of its event.

import { inputOf, numberOf, textOf } from "./event.js";
import { headline, isTrouble } from "./describe.js";

const DEEPEST = 5; // subagents of subagents; those further down stand beside one another
const ENDS_CALLS = new Set(["session_start", "session_end", "complete"]);

export class Story {
  // `known` are the data of calls and of results that are not among the events, by the calls' ids.
  constructor(known = { inputs: new Map(), results: new Map() }) {
    this.known = known;
    this.rowAt = new Map(); // the row of each event, by its offset
    this.rows = [];
    this.keyed = new Map(); // rows by key
    this.calls = new Map(); // rows of calls that have not ended, by id
    this.spawners = new Map(); // rows that hold a subagent's rows, by the id of its call
    this.spoken = new Map(); // rows of texts, by message and block
    this.fresh = new Set(); // rows that changed since somebody last took them
  }

  take(event) {
    const { type } = event;
    if (type === "thought" || type === "thinking") this.speak(event);
    else if (type === "tool_use" || type === "tool_input") this.use(event);
    else if (type === "tool_result") this.result(event);
    else if (type.startsWith("subagent_") && textOf(event.data, "tool_use_id")) this.spawn(event);
    else this.tell(event);
    if (ENDS_CALLS.has(type)) this.endCalls();
  }

  // The rows that changed, and those that hold them.
  changed() {
    const found = this.fresh;
    this.fresh = new Set();
    return found;
  }

  make(key, event, more) {
    const unique = this.keyed.has(key) ? `${key}@${event.offset}` : key;
    const row = {
      key: unique, type: event.type, offset: event.offset, end: event.end, seq: event.seq, at: event.at, ends: event.at,
      lines: 0, parent: event.parent, bad: false, children: [], ...more,
    };
    this.keyed.set(unique, row);
    let holder = event.parent === null ? null : this.holder(event.parent, event);
    while (holder && holder.depth >= DEEPEST) holder = holder.holder;
    Object.assign(row, { holder, depth: holder ? holder.depth + 1 : 0 });
    (holder?.children ?? this.rows).push(row);
    return row;
  }

  touch(row, event) {
    row.lines += 1;
    this.rowAt.set(event.offset, row);
    row.end = event.end;
    row.ends = event.at ?? row.ends;
    for (let one = row; one; one = one.holder) this.fresh.add(one);
  }

  // The row inside which a subagent's rows stand: its call's, or one made for it.
  holder(parent, event) {
    const known = this.spawners.get(parent);
    if (known) return known;
    const made = {
      key: `a:${parent}`, type: "agent", offset: event.offset, end: event.end, seq: event.seq, at: event.at, ends: null,
      lines: 0, parent: null, bad: false, children: [], holder: null, depth: 0, id: parent, name: "", subagent: {}, status: "",
    };
    this.keyed.set(made.key, made);
    this.spawners.set(parent, made);
    this.rows.push(made);
    return made;
  }

  speak(event) {
    const { data, type, parent } = event;
    const message = textOf(data, "message");
    const block = String(data.block);
    const key = (kind, name) => `x:${kind}:${parent ?? ""}:${name}:${block}`;
    if (textOf(data, "replaces")) {
      for (const kind of ["thought", "thinking"]) {
        const told = this.spoken.get(key(kind, data.replaces));
        if (told && told.text !== undefined) {
          told.voided = true;
          this.fresh.add(told);
        }
      }
    }
    let row = message ? this.spoken.get(key(type, message)) : undefined;
    if (!row) {
      row = this.make(message ? key(type, message) : `o:${event.offset}`, event, { text: "", voided: false });
      if (message) this.spoken.set(key(type, message), row);
    }
    row.text += textOf(data, "text");
    this.touch(row, event);
  }

  call(id, event) {
    const open = this.calls.get(id);
    if (open && id) return open;
    const row = this.make(id ? `t:${id}` : `o:${event.offset}`, event, {
      type: "tool", id, name: textOf(event.data, "name"), input: null, status: "", output: "", outputBytes: 0, outputFile: "", subagent: null, took: null,
    });
    if (!id) row.ended = true; // nothing can ever be said to be its result
    else {
      this.calls.set(id, row);
      if (!this.spawners.has(id)) this.spawners.set(id, row);
      else this.adopt(id, row);
    }
    return row;
  }

  // Rows of a subagent came before its call did, which a file should not have: they move into the call's row.
  adopt(id, row) {
    const waiting = this.spawners.get(id);
    if (waiting.type !== "agent") return;
    for (let one = row; one; one = one.holder) if (one === waiting) return; // a call that says it is its own subagent's
    row.children = waiting.children;
    row.subagent = waiting.subagent;
    for (const child of row.children) child.holder = row;
    this.rows.splice(this.rows.indexOf(waiting), 1);
    this.keyed.delete(waiting.key);
    this.spawners.set(id, row);
  }

  use(event) {
    const row = this.call(textOf(event.data, "id"), event);
    row.name = textOf(event.data, "name") || row.name;
    if (event.type === "tool_input") row.writing = numberOf(event.data, "bytes") ?? 0;
    else Object.assign(row, { input: inputOf(event.data), began: event.at, writing: null });
    this.complete(row);
    this.touch(row, event);
  }

  // Add what is known of a call from elsewhere.
  complete(row) {
    const { inputs, results } = this.known;
    if (row.status) row.input ??= inputs.get(row.id) ? inputOf(inputs.get(row.id)) : null;
    else if (results.has(row.id)) this.finish(row, results.get(row.id));
  }

  result(event) {
    const row = this.call(textOf(event.data, "tool_use_id"), event);
    this.finish(row, event.data);
    this.complete(row);
    this.touch(row, event);
  }

  // A call's result is there.
  finish(row, data) {
    this.calls.delete(row.id);
    Object.assign(row, {
      name: row.name || textOf(data, "name"), status: textOf(data, "status") || "ended", took: numberOf(data, "duration_ms"), output: textOf(data, "output"),
      outputBytes: numberOf(data, "output_bytes") ?? 0, outputFile: textOf(data, "output_file"), reason: textOf(data, "reason"), rule: textOf(data, "rule"),
      command: textOf(data, "command"), bad: isTrouble({ type: "tool_result", data }), ended: true,
    });
  }

  spawn(event) {
    const { data } = event;
    const row = this.holder(data.tool_use_id, event);
    row.subagent = { ...row.subagent, ...data };
    if (event.type === "subagent_complete") {
      row.subagent.over = true;
      if (row.type === "agent") row.status = textOf(data, "status");
      row.bad ||= isTrouble(event);
    }
    this.touch(row, event);
    if (row.type === "tool" && !row.ended) row.ends = null;
  }

  tell(event) {
    const row = this.make(`o:${event.offset}`, event, { title: headline(event), data: event.data, iteration: event.iteration, bad: isTrouble(event) });
    this.touch(row, event);
  }

  // The events stop before the run does: calls that are open here end further down.
  cutOff() {
    for (const row of this.calls.values()) row.later = true;
  }

  // A session is over: what had not ended by then never did.
  endCalls() {
    for (const row of this.calls.values()) {
      row.ended = true;
      this.fresh.add(row);
    }
    this.calls.clear();
  }
}
