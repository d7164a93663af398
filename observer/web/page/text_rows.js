// Joins the pieces of texts, and the messages that end them, into rows: a part of RowBuilder.

/** @import { RowBuilder } from "./rows.js" */
/** @import { EventRecord, LogRow } from "./types.d.ts" */

export class TextRows {
  /** @param {RowBuilder} builder */
  constructor(builder) {
    this.builder = builder;
    /** @type {Map<string, LogRow>} */
    this.rows = new Map(); // by message and block
    /** @type {Map<string, LogRow[]>} */
    this.rowsByMessage = new Map(); // of the text of each message
    /** @type {Map<string | null, LogRow>} */
    this.last = new Map(); // the row of the text that an agent wrote last, by agent
  }

  /** @param {EventRecord} record */
  add(record) {
    const { kind, agent, message, block } = record;
    /** @param {string} type @param {string} name */
    const keyOf = (type, name) => `x:${type}:${agent ?? ""}:${name}:${block}`;
    if (record.replaces) {
      for (const type of ["thought", "thinking"]) {
        const replaced = this.rows.get(keyOf(type, record.replaces));
        if (!replaced) continue;
        replaced.voided = true;
        this.builder.changed.add(replaced);
      }
    }
    let row = message ? this.rows.get(keyOf(kind, message)) : undefined;
    if (!row) {
      row = this.builder.createRow(message ? keyOf(kind, message) : `o:${record.offset}`, record, {
        text: "",
        firstEnd: record.end,
        voided: false,
        tree: null,
      });
      if (message) this.rows.set(keyOf(kind, message), row);
      if (message && kind === "thought") this.rowsOfMessage(record, message).push(row);
    }
    this.complete(agent, row);
    row.text = (row.text ?? "") + record.text;
    row.tree = row.events === 0 && record.blocks.length ? record.blocks : null;
    this.last.set(agent, row);
    this.builder.touch(row, record);
  }

  // The text that an agent wrote last is complete, unless it is continued by `row`.
  /** @param {string | null} agent @param {LogRow | null} row */
  complete(agent, row) {
    const last = this.last.get(agent);
    if (!last || last === row) return;
    last.complete = true;
    this.builder.changed.add(last);
    this.last.delete(agent);
  }

  /** @param {EventRecord} record @param {string} message @returns {LogRow[]} */
  rowsOfMessage({ agent }, message) {
    const key = `${agent ?? ""}:${message}`;
    const rows = this.rowsByMessage.get(key) ?? [];
    this.rowsByMessage.set(key, rows);
    return rows;
  }

  // A message is complete. Its row has the tree of its text, for the row of its pieces if it had only one text. It is
  // shown itself if no piece is among the records, or if it ended in an unusual way.
  /** @param {EventRecord} record */
  end(record) {
    const shown = (record.message ? this.rowsOfMessage(record, record.message) : []).filter((row) => row.text);
    if (!shown.length && record.blocks.length) {
      this.builder.touch(
        this.builder.createRow(`o:${record.offset}`, record, {
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
        this.builder.changed.add(row);
      }
      last.figures = record;
      this.builder.rowByOffset.set(record.offset, last);
    }
    if (record.trouble) this.builder.addOther({ ...record, blocks: [] });
  }
}
