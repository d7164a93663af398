// Folds events into rows: pieces of a text joined, a call and its result in one row, the rows of a subagent inside the call
// that spawned it. Takes the events in the order of the file, and does not know the document.
//
// A row is { key, type, offset, end, seq, time, endTime, events, parent, bad, children, holder, depth, ... }. Its `type` is
// "tool" for a call with its result, "agent" for a subagent whose call is not among the events, else the type of its event.

import { beginsTurn, describeStop, imagesOf, promptOf } from "./conversation.js";
import { headline, isTrouble } from "./describe.js";
import { inputOf, numberOf, textOf, wordsOf } from "./event.js";

const MAX_DEPTH = 5; // subagents of subagents; those further down are shown side by side
const CALLS_END_WITH = new Set(["session_start", "session_end", "complete"]);

export class RowBuilder {
  // `known` has data of calls and results that are not among the events, by call id.
  constructor(known = { inputs: new Map(), results: new Map() }) {
    this.known = known;
    this.rowByOffset = new Map(); // the row of each event
    this.rows = []; // at the top level
    this.rowByKey = new Map();
    this.openCalls = new Map(); // rows of calls without a result, by id
    this.spawners = new Map(); // rows that hold the rows of a subagent, by the id of its call
    this.texts = new Map(); // rows of texts, by message and block
    this.lastTexts = new Map(); // the last row of each message's text
    this.changed = new Set(); // rows that changed since takeChanged()
  }

  add(event) {
    const { type } = event;
    if (type === "thought" || type === "thinking") this.addText(event);
    else if (type === "message") this.addMessage(event);
    else if (promptOf(event)) this.addPrompt(event);
    else if (type === "tool_use" || type === "tool_input") this.addCall(event);
    else if (type === "tool_result") this.addResult(event);
    else if (type.startsWith("subagent_") && textOf(event.data, "tool_use_id")) this.addSubagentEvent(event);
    else this.addOther(event);
    if (CALLS_END_WITH.has(type)) this.endCalls();
  }

  // Return the rows that changed since the last time, with the rows that hold them.
  takeChanged() {
    const { changed } = this;
    this.changed = new Set();
    return changed;
  }

  createRow(key, event, fields) {
    const uniqueKey = this.rowByKey.has(key) ? `${key}@${event.offset}` : key;
    const row = {
      key: uniqueKey, type: event.type, offset: event.offset, end: event.end, seq: event.seq, time: event.time, endTime: event.time,
      events: 0, parent: event.parent, bad: false, children: [], ...fields,
    };
    this.rowByKey.set(uniqueKey, row);
    let holder = event.parent === null ? null : this.holderOf(event.parent, event);
    while (holder && holder.depth >= MAX_DEPTH) holder = holder.holder;
    Object.assign(row, { holder, depth: holder ? holder.depth + 1 : 0 });
    (holder?.children ?? this.rows).push(row);
    return row;
  }

  // Record that an event belongs to a row.
  touch(row, event) {
    row.events += 1;
    this.rowByOffset.set(event.offset, row);
    row.end = event.end;
    row.endTime = event.time ?? row.endTime;
    for (let changed = row; changed; changed = changed.holder) this.changed.add(changed);
  }

  // The row that holds the rows of a subagent: that of its call, or one created in its place.
  holderOf(parent, event) {
    const spawner = this.spawners.get(parent);
    if (spawner) return spawner;
    const row = {
      key: `a:${parent}`, type: "agent", offset: event.offset, end: event.end, seq: event.seq, time: event.time, endTime: null,
      events: 0, parent: null, bad: false, children: [], holder: null, depth: 0, id: parent, name: "", subagent: {}, status: "",
    };
    this.rowByKey.set(row.key, row);
    this.spawners.set(parent, row);
    this.rows.push(row);
    return row;
  }

  addText(event) {
    const { data, type, parent } = event;
    const message = textOf(data, "message");
    const block = numberOf(data, "block");
    const keyOf = (kind, name) => `x:${kind}:${parent ?? ""}:${name}:${block}`;
    if (textOf(data, "replaces")) {
      for (const kind of ["thought", "thinking"]) {
        const replaced = this.texts.get(keyOf(kind, data.replaces));
        if (replaced && replaced.text !== undefined) {
          replaced.voided = true;
          this.changed.add(replaced);
        }
      }
    }
    let row = message ? this.texts.get(keyOf(type, message)) : undefined;
    if (!row) {
      row = this.createRow(message ? keyOf(type, message) : `o:${event.offset}`, event, { text: "", voided: false });
      if (message) this.texts.set(keyOf(type, message), row);
    }
    row.text += wordsOf(data, "text");
    row.redacted ||= data.redacted === true;
    if (type === "thought" && row.text) this.lastTexts.set(`${parent ?? ""}:${message}`, row);
    this.touch(row, event);
  }

