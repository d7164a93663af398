// Controls the view of one run: events from its reader become rows, and rows the log; header, timeline and filter
// follow.

import { byId, oncePerFrame } from "./dom.js";
import { updateEdgeNotes } from "./edge_notes.js";
import { MAX_EVENTS, SLACK } from "./line_cache.js";
import { drawWords } from "./panel.js";
import { RowBuilder } from "./rows.js";
import { loadMetadata, loadTimeline } from "./run_metadata.js";
import { RunReader } from "./run_reader.js";
import { TimelineData } from "./timeline_data.js";
import { completeCalls } from "./tool_calls.js";
import { visibleRows } from "./visible_rows.js";

const DROP_DISTANCE = 1.5; // screens that rows must be out of view before they are dropped
const DROP_ALWAYS = 4 * MAX_EVENTS; // events beyond which rows are dropped wherever they are
const CONFLICT = 409; // the server's answer to a cursor of a file that was replaced

export class RunView {
  // `parts` are those of the page: { source, log, header, strip, filter, liveRegion, context, autoscroll, callbacks }.
  // The callbacks are connection(state, delay), began(name), opened(), reset(reason), failed(error), stepped(words),
  // searching(subject, done, size) and searched().
  constructor(parts) {
    Object.assign(this, parts);
    this.name = null;
    this.reader = null;
    this.rows = new RowBuilder();
    this.asking = { tool: null, words: null }; // the tool that a person is asked about, and what to say of its calls
    this.scheduleTake = oncePerFrame(() => this.takeArrivals());
  }

