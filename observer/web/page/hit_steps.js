// Goes from hit to hit of a search, and counts them. The server reads the run in steps; it says which hit it is, and of
// how many.

import { RequestError } from "./failures.js";
/** @import { RunReader } from "./run_reader.js" */
/** @import { RunView } from "./run_view.js" */
/** @import { Direction, HitCallbacks } from "./types.d.ts" */

export class HitSteps {
  // `view` is the RunView. Callbacks: shown(words) with what to say of the hits, stepped(words) when one was gone to,
  // counting(done, size) while the run is read, and counted().
  /** @param {RunView} view @param {HitCallbacks} callbacks */
  constructor(view, callbacks) {
    this.view = view;
    this.callbacks = callbacks;
    /** @type {{ offset: number, key: string } | null} */
    this.current = null; // the hit that was gone to: { offset, key }, with the key of its row
    this.subject = ""; // the run and the filter whose hits are counted, as text
    /** @type {AbortController | null} */
    this.abort = null; // of the requests that are under way
    this.isCounted = false; // whether all hits of the run as it was last read are counted
    this.stepping = Promise.resolve(); // settled when the last step has been made
  }

  // Count the hits of the filter that is set, if there is one. If it is the same one, and the log was only opened
  // elsewhere, go on.
  begin() {
    this.follow();
    this.count();
  }

  // Forget the hits of another run or filter than is open. Returns whether there was one.
  follow() {
    const { filter, name } = this.view;
    const subject = JSON.stringify([name, filter.query()]);
    if (subject === this.subject) return false;
    this.subject = subject;
    this.current = null;
    this.isCounted = false;
    this.cancel();
    this.callbacks.shown("");
    return true;
  }

  // The run has grown: count on. What is counted already is not read again.
  grow() {
    this.isCounted = false;
    this.count();
  }

  count() {
    if (this.view.filter.active && !this.isCounted && this.abort === null) this.request(null, 0);
  }

  // Go to the next hit "after" or "before" what is read, and beyond the last one to the first: once the step before it
  // is made. The first step of a filter goes to a hit that is read already, too. Returns the answer of the server, null
  // if it was cancelled.
  /** @param {Direction} direction */
  step(direction) {
    const step = this.stepping.then(() => this.makeStep(direction));
    this.stepping = step.then(() => {});
    return step;
  }

  /** @param {Direction} direction */
  async makeStep(direction) {
    this.cancel();
    const { reader } = this.view;
    if (!reader?.generation || !this.view.filter.active) return null;
    const offset = this.placeOf(reader, direction, this.follow());
    const answer = await this.request(direction, offset);
    if (!answer || reader !== this.view.reader) return null;
    this.callbacks.stepped(answer.words);
    if (answer.at !== null) {
      this.current = { offset: answer.at, key: "" };
      await this.view.goTo(answer.at);
      this.current = { offset: answer.at, key: this.view.log.currentKey };
    }
    this.count();
    return answer;
  }

  // Stop counting. Returns whether it was under way.
  cancel() {
    const { abort } = this;
    this.abort = null;
    abort?.abort();
    if (abort) this.callbacks.counted();
    return abort !== null;
  }

  // Request until the hit is known, or without a direction until all are counted. Returns the last answer, null if it
  // was cancelled.
  /** @param {Direction | null} direction @param {number} offset */
  async request(direction, offset) {
    const { reader, filter, source } = this.view;
    if (!reader?.generation) return null;
    const abort = (this.abort = new AbortController());
    const place = direction
      ? { [direction]: reader.cursor(offset) }
      : this.current && { at: reader.cursor(this.current.offset) };
    try {
      for (;;) {
        const answer = await source.hit(reader.run, { ...filter.query(), ...place }, abort.signal);
        if (abort !== this.abort) return null;
        this.isCounted = answer.read_to >= answer.size;
        if (!direction) this.callbacks.shown(answer.words);
        if (this.isCounted || (direction && answer.at !== null)) return answer;
        this.callbacks.counting(answer.read_to, answer.size);
      }
    } catch (error) {
      if (error instanceof RequestError && error.status) this.view.fail(error);
      return null;
    } finally {
      if (abort === this.abort) {
        this.abort = null;
        this.callbacks.counted();
      }
    }
  }

  // The offset from which a hit is looked for: that of the one that was gone to or of the current row, if it is still
  // in view; else, of a run that is read at its end, that, or the first row in view. The first hit of a filter may be
  // in the current row.
  /** @param {RunReader} reader @param {Direction} direction @param {boolean} isFirst */
  placeOf(reader, direction, isFirst) {
    const { log, autoscroll } = this.view;
    const isAfter = direction === "after";
    const shown = log.currentInView;
    if (shown && this.current && this.current.key === log.currentKey) return this.current.offset + (isAfter ? 1 : 0);
    if (shown) return isAfter && !isFirst ? shown.row.end : shown.row.offset;
    if (autoscroll.following) return reader.size;
    return log.firstVisible()?.view.row.offset ?? reader.cache.last;
  }
}
