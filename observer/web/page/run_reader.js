// Reads one run from its source, the server or a report: parts of it by requests, new events by a stream. Reports by
// callbacks, does not know the document.
//
// While the cached part ends where the stream is, new events are appended to it (`attached`). If the user scrolls far
// back, the part moves away from the end: new events are only counted then, and read again when they are needed.

import { cancelErrorSearch } from "./error_search.js";
import { isCancelled } from "./failures.js";
import { LineCache, MAX_EVENTS, SLACK } from "./line_cache.js";
import { createRecord, createRecords } from "./row.js";
/** @import { Row } from "./answers.d.ts" */
/** @import { Direction, EventRecord, Filters, LinesQuery, Page, Place, Position,
 *    ReaderCallbacks, ReaderPosition, RunSource, Stream } from "./types.d.ts" */

const PAGE_LINES = 200;
const MIN_EVENTS = 60; // nearly always fill a screen

/** @param {string} cursor */
const offsetOf = (cursor) => Number(cursor.slice(cursor.lastIndexOf(".") + 1));

export class RunReader {
  // `source` is as server.js has it, `filter` are query parameters. `callbacks`: arrived(), appended(events),
  // skipped(events), replaced(), grew(edge), heartbeat(event), counted(events), caughtUp(), flooded(), reset(reason),
  // connection(state, delay), failed(error), searching({ what, done, size }) and searched(). `what` is "earlier" or
  // "later" events that pass the filter, or the "next" or "previous" error; `done` of `size` bytes of the file were
  // searched. `previous` is the reader that this one replaces.
  /** @param {RunSource} source @param {string} run @param {Filters} filter @param {ReaderCallbacks} callbacks
   * @param {ReaderPosition | null} [previous] */
  constructor(source, run, filter, callbacks, previous = null) {
    this.source = source;
    this.run = run;
    this.filter = filter;
    this.callbacks = callbacks;
    this.generation = "";
    this.size = this.streamedTo = 0;
    /** @type {Stream | null} */
    this.stream = null;
    /** @type {ReaderPosition | null} */
    this.previous = previous && { run: previous.run, generation: previous.generation, streamedTo: previous.streamedTo };
    this.cache = new LineCache();
    this.attached = false;
    /** @type {Promise<boolean> | null} */
    this.pending = null; // the request for a page
    this.abort = new AbortController();
    /** @type {AbortController | null} */
    this.errorAbort = null; // of the search for an error
    this.searches = 0; // for pages, now
    /** @type {EventRecord[]} */
    this.arrivals = []; // events of the stream that were not taken yet
  }

  async openAtEnd() {
    const page = await this.whileSearching(() => this.searchLines("before", { before: "end" }));
    this.attached = true;
    this.startAt(page);
    this.attach();
    if (this.cache.events.length < MIN_EVENTS) await this.loadOlder();
  }

  // Open around a line: `place` is { seq }, { time }, { around: offset } or { after: "start" }. Returns the offset of
  // that line.
  /** @param {Place} place */
  async openAt(place) {
    const page = await this.getLines({ ...(await this.positionOf(place)), limit: PAGE_LINES });
    const offset = page.at ?? page.first;
    this.startAt(page);
    if (page.at_end) this.attach();
    else {
      this.attached = false;
      this.openStream(this.countFrom(page));
    }
    return offset;
  }

  // The parameters of a request for a place. Only an offset needs a generation.
  /** @param {Place} place @returns {Promise<Omit<LinesQuery, "limit">>} */
  async positionOf({ around, ...place }) {
    if (around === undefined) return place;
    this.generation ||= (await this.getLines({ before: "end", limit: 1 })).generation;
    return this.generation ? { around: this.cursor(around) } : { after: "start" };
  }

  /** @param {number} offset */
  cursor(offset) {
    return `${this.generation}.${offset}`;
  }

  // From where new events are counted: where the previous reader was, so that none is missed; else from the end of the
  // file.
  /** @param {Page} page */
  countFrom({ generation, size }) {
    const { previous } = this;
    const isSame = previous && previous.generation === generation && previous.run === this.run;
    return isSame && previous.streamedTo <= size ? previous.streamedTo : size;
  }

  /** @param {Page} page */
  startAt(page) {
    this.generation = page.generation;
    this.size = page.size;
    this.cache.clear(page.first);
    this.cache.append(createRecords(page.lines), page.last);
    this.cache.atStart = page.at_start;
    this.callbacks.replaced();
  }

  attach() {
    this.attached = true;
    this.arrivals = []; // the new stream sends them again
    this.openStream(this.cache.last);
  }

  // A file without a complete line has no generation yet: it comes with the first row.
  /** @param {number} offset */
  openStream(offset) {
    this.stream?.close();
    this.streamedTo = offset;
    const from = this.generation ? this.cursor(offset) : "start";
    this.stream = this.source.follow(this.run, this.filter, from, {
      message: (data, id) => {
        this.generation ||= id.slice(0, id.lastIndexOf("."));
        this.receiveRow(JSON.parse(data), offsetOf(id));
      },
      "caught-up": () => this.callbacks.caughtUp(),
      reset: (data) => this.callbacks.reset(JSON.parse(data).reason),
    }, (state, delay) => this.callbacks.connection(state, delay));
  }

  // Receive a message: where a line begins, and its row.
  /** @param {[offset: number, row: Row]} placed @param {number} end */
  receiveRow([offset, row], end) {
    this.streamedTo = Math.max(this.streamedTo, end);
    return this.receive(createRecord(offset, end, row));
  }

