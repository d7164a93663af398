// Reads one run for the page: a stretch of it by requests, what is being written by a stream. Says what it did by
// calling back; knows nothing of the document.
//
// While the stretch ends where the stream is, new events join it (`attached`). Somebody who scrolls far back moves the
// stretch away from the end: then what comes is only counted, and read again when it is wanted.

import { address, get, ofRun, Refused } from "./api.js";
import { Held, MOST, SLACK } from "./line_cache.js";
import { long, malformed, parse } from "./event.js";
import { Stream } from "./event_stream.js";

const PAGE = 200;
const LEAST = 60; // events that make a screenful, nearly always
const TURNS = 40; // requests that one wish for more may take when filters let hardly anything through

const offsetOf = (cursor) => Number(cursor.slice(cursor.lastIndexOf(".") + 1));

export class Reader {
  // `heard` has the functions: appended(events), replaced(), grew(where), beat(event), came(number), caughtUp(), flooded(),
  // reset(reason), link(state, wait), failed(error), searching(share, way). `before` is the reader that this one replaces.
  constructor(run, wish, heard, before = null) {
    Object.assign(this, { run, wish, heard, before: before && { run: before.run, generation: before.generation, told: before.told } });
    this.held = new Held();
    this.attached = false;
    this.busy = null;
    this.stopped = new AbortController();
    this.waiting = [];
  }

  async openAtEnd() {
    const found = await this.lines({ before: "end", limit: PAGE });
    this.begin(found);
    this.attach();
    if (this.held.events.length < LEAST) await this.older();
  }

  // Open around a line: `where` is { seq }, { time }, { around: offset } or { after: "start" }. Returns the offset of the line that was meant.
  async openAt(where) {
    if (where.around !== undefined) {
      this.generation ??= (await this.lines({ before: "end", limit: 1 })).generation;
      where = { around: `${this.generation}.${where.around}` };
    }
    const found = await this.lines({ ...where, limit: PAGE });
    const at = found.at ?? found.first;
    this.begin(found);
    if (found.at_end) this.attach();
    else {
      this.attached = false;
      this.follow(`${this.generation}.${this.since(found)}`);
    }
    return at;
  }

  // Where the reader before this one had got to, so that no event is uncounted; else where the file ends.
  since({ generation, size }) {
    const { before } = this;
    return before?.generation === generation && before.run === this.run && before.told <= size ? before.told : size;
  }

  begin(found) {
    this.generation = found.generation;
    this.size = found.size;
    this.held.clear(found.first);
    this.held.append(this.events(found.lines), found.last);
    this.held.atStart = found.at_start;
    this.heard.replaced();
  }

  attach() {
    this.attached = true;
    this.waiting = []; // the new stream tells them again
    this.follow(`${this.generation}.${this.held.last}`);
  }

  follow(from) {
    this.stream?.close();
    this.told = offsetOf(from);
    const ask = (last) => address(ofRun(this.run, "events"), { ...this.wish, from: last ? null : from, last });
    const hear = (event) => this.arrive(event);
    this.stream = new Stream(ask, {
      message: (data, id) => hear(parse(data, this.beginning(id, new TextEncoder().encode(data).length), offsetOf(id))),
      malformed: (data, id) => hear(this.odd(malformed, data, id)),
      long: (data, id) => hear(this.odd(long, data, id)),
      "caught-up": () => this.heard.caughtUp(),
      reset: (data) => this.heard.reset(JSON.parse(data).reason),
    }, (state, wait) => this.heard.link(state, wait));
  }

  odd(make, data, id) {
    const told = JSON.parse(data);
    const [begin, end] = [this.beginning(id, told.bytes ?? 0), offsetOf(id)];
    return make === long ? long(begin, end, told) : malformed(begin, end, told.reason ?? "", told.preview ?? "");
  }

  // Where a line of so many bytes began that ended at `id`. What the server trimmed from it would be missed, so where
  // every line is told, it is where the one before it ended.
  beginning(id, bytes) {
    const end = offsetOf(id);
    const found = Object.keys(this.wish).length ? end - 1 - bytes : this.told;
    this.told = end;
    return found;
  }

  arrive(event) {
    this.size = Math.max(this.size, event.end);
    if (event.type === "heartbeat") {
      this.heard.beat(event);
      if (!this.wants("heartbeat")) return this.attached && (this.held.last = Math.max(this.held.last, event.end));
    }
    if (this.attached && event.end <= this.held.last) return undefined; // told before: never twice
    this.waiting.push(event);
    return this.waiting.length > MOST ? this.heard.flooded() : this.heard.arrived();
  }

