// Controls the view of one run: events from its reader become rows, and rows the log; header, timeline and filter
// follow.

import { byId, oncePerFrame } from "./dom.js";
import { dropExcess } from "./drop_excess.js";
import { updateEdgeNotes } from "./edge_notes.js";
import { isCancelled, RequestError } from "./failures.js";
import { SLACK } from "./line_cache.js";
import { drawWords } from "./panel.js";
import { RowBuilder } from "./rows.js";
import { loadMetadata, loadTimeline } from "./run_metadata.js";
import { readerCallbacks } from "./reader_callbacks.js";
import { RunReader } from "./run_reader.js";
import { TimelineData } from "./timeline_data.js";
import { completeCalls } from "./tool_calls.js";
import { visibleRows } from "./visible_rows.js";
/** @import { PanelRow } from "./answers.d.ts" */
/** @import { Asking, Edge, EventRecord, FilterState, KnownCalls, Place, RunViewParts } from "./types.d.ts" */

const CONFLICT = 409; // the server's answer to a cursor of a file that was replaced

export class RunView {
  // `parts` are those of the page: { source, log, header, strip, filter, liveRegion, context, autoscroll, callbacks }.
  // The callbacks are connection(state, delay), began(name), opened(), reset(reason), failed(error), stepped(words),
  // searching(subject, done, size) and searched().
  /** @param {RunViewParts} parts */
  constructor(parts) {
    this.source = parts.source;
    this.log = parts.log;
    this.header = parts.header;
    this.strip = parts.strip;
    this.filter = parts.filter;
    this.liveRegion = parts.liveRegion;
    this.context = parts.context;
    this.autoscroll = parts.autoscroll;
    this.callbacks = parts.callbacks;
    this.name = ""; // of the run that is open
    /** @type {RunReader | null} */
    this.reader = null;
    /** @type {[name: string, place: Place | null] | null} */
    this.failedOpen = null; // what could not be opened
    /** @type {{ offset: number, key: string } | null} */
    this.error = null; // the event that was gone to as an error, and the key of its row
    /** @type {KnownCalls} */
    this.known = { inputs: new Map(), results: new Map() }; // what was looked up
    this.completingCalls = false; // whether more is being looked up
    this.timeline = new TimelineData(() => {});
    this.isOver = false;
    this.isClosed = false; // whether a row closes the log
    this.rows = new RowBuilder();
    /** @type {Asking} */
    this.asking = { tool: null, words: null }; // the tool that a person is asked about, and what to say of its calls
    this.scheduleTake = oncePerFrame(() => this.takeArrivals());
  }

  // Open a run at a place (see RunReader.openAt), or at its end, with the state of filters (see LiveFilter.load), or
  // those that are set.
  /** @param {string} name @param {Place | null} [place] @param {FilterState | null} [filters] */
  async open(name, place = null, filters = null) {
    const isNew = name !== this.name;
    if (isNew) this.begin(name);
    else if (this.reader && Object.keys(this.reader.filter).length) loadTimeline(this, name); // with all types
    if (filters) this.filter.load(filters);
    this.closeReader();
    const reader = new RunReader(this.source, name, this.filter.query(), readerCallbacks(this, name), this.reader);
    this.reader = reader;
    this.failedOpen = null;
    this.context.query = this.filter.text;
    this.log.box.setAttribute("aria-busy", "true");
    try {
      if (place) this.autoscroll.pause();
      else this.autoscroll.resume();
      const opened = place ? reader.openAt(place) : reader.openAtEnd();
      if (isNew) loadMetadata(this, name); // requested after the rows, which are shown first
      const offset = await opened;
      if (place) this.reveal(offset ?? 0);
      this.updateEdges();
      this.callbacks.opened();
    } catch (error) {
      if (reader !== this.reader || isCancelled(error)) return;
      if (error instanceof RequestError && error.status === 0) this.failedOpen = [name, place];
      this.fail(error);
    } finally {
      if (reader === this.reader) this.log.box.removeAttribute("aria-busy");
    }
    this.log.scheduleEdgeCheck();
  }

  // Cancel all requests of the reader.
  closeReader() {
    this.reader?.close();
    this.callbacks.searched();
  }

  // Cancel the search for events that pass the filter; the run has to be opened again. Returns whether there was one.
  cancelSearch() {
    const isSearching = Boolean(this.reader?.isSearching && this.filter.active);
    if (isSearching) this.closeReader();
    return isSearching;
  }

  // Start with another run.
  /** @param {string} name */
  begin(name) {
    this.name = name;
    this.error = null;
    this.setClosing(null);
    this.isOver = false;
    this.autoscroll.setOver(false);
    this.known = { inputs: new Map(), results: new Map() };
    this.log.clear();
    this.header.clear(name);
    this.filter.clearRun();
    Object.assign(this.context, { origin: null, run: name });
    this.timeline = new TimelineData(() => loadTimeline(this, name));
    this.strip.show(this.timeline);
    this.callbacks.began(name);
  }

  // The run file was replaced: what the page knows of the run is void.
  /** @param {string} reason */
  restart(reason) {
    const { name } = this;
    this.name = "";
    this.open(name);
    this.callbacks.reset(reason);
  }

