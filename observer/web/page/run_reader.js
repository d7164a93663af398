// Reads one run from the server: parts of it by requests, new events by a stream. Reports by callbacks, does not know the document.
//
// While the cached part ends where the stream is, new events are appended to it (`attached`). If the user scrolls far back, the
// part moves away from the end: new events are only counted then, and read again when they are needed.

import { buildUrl, getJson, RequestError, runPath } from "./api.js";
import { describedEvent, parseBytes, parseEvent } from "./event.js";
import { EventStream } from "./event_stream.js";
import { LineCache, MAX_EVENTS, SLACK } from "./line_cache.js";

const PAGE_LINES = 200;
const MIN_EVENTS = 60; // nearly always fill a screen
const MAX_REQUESTS = 40; // for one page, when the filter excludes nearly all lines

const offsetOf = (cursor) => Number(cursor.slice(cursor.lastIndexOf(".") + 1));

export class RunReader {
  // `filter` are query parameters. `callbacks`: arrived(), appended(events), skipped(events), replaced(), grew(edge), heartbeat(event),
  // counted(events), caughtUp(), flooded(), reset(reason), connection(state, delay), failed(error), searching(share, direction).
  // `previous` is the reader that this one replaces.
  constructor(run, filter, callbacks, previous = null) {
    Object.assign(this, { run, filter, callbacks, previous: previous && { run: previous.run, generation: previous.generation, streamedTo: previous.streamedTo } });
    this.cache = new LineCache();
    this.attached = false;
    this.pending = null; // the request for a page
    this.abort = new AbortController();
    this.arrivals = []; // events of the stream that were not taken yet
  }

  async openAtEnd() {
    const page = await this.getLines({ before: "end", limit: PAGE_LINES });
    this.startAt(page);
    this.attach();
    if (this.cache.events.length < MIN_EVENTS) await this.loadOlder();
  }

  // Open around a line: `place` is { seq }, { time }, { around: offset } or { after: "start" }. Returns the offset of that line.
  async openAt(place) {
    if (place.around !== undefined) {
      this.generation ??= (await this.getLines({ before: "end", limit: 1 })).generation;
      place = { around: this.cursor(place.around) };
    }
    const page = await this.getLines({ ...place, limit: PAGE_LINES });
    const offset = page.at ?? page.first;
    this.startAt(page);
    if (page.at_end) this.attach();
    else {
      this.attached = false;
      this.openStream(this.cursor(this.countFrom(page)));
    }
    return offset;
  }

  cursor(offset) {
    return `${this.generation}.${offset}`;
  }

  // From where new events are counted: where the previous reader was, so that none is missed; else from the end of the file.
  countFrom({ generation, size }) {
    const { previous } = this;
    return previous?.generation === generation && previous.run === this.run && previous.streamedTo <= size ? previous.streamedTo : size;
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
    this.openStream(this.cursor(this.cache.last));
  }

  openStream(from) {
    this.stream?.close();
    this.streamedTo = offsetOf(from);
    const urlFrom = (lastId) => buildUrl(runPath(this.run, "events"), { ...this.filter, from: lastId ? null : from, last: lastId });
    this.stream = new EventStream(urlFrom, {
      message: (data, id) => this.receive(parseEvent(data, this.lineStart(id, new TextEncoder().encode(data).length), offsetOf(id))),
      malformed: (data, id) => this.receiveInfo(data, id, (info, start, end) => describedEvent(start, end, info)),
      long: (data, id) => this.receiveInfo(data, id, (info, start, end) => describedEvent(start, end, info)),
      "caught-up": () => this.callbacks.caughtUp(),
      reset: (data) => this.callbacks.reset(JSON.parse(data).reason),
    }, (state, delay) => this.callbacks.connection(state, delay));
  }

  // Receive a message about a line instead of the line.
  receiveInfo(data, id, createEvent) {
    const info = JSON.parse(data);
    this.receive(createEvent(info, this.lineStart(id, info.bytes ?? 0), offsetOf(id)));
  }

  // Where a line of `bytes` begins that ends at `id`. Its bytes do not include white space that the server trimmed, so without a
  // filter, when every line is sent, it is where the previous line ended.
  lineStart(id, bytes) {
    const end = offsetOf(id);
    const start = Object.keys(this.filter).length ? end - 1 - bytes : this.streamedTo;
    this.streamedTo = Math.max(this.streamedTo, end);
    return start;
  }