  // Take in what arrived since the last time; `staying` says whether somebody reads further up and must not be moved.
  take(staying) {
    const events = this.waiting;
    this.waiting = [];
    if (!events.length) return;
    if (this.attached && staying && this.held.events.length + events.length > MOST + SLACK) this.attached = false;
    if (this.attached) {
      this.held.append(events, events.at(-1).end);
      this.heard.appended(events);
    } else this.heard.tell?.(events);
    this.heard.came(events.length);
  }

  wants(type) {
    return [this.wish.type ?? []].flat().includes(type);
  }

  // More of what stands before, or after. Returns whether anything came.
  older() {
    return this.alone(async () => {
      if (this.held.atStart) return false;
      const found = [];
      let [before, atStart] = [this.held.first, false];
      for (let turn = 0; turn < TURNS && !atStart && found.length < LEAST; turn += 1) {
        const page = await this.lines({ before: `${this.generation}.${before}`, limit: PAGE });
        found.unshift(...this.events(page.lines));
        const reached = page.searched_to ?? page.first;
        atStart = page.at_start || reached >= before;
        before = Math.min(before, reached);
        if (page.lines.length < LEAST && !atStart) this.heard.searching(1 - before / Math.max(1, this.size), "back");
      }
      this.held.prepend(found, before, atStart);
      this.heard.grew("start");
      return found.length > 0;
    });
  }

  newer() {
    return this.alone(async () => {
      if (this.attached) return false;
      const found = [];
      let [after, atEnd] = [this.held.last, false];
      for (let turn = 0; turn < TURNS && !atEnd && found.length < LEAST; turn += 1) {
        const page = await this.lines({ after: `${this.generation}.${after}`, limit: PAGE });
        found.push(...this.events(page.lines));
        const reached = page.searched_to ?? page.last;
        atEnd = page.at_end || reached <= after;
        after = Math.max(after, reached);
        if (page.lines.length < LEAST && !atEnd) this.heard.searching(after / Math.max(1, this.size), "on");
      }
      this.held.append(found, after);
      if (atEnd) this.attach();
      this.heard.grew("end");
      return found.length > 0;
    });
  }

  // The next line after (or before) an offset that went wrong: its offset, or null.
  async trouble(offset, direction) {
    const { type: _, ...others } = this.wish;
    let cursor = offset;
    for (let turn = 0; turn < TURNS; turn += 1) {
      const page = await get(ofRun(this.run, "lines"), { ...others, errors: true, [direction]: `${this.generation}.${cursor}`, limit: 1 }, this.stopped.signal);
      if (page.lines.length) return page.lines[0][0];
      const reached = page.searched_to ?? null;
      if (reached === null || reached === cursor || (direction === "after" ? page.at_end : page.at_start)) return null;
      cursor = reached;
    }
    return null;
  }

  // The call of a result, or the result of a call, that stands in the stretch without it: as an event, null when there
  // is none, undefined when there is none as far as the server looked.
  call(id, offset) {
    return this.other(id, { type: "tool_use", before: `${this.generation}.${offset}` });
  }

  result(id, offset) {
    return this.other(id, { type: "tool_result", after: `${this.generation}.${offset}` });
  }

  async other(id, asked) {
    const page = await get(ofRun(this.run, "lines"), { ...asked, limit: 1, grep: id.replace(/[^\w-]/g, "\\$&") }, this.stopped.signal);
    return this.events(page.lines)[0] ?? (page[asked.before ? "at_start" : "at_end"] ? null : undefined);
  }

  // A line that was too long to be sent unasked.
  async whole(event) {
    const asked = address(ofRun(this.run, "line"), { at: `${this.generation}.${event.end}` });
    const answer = await fetch(asked, { signal: this.stopped.signal });
    if (!answer.ok) throw new Refused(answer.status, "the line could not be read");
    return parse(await answer.text(), event.offset, event.end);
  }

  async lines(asked) {
    const quiet = this.wish.type || this.wants("heartbeat") ? {} : { exclude: "heartbeat" };
    return get(ofRun(this.run, "lines"), { ...this.wish, ...quiet, ...asked }, this.stopped.signal);
  }

  events(lines) {
    const some = lines.filter(([, , line]) => line === null || line.trim() !== "");
    return some.map(([offset, end, line, told]) => (line === null ? long(offset, end, told ?? {}) : parse(line, offset, end)));
  }

  // One request for more at a time; a failed one is told, and may be wished for again.
  async alone(work) {
    if (this.busy) return false;
    this.busy = work();
    try {
      return await this.busy;
    } catch (error) {
      if (error.name !== "AbortError") this.heard.failed(error);
      return false;
    } finally {
      this.busy = null;
    }
  }

  close() {
    this.stopped.abort();
    this.stream?.close();
  }
}