  // The server answers again: repeat what failed in the meantime.
  reconnected() {
    if (this.failedOpen) this.open(...this.failedOpen);
    else this.log.scheduleEdgeCheck();
  }

  /** @param {unknown} error */
  fail(error) {
    if (error instanceof RequestError && error.status === CONFLICT) this.restart("");
    else this.callbacks.failed(error);
  }

  // Build all rows from the events in the cache.
  rebuild() {
    if (!this.reader) return;
    const { cache, attached, size } = this.reader;
    this.rows = new RowBuilder(this.known);
    for (const event of cache.events) this.rows.add(event);
    if (this.filter.active || (!attached && cache.last < size)) this.rows.markResultsBelow();
    else if (this.isOver) this.rows.endCalls();
    this.rows.setAsking(this.asking);
    this.log.show(this.rows);
    this.observeAll(cache.events);
    this.updateEdges();
    completeCalls(this);
  }

  takeArrivals() {
    this.reader?.takeArrivals(!this.autoscroll.following);
  }

  /** @param {EventRecord[]} events */
  appended(events) {
    for (const event of events) this.rows.add(event);
    this.log.extend(this.rows);
    this.observeAll(events);
    this.liveRegion.add(events);
    const { reader } = this;
    if (reader && this.autoscroll.following && reader.cache.excess > SLACK && dropExcess(reader, this.log, "start")) {
      this.rebuild();
    }
    this.updateEdges();
    if (this.filter.active) completeCalls(this);
  }

  // More events arrived at once than the page holds: go to the end when following, else only count them.
  catchUp() {
    if (!this.autoscroll.following) return this.takeArrivals();
    loadTimeline(this, this.name);
    return this.open(this.name);
  }

  // Let the timeline, the filter and the header know of events.
  /** @param {EventRecord[]} events */
  observeAll(events) {
    for (const event of events) this.observe(event);
    this.strip.schedulePaint();
  }

  /** @param {EventRecord} event */
  observe(event) {
    const { kind, about } = event;
    this.timeline.add(event);
    if (kind === "tool_use") this.filter.addTool(event.tool ?? "", event.label ?? "");
    if (kind === "subagent_start") this.filter.addAgent(event.call ?? "", about ?? "");
    if (kind === "todo" && event.agent === null) this.header.setTodo(about ?? "", event.offset);
    if (kind === "session_start" && about) this.header.setModel(about);
  }

  // A page of events was added at one edge: drop as many at the other one, if they are out of view.
  /** @param {Edge} edge */
  grew(edge) {
    if (this.reader) dropExcess(this.reader, this.log, edge === "start" ? "end" : "start");
    this.rebuild();
    this.log.scheduleEdgeCheck();
  }

  // Load a page of events at an edge of the log.
  /** @param {Edge} edge */
  async extend(edge) {
    if (!this.reader?.generation || this.reader.pending) return;
    if (edge === "start" && this.reader.cache.atStart) return;
    if (edge === "end" && this.reader.attached) return;
    await (edge === "start" ? this.reader.loadOlder() : this.reader.loadNewer());
  }

  updateEdges() {
    this.log.noticeScroll();
    if (this.reader) updateEdgeNotes(this.reader, { isFiltered: this.filter.active, isOver: this.isClosed });
    if (this.autoscroll.following) this.log.scrollToEnd();
  }

  // Show the event that begins at an offset, or the first one after it.
  /** @param {number} offset */
  async goTo(offset) {
    if (!this.reader) return;
    const { cache, generation, filter } = this.reader;
    const sameFilter = JSON.stringify(filter) === JSON.stringify(this.filter.query());
    const isCached = sameFilter && generation && offset >= cache.first && offset < cache.last &&
      cache.eventFrom(offset);
    if (isCached) {
      this.autoscroll.pause();
      this.reveal(offset);
    } else await this.open(this.name, { around: offset });
  }

  /** @param {number} offset */
  reveal(offset) {
    const cache = this.reader?.cache;
    const event = cache?.eventFrom(offset) ?? cache?.events.at(-1);
    const row = event && this.rows.rowByOffset.get(event.offset);
    if (row) this.log.reveal(row);
    this.markVisible();
  }

  // Set the row that closes the log of a run that is over, null if it is not.
  /** @param {PanelRow | null} row */
  setClosing(row) {
    this.isClosed = row !== null;
    byId("closing").replaceChildren(...drawWords(row?.words ?? []));
    this.updateEdges();
  }

  // Set whether the run is over: one that ended without an event leaves calls open.
  /** @param {boolean} over */
  setOver(over) {
    if (over && !this.isOver && this.reader?.attached) {
      this.rows.endCalls();
      this.log.extend(this.rows);
    }
    this.isOver = over;
    this.autoscroll.setOver(over);
  }

  // Set the tool that a person is asked about, null if nobody is.
  /** @param {string | null} tool @param {string | null} words */
  setAsking(tool, words) {
    if (words === this.asking.words && tool === this.asking.tool) return;
    this.asking = { tool, words };
    if (!this.reader?.attached) return;
    this.rows.setAsking(this.asking);
    this.log.extend(this.rows);
  }

  // Mark in the timeline what the log shows.
  markVisible() {
    const rows = visibleRows(this.log.list, this.log.box);
    if (rows) this.strip.setVisible(rows[0].time, rows[1].endTime ?? rows[1].time);
  }
}
