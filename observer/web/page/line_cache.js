// The stretch of the run that the page holds: some thousand events, never the whole run.

export const MOST = 2000; // events
export const SLACK = 500; // so many more may gather before the oldest are let go
const MOST_BYTES = 24_000_000; // of lines: outputs can be long

export class Held {
  constructor() {
    this.clear(0);
  }

  // Hold nothing, at a place of the file (bytes).
  clear(offset) {
    this.events = [];
    this.first = offset; // where the stretch begins and ends, in bytes; there may be lines in it that nobody asked for
    this.last = offset;
    this.atStart = offset === 0;
    this.bytes = 0;
  }

  append(events, last) {
    for (const event of events) this.push(event);
    this.last = Math.max(this.last, last);
  }

  push(event) {
    this.events.push(event);
    this.bytes += event.bytes;
    this.last = event.end;
  }

  prepend(events, first, atStart) {
    this.events = [...events, ...this.events];
    for (const event of events) this.bytes += event.bytes;
    this.first = Math.min(this.first, first);
    this.atStart = atStart;
  }

  // How many events are too many.
  get excess() {
    let [over, bytes] = [Math.max(0, this.events.length - MOST), this.bytes];
    if (bytes <= MOST_BYTES) return over;
    for (let at = 0; at < this.events.length && bytes > MOST_BYTES; at += 1) {
      bytes -= this.events[at].bytes;
      over = Math.max(over, at + 1);
    }
    return Math.min(over, this.events.length - 1);
  }

  // Let go of so many of the oldest, or newest.
  dropFirst(number) {
    this.let(this.events.splice(0, number));
    this.first = this.events[0]?.offset ?? this.last;
    this.atStart = false;
  }

  dropLast(number) {
    this.let(this.events.splice(this.events.length - number, number));
    this.last = this.events.at(-1)?.end ?? this.first;
  }

  let(gone) {
    for (const event of gone) this.bytes -= event.bytes;
  }

  // The event that begins at an offset, or the first one after it.
  from(offset) {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events[middle].offset < offset) low = middle + 1;
      else high = middle;
    }
    return this.events[low];
  }
}
