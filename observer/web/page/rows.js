// Joins records into rows: pieces of a text, a call and its result, the rows of a subagent inside the call that spawned
// it. Takes the records in the order of the file, and does not know the document.
//
// A row is { key, type, offset, end, seq, time, endTime, events, parent, bad, children, holder, depth, record, ... }.
// Its `type` is "tool" for a call with its result, "agent" for a subagent whose call is not among the records, else the
// kind of its record.

import { TextRows } from "./text_rows.js";
/** @import { Asking, EventRecord, KnownCalls, LogRow } from "./types.d.ts" */

const MAX_DEPTH = 5; // subagents of subagents; those further down are shown side by side
// May come within a text.
const BETWEEN_PIECES = new Set(["heartbeat", "tool_input", "subagent_progress", "api_retry", "rate_limit", "info"]);

export class RowBuilder {
  // `known` has records of calls and results that are not among those added, by call id.
  /** @param {KnownCalls} [known] */
  constructor(known = { inputs: new Map(), results: new Map() }) {
    this.known = known;
    /** @type {Map<number, LogRow>} */
    this.rowByOffset = new Map(); // the row of each record
    /** @type {LogRow[]} */
    this.rows = []; // at the top level
    /** @type {Map<string, LogRow>} */
    this.rowByKey = new Map();
    /** @type {Map<string, LogRow>} */
    this.openCalls = new Map(); // rows of calls without a result, by id
    /** @type {Map<string, LogRow>} */
    this.spawners = new Map(); // rows that hold the rows of a subagent, by the id of its call
    this.texts = new TextRows(this);
    /** @type {Set<LogRow>} */
    this.changed = new Set(); // rows that changed since takeChanged()
  }

  /** @param {EventRecord} record */
  add(record) {
    const { kind } = record;
    if (typeof record.text === "string") this.texts.add(record);
    else if (kind === "message") this.texts.end(record);
    else if (kind === "tool_use" || kind === "tool_input") this.addCall(record);
    else if (kind === "tool_result") this.addResult(record);
    else if (kind.startsWith("subagent_") && record.call) this.addSubagentRecord(record.call, record);
    else this.addOther(record);
    if (typeof record.text !== "string" && !BETWEEN_PIECES.has(kind)) this.texts.complete(record.agent, null);
    if (record.ends_calls) this.endCalls();
  }

  // Return the rows that changed since the last time, with the rows that hold them.
  takeChanged() {
    const { changed } = this;
    this.changed = new Set();
    return changed;
  }

  /** @param {string} key @param {EventRecord} record @param {Partial<LogRow>} fields @returns {LogRow} */
  createRow(key, record, fields) {
    const uniqueKey = this.rowByKey.has(key) ? `${key}@${record.offset}` : key;
    /** @type {LogRow} */
    const row = {
      key: uniqueKey,
      type: record.kind,
      offset: record.offset,
      end: record.end,
      seq: record.seq,
      time: record.time,
      endTime: record.time,
      events: 0,
      parent: record.agent,
      bad: false,
      children: [],
      holder: null,
      depth: 0,
      record,
      ...fields,
    };
    this.rowByKey.set(uniqueKey, row);
    let holder = record.agent === null ? null : this.holderOf(record.agent, record);
    while (holder && holder.depth >= MAX_DEPTH) holder = holder.holder;
    Object.assign(row, { holder, depth: holder ? holder.depth + 1 : 0 });
    (holder?.children ?? this.rows).push(row);
    return row;
  }

  // Note that a record belongs to a row.
  /** @param {LogRow} row @param {EventRecord} record */
  touch(row, record) {
    row.events += 1;
    this.rowByOffset.set(record.offset, row);
    row.end = record.end;
    row.endTime = record.time ?? row.endTime;
    for (let changed = /** @type {LogRow | null} */ (row); changed; changed = changed.holder) this.changed.add(changed);
  }

