// Keeps the URL and the page in step: the URL always names the run, the place in it and the filters, so that all of it
// survives a reload, a way to the next run and back, and being sent to others.

import { debounce } from "./dom.js";
import { createRecords } from "./row.js";
import { formatHash, isAt, linkTo, parseHash } from "./url_state.js";
/** @import { RunView } from "./run_view.js" */
/** @import { Address, EventRecord, LogRow, NavigationCallbacks, Place, RunSource } from "./types.d.ts" */

const SAVE_MS = 400; // Safari refuses more than three changes of the URL a second

export class Navigation {
  // `view` is the RunView. Callbacks: newest() returns the name of the newest run, has(name) whether there is a run of
  // that name, and place() where a run is opened of which no place is named, null for its end; opening(name) is called
  // when another run or place is being opened, and missing(what) if a link leads to an event that is not there.
  // compared() returns the names of the runs that are compared, and compare(names) compares those that the URL names.
  // isKept() is whether the URL is to have the place.
  /** @param {RunView} view @param {NavigationCallbacks} callbacks */
  constructor(view, callbacks) {
    this.view = view;
    this.callbacks = callbacks;
    /** @type {string | null} */
    this.hash = null; // that the page shows
    this.opening = 0; // places that are being opened
    /** @type {Map<string, string>} */
    this.hashes = new Map(); // the last one of each run
    this.scheduleSave = debounce(() => this.save(), SAVE_MS);
    addEventListener("hashchange", () => this.route());
    addEventListener("pagehide", () => this.save());
  }

  // Show what the URL names: a run, else the newest one.
  async route() {
    const { view } = this;
    const { run: named, ...wanted } = parseHash(location.hash);
    const run = named !== null && this.callbacks.has(named) ? named : null;
    const name = run ?? this.callbacks.newest();
    const isShown = name === view.name && (run === null || location.hash === this.hash);
    this.hash = location.hash;
    if (name && !isShown) await this.open(name, wanted);
  }

  /** @param {string} name @param {Address} address */
  async open(name, { place, follow, filters, compare }) {
    const { view } = this;
    this.opening += 1;
    if (compare.length) this.callbacks.compare(compare);
    try {
      const opened = view.open(name, follow ? null : place ?? this.callbacks.place(), filters);
      this.callbacks.opening(name);
      await opened;
      if (view.name === name && place) await this.check(name, place, follow);
    } finally {
      this.opening -= 1;
    }
    this.save();
  }

  // Select the row of a link, or say that its event is gone. Filters that exclude it are cleared.
  /** @param {string} name @param {Place} place @param {boolean} follow */
  async check(name, place, follow) {
    const { view } = this;
    const find = () => view.reader?.cache.events.find((event) => isAt(place, event));
    if (!view.reader?.generation || view.failedOpen) return; // nothing was read, which is said already
    if (follow) {
      this.select(find());
      return;
    }
    if (!find() && view.filter.active) await view.open(name, place, {});
    if (view.name !== name || find()) return;
    if (!(await isHeartbeat(view.source, name, place))) {
      this.callbacks.missing(place.seq === undefined ? `at byte ${place.around}` : String(place.seq));
    }
  }

  // Make the row of an event the current one, without going there.
  /** @param {EventRecord | undefined} event */
  select(event) {
    const { log, rows } = this.view;
    const row = event && rows.rowByOffset.get(event.offset);
    log.setCurrent(row && log.views.get(row.key)?.element);
  }

  // What is read: the current row, else the first in view, and whether the end is followed.
  place() {
    const { log, autoscroll } = this.view;
    const follow = autoscroll.following;
    const shown = log.currentInView ?? (follow ? null : log.firstVisible()?.view);
    return { row: shown?.row ?? null, follow };
  }

  // Write what the page shows into the URL. Not while something is opened, or a link was just followed: the URL says
  // what that is.
  save() {
    const { view } = this;
    if (location.hash !== this.hash) return;
    if (this.opening || !view.name || !view.reader?.generation || !this.callbacks.isKept()) return;
    const compare = this.callbacks.compared();
    this.write(formatHash({ run: view.name, ...this.place(), filters: view.filter.state(), compare }));
  }

  /** @param {string} hash */
  write(hash) {
    this.hashes.set(this.view.name, hash);
    if (hash === this.hash) return;
    history.replaceState(null, "", hash);
    this.hash = location.hash;
  }

  // Write a link to a row into the URL, and return the URL.
  /** @param {LogRow} row */
  writeLink(row) {
    this.write(linkTo(this.view.name, row));
    return location.href;
  }

  // Go to another run with the filters of this one, and to the place where it was left.
  /** @param {string} name */
  goToRun(name) {
    this.save();
    const known = parseHash(this.hashes.get(name) ?? "");
    const row = known.place && { seq: known.place.seq ?? null, offset: known.place.around ?? 0 };
    location.hash = formatHash({ run: name, row, follow: known.follow, filters: this.view.filter.state() });
  }
}

// Whether the event at a place is there, though the log does not show events of its kind.
/** @param {RunSource} source @param {string} name @param {Place} place */
async function isHeartbeat(source, name, place) {
  if (place.seq === undefined) return false;
  const page = await source.lines(name, { seq: place.seq, limit: 1 });
  return createRecords(page.lines).some((event) => isAt(place, event));
}