  receive(event) {
    this.size = Math.max(this.size, event.end);
    if (event.type === "heartbeat") {
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
      const events = [];
      let [before, atStart] = [this.cache.first, false];
      for (let requests = 0; requests < MAX_REQUESTS && !atStart && events.length < MIN_EVENTS; requests += 1) {
        const page = await this.getLines({ before: this.cursor(before), limit: PAGE_LINES });
        events.unshift(...this.parseLines(page.lines));
        const reached = page.searched_to ?? page.first;
        atStart = page.at_start || reached >= before;
        before = Math.min(before, reached);
        if (page.lines.length < MIN_EVENTS && !atStart) this.callbacks.searching(1 - before / Math.max(1, this.size), "earlier");
      }
      this.cache.prepend(events, before, atStart);
      this.callbacks.grew("start");
      return events.length > 0;
    });
  }

  // Load a page of events after those in the cache.
  loadNewer() {
    return this.loadPage(async () => {
      if (this.attached) return false;
      const events = [];
      let [after, atEnd] = [this.cache.last, false];
      for (let requests = 0; requests < MAX_REQUESTS && !atEnd && events.length < MIN_EVENTS; requests += 1) {
        const page = await this.getLines({ after: this.cursor(after), limit: PAGE_LINES });
        events.push(...this.parseLines(page.lines));
        const reached = page.searched_to ?? page.last;
        atEnd = page.at_end || reached <= after;
        after = Math.max(after, reached);
        if (page.lines.length < MIN_EVENTS && !atEnd) this.callbacks.searching(after / Math.max(1, this.size), "later");
      }
      this.cache.append(events, after);
      if (atEnd) this.attach();
      this.callbacks.grew("end");
      return events.length > 0;
    });
  }

  // Find the next error "after" or "before" an offset: its offset, or null.
  async findError(offset, direction) {
    const { type: _, ...filter } = this.filter;
    let position = offset;
    for (let requests = 0; requests < MAX_REQUESTS; requests += 1) {
      const page = await getJson(runPath(this.run, "lines"), { ...filter, errors: true, exclude: "heartbeat", [direction]: this.cursor(position), limit: 1 }, this.abort.signal);
      if (page.lines.length) return page.lines[0][0];
      const reached = page.searched_to ?? null;
      if (reached === null || reached === position || (direction === "after" ? page.at_end : page.at_start)) return null;
      position = reached;
    }
    return null;
  }

  // Find the call of a result, or the result of a call, beyond the cache. Returns the event, null if there is none, or undefined
  // if there is none as far as the server searched.
  findCall(id, offset) {
    return this.findById(id, { type: "tool_use", before: this.cursor(offset) });
  }

  findResult(id, offset) {
    return this.findById(id, { type: "tool_result", after: this.cursor(offset) });
  }

  async findById(id, parameters) {
    const page = await getJson(runPath(this.run, "lines"), { ...parameters, limit: 1, grep: id.replace(/[^\w-]/g, "\\$&") }, this.abort.signal);
    return this.parseLines(page.lines)[0] ?? (page[parameters.before ? "at_start" : "at_end"] ? null : undefined);
  }

  // Load a line that was too long to be sent unrequested.
  async loadLine(event) {
    const response = await fetch(buildUrl(runPath(this.run, "line"), { at: this.cursor(event.end) }), { signal: this.abort.signal });
    if (!response.ok) throw new RequestError(response.status, "the line could not be read");
    return parseBytes(await response.arrayBuffer(), event.offset, event.end);
  }

  getLines(parameters) {
    const exclude = this.filter.type ? {} : { exclude: "heartbeat" };
    return getJson(runPath(this.run, "lines"), { ...this.filter, ...exclude, ...parameters }, this.abort.signal);
  }

  parseLines(lines) {
    const filled = lines.filter(([, , line]) => line === null || line.trim() !== "");
    return filled.map(([offset, end, line, info]) => (line === null ? describedEvent(offset, end, info ?? {}) : parseEvent(line, offset, end)));
  }

  // Load one page at a time; a failure is reported, and may be tried again.
  async loadPage(load) {
    if (this.pending) return false;
    this.pending = load();
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
    this.abort.abort();
    this.stream?.close();
  }
}