  // The row that holds the rows of a subagent: that of its call, or one created in its place.
  /** @param {string} agent @param {EventRecord} record @returns {LogRow} */
  holderOf(agent, record) {
    const spawner = this.spawners.get(agent);
    if (spawner) return spawner;
    /** @type {LogRow} */
    const row = {
      key: `a:${agent}`,
      type: "agent",
      offset: record.offset,
      end: record.end,
      seq: record.seq,
      time: record.time,
      endTime: null,
      events: 0,
      parent: null,
      bad: false,
      children: [],
      holder: null,
      depth: 0,
      id: agent,
      record,
      agent: {},
    };
    this.rowByKey.set(row.key, row);
    this.spawners.set(agent, row);
    this.rows.push(row);
    return row;
  }

  // The row of a call that seemed to have ended with another session, but whose result comes now, as two may run at the
  // same time; or that has this result already, as it was looked up.
  /** @param {string} id @param {EventRecord} record @returns {LogRow | undefined} */
  unansweredCall(id, record) {
    const row = record.kind === "tool_result" ? this.rowByKey.get(`t:${id}`) : undefined;
    return row?.ended && (!row.result || row.result.offset === record.offset) ? row : undefined;
  }

  // The row of the open call with this id, created if there is none.
  /** @param {EventRecord} record @returns {LogRow} */
  callRow(record) {
    const { call: id } = record;
    const open = id ? this.openCalls.get(id) ?? this.unansweredCall(id, record) : undefined;
    if (open) return open;
    const row = this.createRow(id ? `t:${id}` : `o:${record.offset}`, record, {
      type: "tool",
      id,
      call: null,
      input: null,
      result: null,
      agent: null,
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
  /** @param {string} id @param {LogRow} row */
  adoptRows(id, row) {
    const placeholder = this.spawners.get(id);
    if (placeholder?.type !== "agent") return;
    // A call that claims to be its own subagent's.
    for (let holder = /** @type {LogRow | null} */ (row); holder; holder = holder.holder) {
      if (holder === placeholder) return;
    }
    row.children = placeholder.children;
    row.agent = placeholder.agent;
    for (const child of row.children) child.holder = row;
    this.rows.splice(this.rows.indexOf(placeholder), 1);
    this.rowByKey.delete(placeholder.key);
    this.spawners.set(id, row);
  }

  /** @param {EventRecord} record */
  addCall(record) {
    const row = this.callRow(record);
    if (record.kind === "tool_input") row.input = record;
    else row.call = record;
    this.addKnown(row);
    this.touch(row, record);
  }

  /** @param {EventRecord} record */
  addResult(record) {
    const row = this.callRow(record);
    this.setResult(row, record);
    this.addKnown(row);
    this.touch(row, record);
  }

  // Add to a call what is known of it beyond the records.
  /** @param {LogRow} row */
  addKnown(row) {
    const { inputs, results } = this.known;
    const { id } = row;
    if (!id) return;
    const result = results.get(id);
    if (row.result) row.call ??= inputs.get(id) ?? null;
    else if (result) this.setResult(row, result);
  }

  /** @param {LogRow} row @param {EventRecord} record */
  setResult(row, record) {
    if (row.id) this.openCalls.delete(row.id);
    Object.assign(row, { result: record, bad: Boolean(record.trouble), ended: true });
  }

  /** @param {string} call @param {EventRecord} record */
  addSubagentRecord(call, record) {
    const row = this.holderOf(call, record);
    const { about, title } = record.kind === "subagent_start" ? record : row.agent ?? {};
    row.agent = {
      ...record,
      about: about ?? record.about,
      title: title?.length ? title : record.title,
      starts: record.kind === "subagent_start",
    };
    if (record.kind === "subagent_complete") row.bad ||= Boolean(record.trouble);
    this.touch(row, record);
    if (row.type === "tool" && !row.ended) row.endTime = null;
  }

  /** @param {EventRecord} record */
  addOther(record) {
    const row = this.createRow(`o:${record.offset}`, record, { bad: Boolean(record.trouble), voided: false });
    this.touch(row, record);
  }

  // Mark the calls of a tool whose answer a person is asked for, with the `words` of the server about that; null if
  // nobody is asked.
  /** @param {Asking} asking */
  setAsking({ tool, words }) {
    for (const row of this.openCalls.values()) {
      const asking = words !== null && (row.call ?? row.input)?.tool === tool ? words : null;
      if ((row.asking ?? null) === asking) continue;
      row.asking = asking;
      this.changed.add(row);
    }
  }

  // The records stop before the run does: results of open calls are further down.
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