  // A message is complete. Its text is shown only if no piece of it is among the events; its end only if that is unusual.
  addMessage(event) {
    const { data, parent } = event;
    const text = wordsOf(data, "text");
    const shown = this.lastTexts.get(`${parent ?? ""}:${textOf(data, "id")}`);
    if (!shown && text) {
      this.touch(this.createRow(`o:${event.offset}`, event, { text, voided: false, note: headline(event), bad: isTrouble(event) }), event);
      return;
    }
    if (shown) {
      shown.figures = headline(event);
      this.changed.add(shown);
      this.rowByOffset.set(event.offset, shown);
    }
    if (describeStop(data)) this.addOther(event);
  }

  addPrompt(event) {
    const { text, source, images } = promptOf(event);
    const row = this.createRow(`o:${event.offset}`, event, { type: "prompt", text, source, images, voided: false, quiet: !beginsTurn(source) });
    this.touch(row, event);
  }

  // The row of a call that seemed to have ended with another session, but whose result comes now: two may run at the same time.
  unansweredCall(id, event) {
    const row = event.type === "tool_result" ? this.rowByKey.get(`t:${id}`) : undefined;
    return row?.ended && !row.status ? row : undefined;
  }

  // The row of the open call with this id, created if there is none.
  callRow(id, event) {
    const open = this.openCalls.get(id) ?? this.unansweredCall(id, event);
    if (open && id) return open;
    const row = this.createRow(id ? `t:${id}` : `o:${event.offset}`, event, {
      type: "tool", id, name: textOf(event.data, "name"), input: null, status: "", output: "", outputBytes: 0, outputFile: "", subagent: null, duration: null,
    });
    if (!id) row.ended = true; // no result can belong to it
    else {
      this.openCalls.set(id, row);
      if (!this.spawners.has(id)) this.spawners.set(id, row);
      else this.adoptRows(id, row);
    }
    return row;
  }

  // Rows of a subagent came before its call, which should not happen in a file: they move into the row of the call.
  adoptRows(id, row) {
    const placeholder = this.spawners.get(id);
    if (placeholder.type !== "agent") return;
    for (let holder = row; holder; holder = holder.holder) if (holder === placeholder) return; // a call that claims to be its own subagent's
    row.children = placeholder.children;
    row.subagent = placeholder.subagent;
    for (const child of row.children) child.holder = row;
    this.rows.splice(this.rows.indexOf(placeholder), 1);
    this.rowByKey.delete(placeholder.key);
    this.spawners.set(id, row);
  }

  addCall(event) {
    const row = this.callRow(textOf(event.data, "id"), event);
    row.name = textOf(event.data, "name") || row.name;
    if (event.type === "tool_input") row.inputBytes = numberOf(event.data, "bytes") ?? 0;
    else Object.assign(row, { input: inputOf(event.data), callTime: event.time, inputBytes: null });
    this.addKnown(row);
    this.touch(row, event);
  }

  addResult(event) {
    const row = this.callRow(textOf(event.data, "tool_use_id"), event);
    this.setResult(row, event.data);
    this.addKnown(row);
    this.touch(row, event);
  }

  // Add to a call what is known of it beyond the events.
  addKnown(row) {
    const { inputs, results } = this.known;
    if (row.status) row.input ??= inputs.get(row.id) ? inputOf(inputs.get(row.id)) : null;
    else if (results.has(row.id)) this.setResult(row, results.get(row.id));
  }

  setResult(row, data) {
    this.openCalls.delete(row.id);
    Object.assign(row, {
      name: row.name || textOf(data, "name"), status: textOf(data, "status") || "ended", duration: numberOf(data, "duration_ms"), output: wordsOf(data, "output"),
      outputBytes: numberOf(data, "output_bytes") ?? 0, outputFile: textOf(data, "output_file"), reason: wordsOf(data, "reason"), rule: textOf(data, "rule"),
      command: wordsOf(data, "command"), images: imagesOf(data), truncated: data.truncated === true, bad: isTrouble({ type: "tool_result", data }), ended: true,
    });
  }

  addSubagentEvent(event) {
    const { data } = event;
    const row = this.holderOf(textOf(data, "tool_use_id"), event);
    row.subagent = { ...row.subagent, ...data };
    if (event.type === "subagent_complete") {
      row.subagent.over = true;
      if (row.type === "agent") row.status = textOf(data, "status");
      row.bad ||= isTrouble(event);
    }
    this.touch(row, event);
    if (row.type === "tool" && !row.ended) row.endTime = null;
  }

  addOther(event) {
    const row = this.createRow(`o:${event.offset}`, event, { title: headline(event), data: event.data, iteration: event.iteration, bad: isTrouble(event) });
    this.touch(row, event);
  }

  // Mark the calls that a person is asked about; `tool` is their name, null if nobody is asked.
  setAsking(tool) {
    for (const row of this.openCalls.values()) {
      const asking = tool !== null && row.name === tool;
      if (Boolean(row.asking) === asking) continue;
      row.asking = asking;
      this.changed.add(row);
    }
  }

  // The events stop before the run does: results of open calls are further down.
  markResultsBelow() {
    for (const row of this.openCalls.values()) row.resultBelow = true;
  }

  // A session is over: calls that are still open did not end.
  endCalls() {
    for (const row of this.openCalls.values()) {
      row.ended = true;
      this.changed.add(row);
    }
    this.openCalls.clear();
  }
}
