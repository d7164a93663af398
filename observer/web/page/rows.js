// Joins records into rows: pieces of a text, a call and its result, the rows of a subagent inside the call that spawned
// it. Takes the records in the order of the file, and does not know the document.
//
// A row is { key, type, offset, end, seq, time, endTime, events, parent, bad, children, holder, depth, record, ... }.
// Its `type` is "tool" for a call with its result, "agent" for a subagent whose call is not among the records, else the
// kind of its record.

const MAX_DEPTH = 5; // subagents of subagents; those further down are shown side by side
// May come within a text.
const BETWEEN_PIECES = new Set(["heartbeat", "tool_input", "subagent_progress", "api_retry", "rate_limit", "info"]);

export class RowBuilder {
  // `known` has records of calls and results that are not among those added, by call id.
  constructor(known = { inputs: new Map(), results: new Map() }) {
    this.known = known;
    this.rowByOffset = new Map(); // the row of each record
    this.rows = []; // at the top level
    this.rowByKey = new Map();
    this.openCalls = new Map(); // rows of calls without a result, by id
    this.spawners = new Map(); // rows that hold the rows of a subagent, by the id of its call
    this.texts = new Map(); // rows of texts, by message and block
    this.textsOfMessage = new Map(); // the rows of each message's text
    this.lastText = new Map(); // the row of the text that an agent wrote last, by agent
    this.changed = new Set(); // rows that changed since takeChanged()
  }

  add(record) {
    const { kind } = record;
    if (typeof record.text === "string") this.addText(record);
    else if (kind === "message") this.addMessage(record);
    else if (kind === "tool_use" || kind === "tool_input") this.addCall(record);
    else if (kind === "tool_result") this.addResult(record);
    else if (kind.startsWith("subagent_") && record.call) this.addSubagentRecord(record);
    else this.addOther(record);
    if (typeof record.text !== "string" && !BETWEEN_PIECES.has(kind)) this.completeText(record.agent, null);
    if (record.ends_calls) this.endCalls();
  }

  // Return the rows that changed since the last time, with the rows that hold them.
  takeChanged() {
    const { changed } = this;
    this.changed = new Set();
    return changed;
  }

  createRow(key, record, fields) {
    const uniqueKey = this.rowByKey.has(key) ? `${key}@${record.offset}` : key;
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
  touch(row, record) {
    row.events += 1;
    this.rowByOffset.set(record.offset, row);
    row.end = record.end;
    row.endTime = record.time ?? row.endTime;
    for (let changed = row; changed; changed = changed.holder) this.changed.add(changed);
  }

  // The row that holds the rows of a subagent: that of its call, or one created in its place.
  holderOf(agent, record) {
    const spawner = this.spawners.get(agent);
    if (spawner) return spawner;
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
      record: null,
      agent: {},
    };
    this.rowByKey.set(row.key, row);
    this.spawners.set(agent, row);
    this.rows.push(row);
    return row;
  }

  addText(record) {
    const { kind, agent, message, block } = record;
    const keyOf = (type, name) => `x:${type}:${agent ?? ""}:${name}:${block}`;
    if (record.replaces) {
      for (const type of ["thought", "thinking"]) {
        const replaced = this.texts.get(keyOf(type, record.replaces));
        if (!replaced) continue;
        replaced.voided = true;
        this.changed.add(replaced);
      }
    }
    let row = message ? this.texts.get(keyOf(kind, message)) : undefined;
    if (!row) {
      row = this.createRow(message ? keyOf(kind, message) : `o:${record.offset}`, record, {
        text: "",
        firstEnd: record.end,
        voided: false,
        tree: null,
      });
      if (message) this.texts.set(keyOf(kind, message), row);
      if (message && kind === "thought") this.rowsOfMessage(record, message).push(row);
    }
    this.completeText(agent, row);
    row.text += record.text;
    row.tree = row.events === 0 && record.blocks.length ? record.blocks : null;
    this.lastText.set(agent, row);
    this.touch(row, record);
  }

  // The text that an agent wrote last is complete, unless it is continued by `row`.
  completeText(agent, row) {
    const last = this.lastText.get(agent);
    if (!last || last === row) return;
    last.complete = true;
    this.changed.add(last);
    this.lastText.delete(agent);
  }

  rowsOfMessage({ agent }, message) {
    const key = `${agent ?? ""}:${message}`;
    if (!this.textsOfMessage.has(key)) this.textsOfMessage.set(key, []);
    return this.textsOfMessage.get(key);
  }

  // A message is complete. Its row has the tree of its text, for the row of its pieces if it had only one text. It is
  // shown itself if no piece is among the records, or if it ended in an unusual way.
  addMessage(record) {
    const shown = (record.message ? this.rowsOfMessage(record, record.message) : []).filter((row) => row.text);
    if (!shown.length && record.blocks.length) {
      this.touch(
        this.createRow(`o:${record.offset}`, record, {
          text: "",
          tree: record.blocks,
          complete: true,
          voided: false,
          bad: Boolean(record.trouble),
        }),
        record,
      );
      return;
    }
    const last = shown.at(-1);
    if (last) {
      if (shown.length === 1 && record.blocks.length) last.tree = record.blocks;
      for (const row of shown) {
        row.complete = true;
        this.changed.add(row);
      }
      last.figures = record;
      this.rowByOffset.set(record.offset, last);
    }
    if (record.trouble) this.addOther({ ...record, blocks: [] });
  }

  // The row of a call that seemed to have ended with another session, but whose result comes now, as two may run at the
  // same time; or that has this result already, as it was looked up.
  unansweredCall(id, record) {
    const row = record.kind === "tool_result" ? this.rowByKey.get(`t:${id}`) : undefined;
    return row?.ended && (!row.result || row.result.offset === record.offset) ? row : undefined;
  }

  // The row of the open call with this id, created if there is none.
  callRow(record) {
    const { call: id } = record;
    const open = this.openCalls.get(id) ?? this.unansweredCall(id, record);
    if (open && id) return open;
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
  adoptRows(id, row) {
    const placeholder = this.spawners.get(id);
    if (placeholder.type !== "agent") return;
    // A call that claims to be its own subagent's.
    for (let holder = row; holder; holder = holder.holder) if (holder === placeholder) return;
    row.children = placeholder.children;
    row.agent = placeholder.agent;
    for (const child of row.children) child.holder = row;
    this.rows.splice(this.rows.indexOf(placeholder), 1);
    this.rowByKey.delete(placeholder.key);
    this.spawners.set(id, row);
  }

  addCall(record) {
    const row = this.callRow(record);
    if (record.kind === "tool_input") row.input = record;
    else row.call = record;
    this.addKnown(row);
    this.touch(row, record);
  }

  addResult(record) {
    const row = this.callRow(record);
    this.setResult(row, record);
    this.addKnown(row);
    this.touch(row, record);
  }

  // Add to a call what is known of it beyond the records.
  addKnown(row) {
    const { inputs, results } = this.known;
    if (row.result) row.call ??= inputs.get(row.id) ?? null;
    else if (results.has(row.id)) this.setResult(row, results.get(row.id));
  }

  setResult(row, record) {
    this.openCalls.delete(row.id);
    Object.assign(row, { result: record, bad: Boolean(record.trouble), ended: true });
  }

  addSubagentRecord(record) {
    const row = this.holderOf(record.call, record);
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

  addOther(record) {
    const row = this.createRow(`o:${record.offset}`, record, { bad: Boolean(record.trouble), voided: false });
    this.touch(row, record);
  }

  // Mark the calls of a tool whose answer a person is asked for, with the `words` of the server about that; null if
  // nobody is asked.
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
