// Answers questions about the run of a report as server.js does, from the rows that are in the page: in compressed
// chunks, of which those are unpacked that are shown or searched. observer/report/row_chunks.py makes them.

import { nearest, ordinal } from "./place_list.js";
import { rowFilter } from "./row_filter.js";
import { pluralize } from "./units.js";
/** @import { HitAnswer, Row, StepAnswer } from "./answers.d.ts" */
/** @import { EmbeddedHits, EmbeddedRecord, Filters, LinesQuery, PackedRecord, Page,
 *    PlacedRow, Position, ReportData, RowTest, Stream, StreamHandlers } from "./types.d.ts" */

const GENERATION = "report";
const UNPACKED = 12; // chunks that are kept
const SEARCH_MS = 400; // before a search says how far it is

/** @param {string} position */
const offsetOf = (position) => Number(position.slice(position.lastIndexOf(".") + 1));

// Return the value that is in an element, as gzip in base64.
/** @param {Element} element */
// deno-lint-ignore require-await -- whoever waits for it is to see an error of `atob` as well
export async function unpack(element) {
  const packed = atob(element.textContent);
  const bytes = new Uint8Array(packed.length);
  for (let index = 0; index < packed.length; index += 1) bytes[index] = packed.charCodeAt(index);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

export class EmbeddedRun {
  // `report` is the data of the report: { size, chunks: [[offset, seq, time]], problems, timeline, ... }; each of
  // `elements` has a chunk.
  /** @param {ReportData} report @param {Element[]} elements */
  constructor(report, elements) {
    this.report = report;
    this.elements = elements;
    this.size = report.size;
    this.begins = report.chunks.map(([begin]) => begin);
    /** @type {Map<number, Promise<EmbeddedRecord[]>>} */
    this.unpacked = new Map(); // promises of records by the number of the chunk, the last one used at the end
    /** @type {EmbeddedHits | null} */
    this.hits = null; // of the filter whose hits were counted last
  }

  /** @param {string} _run @param {LinesQuery} query @param {AbortSignal} [signal] @returns {Promise<Page>} */
  async lines(_run, query, signal) {
    const passing = rowFilter(query);
    const at = await this.find(query);
    const [earlier, later] = sharesOf(query);
    const before = earlier ? await this.before(at, earlier, passing) : { lines: [], reached: at };
    const after = later ? await this.after(at, later, passing) : { lines: [], reached: at };
    signal?.throwIfAborted();
    const [first, last] = [before.reached, after.reached];
    return {
      generation: GENERATION,
      size: this.size,
      lines: [...before.lines, ...after.lines],
      first,
      last,
      at,
      at_start: first === 0,
      at_end: last >= this.size,
      searched_to: query.before === undefined ? last : first,
    };
  }

  // The offset that a query names.
  /** @param {LinesQuery} query @returns {Promise<number>} */
  async find({ before, after, around, seq, time }) {
    const position = before ?? after ?? around;
    if (position !== undefined) return position === "start" ? 0 : position === "end" ? this.size : offsetOf(position);
    const wanted = seq ?? Date.parse(time ?? "");
    const name = seq === undefined ? "time" : "seq";
    const index = this.report.chunks.findLastIndex((chunk) => {
      const first = chunk[seq === undefined ? 2 : 1];
      return first !== null && first <= wanted;
    });
    for (let number = Math.max(0, index); number < this.elements.length; number += 1) {
      const found = (await this.records(number)).find(({ row }) => (row[name] ?? -Infinity) >= wanted);
      if (found) return found.offset;
    }
    return this.size;
  }

  // The last `limit` lines before an offset that pass, and how far was searched for them.
  /** @param {number} offset @param {number} limit @param {RowTest} passing */
  async before(offset, limit, passing) {
    /** @type {PlacedRow[]} */
    const lines = [];
    const deadline = performance.now() + SEARCH_MS;
    for (let number = this.chunkAt(offset - 1); number >= 0; number -= 1) {
      const records = await this.records(number);
      for (let index = records.length - 1; index >= 0; index -= 1) {
        const record = records[index];
        const row = record.offset < offset ? passing(record) : null;
        if (row) lines.unshift([record.offset, record.end, row]);
        if (lines.length === limit) return { lines, reached: number || index ? record.offset : 0 };
      }
      if (number && performance.now() > deadline) return { lines, reached: this.begins[number] };
    }
    return { lines, reached: 0 };
  }

  // The first `limit` lines from an offset on that pass, and how far was searched for them.
  /** @param {number} offset @param {number} limit @param {RowTest} passing */
  async after(offset, limit, passing) {
    /** @type {PlacedRow[]} */
    const lines = [];
    const deadline = performance.now() + SEARCH_MS;
    for (let number = Math.max(0, this.chunkAt(offset)); number < this.elements.length; number += 1) {
      const records = await this.records(number);
      const next = this.begins[number + 1] ?? this.size;
      for (const [index, record] of records.entries()) {
        const row = record.offset >= offset ? passing(record) : null;
        if (row) lines.push([record.offset, record.end, row]);
        if (lines.length === limit) return { lines, reached: records[index + 1]?.offset ?? next };
      }
      if (performance.now() > deadline) return { lines, reached: next };
    }
    return { lines, reached: this.size };
  }

  // The number of the chunk that holds an offset, -1 if that is before all of them.
  /** @param {number} offset */
  chunkAt(offset) {
    return this.begins.findLastIndex((begin) => begin <= offset);
  }

  // The records of a chunk.
  /** @param {number} number @returns {Promise<EmbeddedRecord[]>} */
  records(number) {
    const known = this.unpacked.get(number);
    this.unpacked.delete(number);
    const records = known ?? unpack(this.elements[number]).then((packed) => placed(packed, this.begins[number]));
    this.unpacked.set(number, records);
    const [oldest] = this.unpacked.keys();
    if (this.unpacked.size > UNPACKED) this.unpacked.delete(oldest);
    return records;
  }

  // A text of which a chunk has only a part has no tree: it is shown as it is.
  /** @param {string} _run @param {{ at: string, first?: string | null }} query @returns {Promise<Row | null>} */
  async row(_run, { at, first }) {
    if (first && first !== at) return null;
    const end = offsetOf(at);
    const found = (await this.records(Math.max(0, this.chunkAt(end - 1)))).find((record) => record.end === end);
    return found ? { ...found.row, blocks: found.blocks ?? found.row.blocks, folded: false } : null;
  }

  // The next problem, or beyond the last one the first again, and which one it is of how many.
  /** @param {string} _run @param {Position} query @returns {Promise<Omit<StepAnswer, "generation">>} */
  // deno-lint-ignore require-await -- a server is waited for
  async problem(_run, query) {
    const { problems } = this.report;
    const found = nearest(problems, positionOf(query));
    const words = problems.length ? ordinal("error", problems, found) : "no errors";
    return { at: problems[found.index] ?? null, words, read_to: this.size, size: this.size };
  }

  // The next hit of a filter, or that at a place, and which one it is of how many; without a place their number. It
  // is null as long as that may not be all it takes, and the rest is to be requested again.
  /** @param {string} _run @param {Position & Filters} query @param {AbortSignal} [signal]
   * @returns {Promise<Omit<HitAnswer, "generation">>} */
  async hit(_run, { after, before, at, ...filters }, signal) {
    const hits = await this.countHits(filters, signal);
    const { offsets } = hits;
    const readTo = this.begins[hits.next] ?? this.size;
    const isComplete = hits.next === this.elements.length;
    const found = nearest(offsets, positionOf({ after, before, at }));
    const isSure = isComplete || (!found.again && (before === undefined || readTo >= offsetOf(before)));
    const least = isComplete ? "" : "at least ";
    const answer = { at: null, words: `${least}${pluralize(offsets.length, "hit")}`, read_to: readTo, size: this.size };
    if (isSure && offsets[found.index] !== undefined) {
      return { ...answer, at: offsets[found.index], words: ordinal("hit", offsets, found, least) };
    }
    return isComplete && !offsets.length ? { ...answer, words: "no hits" } : answer;
  }

  // Count the hits of a filter for a moment; what was read is not read again. A call with its result is one hit, and
  // so is a text.
  /** @param {Filters} filters @param {AbortSignal | undefined} signal */
  async countHits(filters, signal) {
    const subject = JSON.stringify(filters);
    /** @type {EmbeddedHits} */
    const hits = this.hits?.subject === subject
      ? this.hits
      : { subject, passing: rowFilter(filters), offsets: [], shared: new Set(), next: 0 };
    this.hits = hits;
    const deadline = performance.now() + SEARCH_MS;
    while (hits.next < this.elements.length && performance.now() < deadline) {
      const number = hits.next;
      const records = await this.records(number);
      signal?.throwIfAborted();
      if (hits.next !== number) continue; // another request has counted these meanwhile
      hits.next += 1;
      for (const record of records) {
        const key = sharedKey(record.row);
        if (hits.shared.has(key) || !hits.passing(record)) continue;
        if (key) hits.shared.add(key);
        hits.offsets.push(record.offset);
      }
    }
    return hits;
  }

  // deno-lint-ignore require-await -- a server is waited for
  async timeline() {
    return { ...this.report.timeline, size: this.size, read_to: this.size };
  }

  // Nothing more comes.
  /** @param {string} _run @param {Filters} _query @param {string} _from @param {StreamHandlers} handlers
   * @returns {Stream} */
  follow(_run, _query, _from, handlers) {
    queueMicrotask(() => handlers["caught-up"]("", ""));
    return { close() {}, reconnect() {} };
  }

  // Images are beside the run, not in the report.
  imageUrl() {
    return null;
  }
}

// How many lines before and after the place of a query it wants.
/** @param {LinesQuery} query */
function sharesOf({ before, after, limit }) {
  if (before !== undefined) return [limit, 0];
  return after === undefined ? [limit >> 1, limit - (limit >> 1)] : [0, limit];
}

// The position of a query as offsets.
/** @param {Position} query @returns {Partial<Record<"after" | "before" | "at", number>>} */
const positionOf = (query) =>
  Object.fromEntries(
    Object.entries(query).filter(([, cursor]) => cursor).map(([name, cursor]) => [name, offsetOf(cursor)]),
  );

// What a row has in common with those that are shown together with it, null if it stands alone.
/** @param {Row} row */
function sharedKey({ kind, agent, call, message, block, text }) {
  if (call && (kind === "tool_use" || kind === "tool_result")) return `call ${call}`;
  return text !== undefined && message ? JSON.stringify([kind, agent, message, block]) : null;
}

// Records say how far they are from the one before them.
/** @param {PackedRecord[]} packed @param {number} begin @returns {EmbeddedRecord[]} */
function placed(packed, begin) {
  let end = begin;
  return packed.map(([gap, length, row, blocks = null, status = ""]) => {
    const offset = end + gap;
    end = offset + length;
    return { offset, end, row, blocks, status };
  });
}