  // Open a run at a place (see RunReader.openAt), or at its end, with the state of filters (see LiveFilter.load), or
  // those that are set.
  async open(name, place = null, filters = null) {
    if (name !== this.name) this.begin(name);
    else if (this.reader && Object.keys(this.reader.filter).length) loadTimeline(this, name); // with all types
    if (filters) this.filter.load(filters);
    this.closeReader();
    const reader = new RunReader(this.source, name, this.filter.query(), this.readerCallbacks(name), this.reader);
    this.reader = reader;
    this.failedOpen = null;
    this.context.query = this.filter.text;
    this.log.box.setAttribute("aria-busy", "true");
    try {
      if (place) {
        this.autoscroll.pause();
        this.reveal(await reader.openAt(place));
      } else {
        this.autoscroll.resume();
        await reader.openAtEnd();
      }
      this.updateEdges();
      this.callbacks.opened();
    } catch (error) {
      if (reader !== this.reader || error.name === "AbortError") return;
      if (error.status === 0) this.failedOpen = [name, place];
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
  begin(name) {
    this.name = name;
    this.error = null; // the event that was gone to as an error: { offset, key }, with the key of its row
    this.setClosing(null);
    this.over = false;
    this.autoscroll.setOver(false);
    this.known = { inputs: new Map(), results: new Map() }; // data of calls and results that were looked up, by id
    this.log.clear();
    this.header.clear(name);
    this.filter.clearRun();
    Object.assign(this.context, { origin: null, run: name });
    this.timeline = new TimelineData(() => loadTimeline(this, name));
    this.strip.show(this.timeline);
    loadMetadata(this, name);
    this.callbacks.began(name);
  }

  // The callbacks of the reader of a run; they do nothing once another run is open.
  readerCallbacks(name) {
    const ifOpen = (callback) => (...values) => (this.reader?.run === name ? callback(...values) : undefined);
    return {
      replaced: ifOpen(() => this.rebuild()),
      grew: ifOpen((edge) => this.grew(edge)),
      arrived: ifOpen(() => this.scheduleTake()),
      flooded: ifOpen(() => this.catchUp()),
      appended: ifOpen((events) => this.appended(events)),
      skipped: ifOpen((events) => this.observeAll(events)),
      heartbeat: ifOpen(() => this.header.pulse()),
      counted: ifOpen((count) => this.autoscroll.countNew(count)),
      caughtUp: ifOpen(() => this.log.box.removeAttribute("aria-busy")),
      reset: ifOpen((reason) => this.restart(reason)),
      connection: ifOpen((state, delay) => this.callbacks.connection(state, delay)),
      failed: ifOpen((error) => this.fail(error)),
      searching: ifOpen(({ what, done, size }) =>
        this.callbacks.searching(this.filter.describeSearch(what), done, size)
      ),
      searched: ifOpen(() => this.callbacks.searched()),
    };
  }

  // The run file was replaced: what the page knows of the run is void.
  restart(reason) {
    const { name } = this;
    this.name = null;
    this.open(name);
    this.callbacks.reset(reason);
  }

  // The server answers again: repeat what failed in the meantime.
  reconnected() {
    if (this.failedOpen) this.open(...this.failedOpen);
    else this.log.scheduleEdgeCheck();
  }

  fail(error) {
    if (error.status === CONFLICT) this.restart("");
    else this.callbacks.failed(error);
  }

  // Build all rows from the events in the cache.
  rebuild() {
    const { cache, attached, size } = this.reader;
    this.rows = new RowBuilder(this.known);
    for (const event of cache.events) this.rows.add(event);
    if (this.filter.active || (!attached && cache.last < size)) this.rows.markResultsBelow();
    else if (this.over) this.rows.endCalls();
    this.rows.setAsking(this.asking);
    this.log.show(this.rows);
    this.observeAll(cache.events);
    this.updateEdges();
    completeCalls(this);
  }

  takeArrivals() {
    this.reader?.takeArrivals(!this.autoscroll.following);
  }

  appended(events) {
    for (const event of events) this.rows.add(event);
    this.log.extend(this.rows);
    this.observeAll(events);
    this.liveRegion.add(events);
    if (this.autoscroll.following && this.reader.cache.excess > SLACK && this.trim("start")) this.rebuild();
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
  observeAll(events) {
    for (const event of events) this.observe(event);
    this.strip.schedulePaint();
  }

  observe(event) {
    const { kind, about } = event;
    this.timeline.add(event);
    if (kind === "tool_use") this.filter.addTool(event.tool ?? "", event.label);
    if (kind === "subagent_start") this.filter.addAgent(event.call, about ?? "");
    if (kind === "todo" && event.agent === null) this.header.setTodo(about ?? "", event.offset);
    if (kind === "session_start" && about) this.header.setModel(about);
  }

  // A page of events was added at one edge: drop as many at the other one, if they are out of view.
  grew(edge) {
    this.trim(edge === "start" ? "end" : "start");
    this.rebuild();
    this.log.scheduleEdgeCheck();
  }

  // Drop what is too much at an edge, if it is out of view. Returns whether anything was dropped.
  trim(edge) {
    const { cache } = this.reader;
    const { excess } = cache;
    if (!excess) return false;
    const index = edge === "start" ? excess : cache.events.length - excess;
    if (cache.events.length < DROP_ALWAYS && this.log.distance(cache.events[index].offset, edge) < DROP_DISTANCE) {
      return false;
    }
    if (edge === "start") cache.dropFirst(excess);
    else {
      cache.dropLast(excess);
      this.reader.attached = false;
    }
    return true;
  }

  // Load a page of events at an edge of the log.
  async extend(edge) {
    if (!this.reader?.generation || this.reader.pending) return;
    if (edge === "start" && this.reader.cache.atStart) return;
    if (edge === "end" && this.reader.attached) return;
    await (edge === "start" ? this.reader.loadOlder() : this.reader.loadNewer());
  }

  updateEdges() {
    updateEdgeNotes(this.reader, { isFiltered: this.filter.active, isOver: Boolean(this.closing) });
    if (this.autoscroll.following) this.log.scrollToEnd();
  }

  // Show the event that begins at an offset, or the first one after it.
  async goTo(offset) {
    const { cache, generation, filter } = this.reader;
    const sameFilter = JSON.stringify(filter) === JSON.stringify(this.filter.query());
    const isCached = sameFilter && generation && offset >= cache.first && offset < cache.last &&
      cache.eventFrom(offset);
    if (isCached) {
      this.autoscroll.pause();
      this.reveal(offset);
    } else await this.open(this.name, { around: offset });
  }

  reveal(offset) {
    const event = this.reader.cache.eventFrom(offset) ?? this.reader.cache.events.at(-1);
    const row = event && this.rows.rowByOffset.get(event.offset);
    if (row) this.log.reveal(row);
    this.markVisible();
  }

  // Set the row that closes the log of a run that is over, null if it is not.
  setClosing(row) {
    this.closing = row;
    byId("closing").replaceChildren(...drawWords(row?.words ?? []));
    if (this.reader) this.updateEdges();
  }

  // Load a long line and show it in its place.
  async loadLine(row) {
    const { cache } = this.reader;
    const index = cache.events.findIndex((event) => event.offset === row.offset);
    if (index < 0) return;
    try {
      cache.events[index] = await this.reader.loadLine(cache.events[index]);
      this.rebuild();
    } catch (error) {
      this.callbacks.failed(error);
    }
  }

  // Load a row that shows all of an event, or of a text; null if it cannot be had.
  async loadRow(end, firstEnd) {
    try {
      return await this.reader.loadRow(end, firstEnd);
    } catch (error) {
      if (error.name !== "AbortError") this.callbacks.failed(error);
      return null;
    }
  }

  // Set whether the run is over: one that ended without an event leaves calls open.
  setOver(over) {
    if (over && !this.over && this.reader?.attached) {
      this.rows.endCalls();
      this.log.extend(this.rows);
    }
    this.over = over;
    this.autoscroll.setOver(over);
  }

  // Set the tool that a person is asked about, null if nobody is.
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
