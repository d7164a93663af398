// Reads one run from its source, the server or a report: parts of it by requests, new events by a stream. Reports by
// callbacks, does not know the document.
//
// While the cached part ends where the stream is, new events are appended to it (`attached`). If the user scrolls far
// back, the part moves away from the end: new events are only counted then, and read again when they are needed.

import { LineCache, MAX_EVENTS, SLACK } from "./line_cache.js";
import { createRecord } from "./row.js";

const PAGE_LINES = 200;
const MIN_EVENTS = 60; // nearly always fill a screen

const offsetOf = (cursor) => Number(cursor.slice(cursor.lastIndexOf(".") + 1));

export class RunReader {
  // `source` is as server.js has it, `filter` are query parameters. `callbacks`: arrived(), appended(events),
  // skipped(events), replaced(), grew(edge), heartbeat(event), counted(events), caughtUp(), flooded(), reset(reason),
  // connection(state, delay), failed(error), searching({ what, done, size }) and searched(). `what` is "earlier" or
  // "later" events that pass the filter, or the "next" or "previous" error; `done` of `size` bytes of the file were
  // searched. `previous` is the reader that this one replaces.
  constructor(source, run, filter, callbacks, previous = null) {
    Object.assign(this, { source, run, filter, callbacks });
    this.previous = previous && { run: previous.run, generation: previous.generation, streamedTo: previous.streamedTo };
    this.cache = new LineCache();
    this.attached = false;
    this.pending = null; // the request for a page
    this.abort = new AbortController();
    this.errorAbort = null; // of the search for an error
    this.searches = 0; // for pages, now
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
  async openAt(place) {
    if (place.around !== undefined) {
      this.generation ??= (await this.getLines({ before: "end", limit: 1 })).generation;
      place = this.generation ? { around: this.cursor(place.around) } : { after: "start" };
    }
    const page = await this.getLines({ ...place, limit: PAGE_LINES });
    const offset = page.at ?? page.first;
    this.startAt(page);
    if (page.at_end) this.attach();
    else {
      this.attached = false;
      this.openStream(this.countFrom(page));
    }
    return offset;
  }

  cursor(offset) {
    return `${this.generation}.${offset}`;
  }

  // From where new events are counted: where the previous reader was, so that none is missed; else from the end of the
  // file.
  countFrom({ generation, size }) {
    const { previous } = this;
    return previous?.generation === generation && previous.run === this.run && previous.streamedTo <= size
      ? previous.streamedTo
      : size;
  }

  startAt(page) {
    this.generation = page.generation;
    this.size = page.size;
    this.cache.clear(page.first);
    this.cache.append(this.parseLines(page.lines), page.last);
    this.cache.atStart = page.at_start;
    this.callbacks.replaced();
  }

  attach() {
    this.attached = true;
    this.arrivals = []; // the new stream sends them again
    this.openStream(this.cache.last);
  }

  // A file without a complete line has no generation yet: it comes with the first row.
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
  receiveRow([offset, row], end) {
    this.streamedTo = Math.max(this.streamedTo, end);
    return this.receive(createRecord(offset, end, row));
  }

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
  async collect(direction, from) {
    let [events, reached, atEdge] = [[], from, false];
    while (!atEdge && events.length < MIN_EVENTS) {
      const page = await this.searchLines(direction, { [direction]: this.cursor(reached) }, reached);
      const isBefore = direction === "before";
      const more = this.parseLines(page.lines);
      events = isBefore ? [...more, ...events] : [...events, ...more];
      const next = page.searched_to ?? (isBefore ? page.first : page.last);
      atEdge = (isBefore ? page.at_start : page.at_end) || next === reached;
      reached = next;
    }
    return { events, reached, atEdge };
  }

  // Find the next error "after" or "before" an offset: { at, words }, where `at` is its offset, null if there is none.
  // The server reads a long run in steps. Cancels the search for another one.
  async findError(offset, direction) {
    this.cancelErrorSearch();
    const abort = (this.errorAbort = new AbortController());
    const what = direction === "after" ? "next" : "previous";
    try {
      for (let [done, size] = [0, 0];;) {
        this.callbacks.searching({ what, done, size });
        const answer = await this.source.problem(this.run, { [direction]: this.cursor(offset) }, abort.signal);
        [done, size] = [answer.read_to, answer.size];
        if (done >= size) return answer;
      }
    } finally {
      if (this.errorAbort === abort) {
        this.errorAbort = null;
        this.callbacks.searched();
      }
    }
  }

  // Cancel the search for an error. Returns whether there was one.
  cancelErrorSearch() {
    const abort = this.errorAbort;
    this.errorAbort = null;
    abort?.abort();
    if (abort) this.callbacks.searched();
    return abort !== null;
  }

  // Whether events that pass the filter are searched for.
  get isSearching() {
    return this.searches > 0;
  }

  // Find the call of a result, or the result of a call, beyond the cache. Returns the event, null if there is none, or
  // undefined if there is none as far as the server searched.
  findCall(id, offset) {
    return this.findById(id, { type: "tool_use", before: this.cursor(offset) });
  }

  findResult(id, offset) {
    return this.findById(id, { type: "tool_result", after: this.cursor(offset) });
  }

  async findById(id, parameters) {
    const page = await this.source.lines(
      this.run,
      { ...parameters, limit: 1, grep: id.replace(/[^\w-]/g, "\\$&") },
      this.abort.signal,
    );
    return this.parseLines(page.lines)[0] ?? (page[parameters.before ? "at_start" : "at_end"] ? null : undefined);
  }

  // Load the row that shows all of the event whose line ends at an offset; with `firstEnd`, of the text whose first
  // piece ends there.
  loadRow(end, firstEnd = null) {
    const first = firstEnd === null ? null : this.cursor(firstEnd);
    return this.source.row(this.run, { at: this.cursor(end), first }, this.abort.signal);
  }

  // Load a line that was too long to be sent unrequested.
  async loadLine({ offset, end }) {
    return createRecord(offset, end, await this.loadRow(end));
  }

  // Request a page of lines on one side of a position; `reached` is how far the search for them is.
  searchLines(direction, position, reached = null) {
    if (Object.keys(this.filter).length) {
      this.reportSearch(direction === "before" ? "earlier" : "later", direction, reached);
    }
    return this.getLines({ ...position, limit: PAGE_LINES });
  }

  // Report how far a search is; `reached` is null before the first answer, which says how long the file is.
  reportSearch(what, direction, reached) {
    const size = reached === null ? 0 : this.size;
    this.callbacks.searching({ what, done: direction === "before" ? size - reached : reached, size });
  }

  // Wait for what may have to search, and report when it is over, unless the reader was closed.
  async whileSearching(load) {
    this.searches += 1;
    try {
      return await load();
    } finally {
      this.searches -= 1;
      if (!this.abort.signal.aborted && !this.searches) this.callbacks.searched();
    }
  }

  getLines(parameters) {
    const exclude = this.filter.type ? {} : { exclude: "heartbeat" };
    return this.source.lines(this.run, { ...this.filter, ...exclude, ...parameters }, this.abort.signal);
  }

  parseLines(lines) {
    return lines.filter(([, , row]) => row !== null).map(([offset, end, row]) => createRecord(offset, end, row));
  }

  // Load one page at a time; a failure is reported, and may be tried again.
  async loadPage(load) {
    if (this.pending) return false;
    this.pending = this.whileSearching(load);
    try {
      return await this.pending;
    } catch (error) {
      if (error.name !== "AbortError") this.callbacks.failed(error);
      return false;
    } finally {
      this.pending = null;
    }
  }

  close() {
    this.cancelErrorSearch();
    this.abort.abort();
    this.stream?.close();
  }
}