  /** @param {EventRecord} event */
  receive(event) {
    this.size = Math.max(this.size, event.end);
    if (event.kind === "heartbeat") {
      this.callbacks.heartbeat(event);
      if (!this.includes("heartbeat")) return this.attached && (this.cache.last = Math.max(this.cache.last, event.end));
    }
    if (this.attached && event.end <= this.cache.last && !this.filter.grep) return undefined; // received before
    this.arrivals.push(event);
    return this.arrivals.length > MAX_EVENTS ? this.callbacks.flooded() : this.callbacks.arrived();
  }

  // Take over what arrived since the last time. `paused` says that the user reads further up and must not be moved.
  /** @param {boolean} paused */
  takeArrivals(paused) {
    const events = this.arrivals.sort((one, other) => one.offset - other.offset);
    this.arrivals = [];
    if (!events.length) return;
    if (this.attached && paused && this.cache.events.length + events.length > MAX_EVENTS + SLACK) this.attached = false;
    if (this.attached) {
      const late = events.filter((event) => event.end <= this.cache.last); // pieces of a text that matches only now
      const fresh = events.slice(late.length);
      for (const event of late) this.cache.insert(event);
      this.cache.append(fresh, this.cache.last);
      if (late.length) this.callbacks.replaced();
      else this.callbacks.appended(fresh);
    } else this.callbacks.skipped(events);
    this.callbacks.counted(events.length);
  }

  /** @param {string} type */
  includes(type) {
    return [this.filter.type ?? []].flat().includes(type);
  }

  // Load a page of events before those in the cache. Returns whether there were any.
  loadOlder() {
    return this.loadPage(async () => {
      if (this.cache.atStart) return false;
      const { events, reached, atEdge } = await this.collect("before", this.cache.first);
      this.cache.prepend(events, reached, atEdge);
      this.callbacks.grew("start");
      return events.length > 0;
    });
  }

  // Load a page of events after those in the cache.
  loadNewer() {
    return this.loadPage(async () => {
      if (this.attached) return false;
      const { events, reached, atEdge } = await this.collect("after", this.cache.last);
      this.cache.append(events, reached);
      if (atEdge) this.attach();
      this.callbacks.grew("end");
      return events.length > 0;
    });
  }

  // Request events "before" or "after" an offset until they fill a screen: { events, reached, atEdge }, where `reached`
  // is how far the server searched, and `atEdge` whether that is to the start or the end of the file.
  /** @param {Direction} direction @param {number} from */
  async collect(direction, from) {
    /** @type {EventRecord[]} */
    let events = [];
    let [reached, atEdge] = [from, false];
    while (!atEdge && events.length < MIN_EVENTS) {
      const page = await this.searchLines(direction, { [direction]: this.cursor(reached) }, reached);
      const isBefore = direction === "before";
      const more = createRecords(page.lines);
      events = isBefore ? [...more, ...events] : [...events, ...more];
      const next = page.searched_to ?? (isBefore ? page.first : page.last);
      atEdge = (isBefore ? page.at_start : page.at_end) || next === reached;
      reached = next;
    }
    return { events, reached, atEdge };
  }

  // Whether events that pass the filter are searched for.
  get isSearching() {
    return this.searches > 0;
  }

  // Load the row that shows all of the event whose line ends at an offset; with `firstEnd`, of the text whose first
  // piece ends there.
  /** @param {number} end @param {number | null} [firstEnd] */
  loadRow(end, firstEnd = null) {
    const first = firstEnd === null ? null : this.cursor(firstEnd);
    return this.source.row(this.run, { at: this.cursor(end), first }, this.abort.signal);
  }

  // Load a line that was too long to be sent unrequested.
  /** @param {EventRecord} event */
  async loadLine({ offset, end }) {
    const row = await this.loadRow(end);
    return row && createRecord(offset, end, row);
  }

  // Request a page of lines on one side of a position; `reached` is how far the search for them is.
  /** @param {Direction} direction @param {Position} position @param {number | null} [reached] */
  searchLines(direction, position, reached = null) {
    if (Object.keys(this.filter).length) {
      this.reportSearch(direction === "before" ? "earlier" : "later", direction, reached);
    }
    return this.getLines({ ...position, limit: PAGE_LINES });
  }

  // Report how far a search is; `reached` is null before the first answer, which says how long the file is.
  /** @param {string} what @param {Direction} direction @param {number | null} reached */
  reportSearch(what, direction, reached) {
    const size = reached === null ? 0 : this.size;
    const done = reached ?? 0;
    this.callbacks.searching({ what, done: direction === "before" ? size - done : done, size });
  }

  // Wait for what may have to search, and report when it is over, unless the reader was closed.
  /** @template T @param {() => Promise<T>} load @returns {Promise<T>} */
  async whileSearching(load) {
    this.searches += 1;
    try {
      return await load();
    } finally {
      this.searches -= 1;
      if (!this.abort.signal.aborted && !this.searches) this.callbacks.searched();
    }
  }

  /** @param {LinesQuery} parameters */
  getLines(parameters) {
    const exclude = this.filter.type ? {} : { exclude: "heartbeat" };
    return this.source.lines(this.run, { ...this.filter, ...exclude, ...parameters }, this.abort.signal);
  }

  // Load one page at a time; a failure is reported, and may be tried again.
  /** @param {() => Promise<boolean>} load */
  async loadPage(load) {
    if (this.pending) return false;
    this.pending = this.whileSearching(load);
    try {
      return await this.pending;
    } catch (error) {
      if (!isCancelled(error)) this.callbacks.failed(error);
      return false;
    } finally {
      this.pending = null;
    }
  }

  close() {
    cancelErrorSearch(this);
    this.abort.abort();
    this.stream?.close();
  }
}
