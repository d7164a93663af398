// The events that the page holds in memory: a part of the run of some thousand events, never all of it.

/** @import { EventRecord } from "./types.d.ts" */

export const MAX_EVENTS = 2000;
export const SLACK = 500; // events beyond MAX_EVENTS before the oldest are dropped
const MAX_BYTES = 24_000_000; // of lines: outputs can be long

export class LineCache {
  constructor() {
    /** @type {EventRecord[]} */
    this.events = [];
    this.first = 0; // where the part begins and ends, in bytes; it may contain lines that the filter excludes
    this.last = 0;
    this.atStart = true;
    this.bytes = 0;
  }

  // Drop everything and start at an offset of the file.
  /** @param {number} offset */
  clear(offset) {
    this.events = [];
    this.first = offset;
    this.last = offset;
    this.atStart = offset === 0;
    this.bytes = 0;
  }

  // Add events at the end, which is at `last` then.
  /** @param {EventRecord[]} events @param {number} last */
  append(events, last) {
    for (const event of events) {
      this.events.push(event);
      this.bytes += event.bytes;
      this.last = event.end;
    }
    this.last = Math.max(this.last, last);
  }

  // Add an event where it belongs in the order of the file, unless it is there: it has matched the filter only later.
  /** @param {EventRecord} event */
  insert(event) {
    const next = this.eventFrom(event.offset);
    if (next?.offset === event.offset || event.offset < this.first) return;
    this.events.splice(next ? this.events.indexOf(next) : this.events.length, 0, event);
    this.bytes += event.bytes;
  }

  // Put an event in the place of another one.
  /** @param {EventRecord} event @param {EventRecord} replacement */
  replace(event, replacement) {
    const index = this.events.indexOf(event);
    if (index >= 0) this.events[index] = replacement;
  }

  /** @param {EventRecord[]} events @param {number} first @param {boolean} atStart */
  prepend(events, first, atStart) {
    this.events = [...events, ...this.events];
    for (const event of events) this.bytes += event.bytes;
    this.first = Math.min(this.first, first);
    this.atStart = atStart;
  }

  // How many events are too many.
  get excess() {
    let [excess, bytes] = [Math.max(0, this.events.length - MAX_EVENTS), this.bytes];
    if (bytes <= MAX_BYTES) return excess;
    for (let index = 0; index < this.events.length && bytes > MAX_BYTES; index += 1) {
      bytes -= this.events[index].bytes;
      excess = Math.max(excess, index + 1);
    }
    return Math.min(excess, this.events.length - 1);
  }

  /** @param {number} count */
  dropFirst(count) {
    this.forget(this.events.splice(0, count));
    this.first = this.events[0]?.offset ?? this.last;
    this.atStart = false;
  }

  /** @param {number} count */
  dropLast(count) {
    this.forget(this.events.splice(this.events.length - count, count));
    this.last = this.events.at(-1)?.end ?? this.first;
  }

  /** @param {EventRecord[]} dropped */
  forget(dropped) {
    for (const event of dropped) this.bytes -= event.bytes;
  }

  // The event that begins at an offset, or the first one after it.
  /** @param {number} offset @returns {EventRecord | undefined} */
  eventFrom(offset) {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events[middle].offset < offset) low = middle + 1;
      else high = middle;
    }
    return this.events[low];
  }
}
