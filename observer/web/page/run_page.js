// What the page of `observe serve` and the HTML report have in common: the parts that show one run, connected with one
// another.

import { Autoscroll } from "./autoscroll.js";
import { Banner } from "./banner.js";
import { blur, byId } from "./dom.js";
import { cancelErrorSearch } from "./error_search.js";
import { goToError, goToShown } from "./error_steps.js";
import { HitSteps } from "./hit_steps.js";
import { LiveFilter } from "./live_filter.js";
import { LogView } from "./log_view.js";
import { Navigation } from "./navigation.js";
import { Outline } from "./outline.js";
import { Panel } from "./panel.js";
import { loadLine, loadRow } from "./row_loading.js";
import { PaperNote } from "./paper_note.js";
import { RunView } from "./run_view.js";
import { SearchProgress } from "./search_progress.js";
import { startTheme } from "./theme.js";
import { startTimelineInput } from "./timeline_input.js";
import { TimelineStrip } from "./timeline_strip.js";
import { completeCalls } from "./tool_calls.js";
import { copyUrl, linkTo } from "./url_state.js";
/** @import { RowView } from "./row_view.js" */
/** @import { Direction, LogRow, RowContext, RunPageParts } from "./types.d.ts" */

export class RunPage {
  // `source` is as server.js has it; `header` is as RunHeader, `liveRegion` as LiveRegion, and `panel` as Panel, if the
  // page has one of its own. `now()` is the time until which what runs has been running. Callbacks: those of
  // Navigation, connection(state, delay), replaced(reason), failed(error), loaded(name, panel) when the panel of a run
  // was loaded, and jumping() before the log goes to an event.
  /** @param {RunPageParts} parts */
  constructor({ source, header, liveRegion, panel = null, now = () => Date.now(), callbacks }) {
    this.source = source;
    this.now = now;
    this.callbacks = callbacks;
    this.banner = new Banner();
    this.strip = new TimelineStrip();
    this.context = this.createContext();
    this.log = this.createLog();
    const { context, log, banner, strip } = this;
    const autoscroll = (this.autoscroll = new Autoscroll(
      log,
      () => (this.view.reader?.attached ? autoscroll.resume() : this.view.open(this.view.name)),
    ));
    const filter = (this.filter = this.createFilter());
    const progress = new SearchProgress(() => (this.showsFilter && this.hits.cancel()) || this.cancelSearch());
    const view = (this.view = new RunView({
      source,
      log,
      header,
      strip,
      filter,
      liveRegion,
      context,
      autoscroll,
      callbacks: {
        connection: callbacks.connection,
        began: (name) => this.panel.begin(name),
        opened: () => {
          view.markVisible();
          this.panel.load(view.name);
          this.hits.begin();
          this.navigation.scheduleSave();
        },
        reset: callbacks.replaced,
        failed: callbacks.failed,
        searching: (subject, done, size) => progress.update(subject, done, size),
        searched: () => progress.hide(),
        stepped: (words) => {
          filter.showStep(words);
          liveRegion.announceNow(words);
        },
      },
    }));
    this.hits = new HitSteps(view, {
      shown: (words) => filter.showHits(words),
      stepped: (words) => {
        filter.showHits(words);
        liveRegion.announceNow(words);
      },
      counting: (done, size) => progress.update(filter.describeSearch("all"), done, size),
      counted: () => progress.hide(),
    });
    this.panel = panel ?? this.createPanel();
    this.paperNote = new PaperNote(view);
    this.outline = new Outline({
      timeline: () => (view.name ? view.timeline : null),
      linkTo: (at) => linkTo(view.name, { seq: null, offset: at }),
      jump: (at) => this.goTo(at),
    });
    this.navigation = new Navigation(view, {
      ...callbacks,
      missing: (what) =>
        banner.show(`Event ${what} is not in this run any more. The log shows what is nearest to it.`, "warning", [
          "Close",
          () => banner.hide(),
        ]),
    });
    this.startTimeline();
    startTheme(() => strip.recolor());
  }

  /** @returns {RowContext} */
  createContext() {
    /** @type {RowContext} */
    const context = {
      origin: null,
      run: "",
      query: "",
      linkTo: (row) => linkTo(context.run, row),
      now: this.now,
      imageUrl: (file) => this.source.imageUrl(context.run, file),
      loadRow: (end, firstEnd) => loadRow(this.view, end, firstEnd),
      changed: (change) => this.log.keepAnchor(change),
    };
    return context;
  }

  createLog() {
    return new LogView(this.context, {
      onEdge: (edge) => this.view.extend(edge),
      onScroll: () => {
        this.autoscroll.scrolled(this.view.reader?.attached);
        this.view.markVisible();
        this.navigation.scheduleSave();
      },
      onCurrent: () => this.navigation.scheduleSave(),
      onAction: (name, row, actor) => {
        if (name === "link") this.copyLink(row);
        else if (name === "copy" && actor) this.copyText(actor);
        else loadLine(this.view, row);
      },
    });
  }

  createFilter() {
    const { autoscroll } = this;
    const reopen = () => this.applyFilter();
    /** @returns {boolean} */
    const canceled = () => {
      this.hits.cancel();
      return this.view.cancelSearch();
    };
    const filter = new LiveFilter(reopen, canceled, [autoscroll.toggleButton]);
    byId("filter").replaceWith(filter.element);
    filter.next.addEventListener("click", () => this.goToNext("after"));
    filter.previous.addEventListener("click", () => this.goToNext("before"));
    filter.onEnter = (direction) => this.hits.step(direction).then(() => filter.search.focus());
    return filter;
  }

  // Whether the log shows the filter that is set, or another one, as its first hit is searched for.
  get showsFilter() {
    return JSON.stringify(this.view.reader?.filter) === JSON.stringify(this.filter.query());
  }

  // Show what passes the filter, at its first hit from what is read on; at the end if there is none.
  async applyFilter() {
    const { view, filter, autoscroll } = this;
    const hadFocus = document.activeElement === filter.search;
    if (autoscroll.following || !filter.active) {
      await view.open(view.name, autoscroll.following ? null : this.currentPlace());
    } else {
      const answer = await this.hits.step("after");
      if (answer?.at === null) await view.open(view.name);
    }
    if (hadFocus) filter.search.focus();
  }

  createPanel() {
    return new Panel({
      source: this.source,
      linkTo: (run, at) => linkTo(run, { seq: null, offset: at }),
      jump: (at) => this.goTo(at),
      changed: (name, loaded) => {
        this.view.setClosing(loaded.closing);
        this.filter.showErrors(loaded.problems);
        this.paperNote.total = loaded.events;
        this.callbacks.loaded(name, loaded);
      },
    });
  }

  // The filter may exclude what the timeline shows: it is cleared first.
  startTimeline() {
    /** @param {() => void} action */
    const unfiltered = (action) => {
      this.callbacks.jumping();
      if (this.filter.active) this.filter.clearSilently();
      action();
    };
    /** @param {number} ms */
    const timeAt = (ms) => new Date((this.view.timeline.runStart ?? 0) + ms).toISOString();
    startTimelineInput(
      this.strip,
      (bar) => unfiltered(() => this.view.goTo(bar.offset)),
      (ms) => unfiltered(() => this.view.open(this.view.name, { time: timeAt(ms) })),
    );
  }

  // The actions of the keyboard for one run, by the browser's names of the keys.
  get keys() {
    const { log, view, autoscroll, panel } = this;
    /** @param {(current: RowView) => void} action */
    const withCurrent = (action) => () => log.currentView && action(log.currentView);
    const openRow = withCurrent((current) => log.act("open", current));
    const goToStart = () => view.open(view.name, { after: "start" });
    const goToEnd = () => autoscroll.goToEnd();
    return {
      j: () => log.moveFocus(1),
      ArrowDown: () => log.moveFocus(1),
      k: () => log.moveFocus(-1),
      ArrowUp: () => log.moveFocus(-1),
      Enter: openRow,
      o: openRow,
      c: withCurrent((current) => this.copyLink(current.row)),
      n: () => this.hits.step("after"),
      N: () => this.hits.step("before"),
      e: () => this.goToError("after"),
      E: () => this.goToError("before"),
      g: goToStart,
      Home: goToStart,
      G: goToEnd,
      End: goToEnd,
      s: () => panel.toggle(),
      O: () => this.outline.open(),
      "/": () => this.filter.search.focus(),
      T: () => this.strip.canvas.focus(),
      t: () => byId("theme").click(),
    };
  }

  // Leave what is open, one thing at a time. Returns whether there was one.
  leave() {
    return this.panel.dismiss() || this.cancelSearch() || blur();
  }

  // The place of the current row, to open the run at.
  currentPlace() {
    const row = this.log.currentView?.row;
    return row ? { around: row.offset } : null;
  }

  // Go to the event at an offset; a filter that excludes it is cleared.
  /** @param {number} offset */
  goTo(offset) {
    this.callbacks.jumping();
    return goToShown(this.view, offset);
  }

  // Go to the next hit of a filter, or without one to the next error.
  /** @param {Direction} direction */
  goToNext(direction) {
    return this.filter.countsHits ? this.hits.step(direction) : this.goToError(direction);
  }

  /** @param {Direction} direction */
  goToError(direction) {
    this.callbacks.jumping();
    return goToError(this.view, direction);
  }

  /** @param {LogRow} row */
  async copyLink(row) {
    this.banner.showBriefly(
      (await copyUrl(this.navigation.writeLink(row)))
        ? "Link to this event copied."
        : "The link to this event is in the address bar.",
      "plain",
    );
  }

  // Copy the text beside a button.
  /** @param {Element} button */
  async copyText(button) {
    const copied = await copyUrl(button.previousElementSibling?.textContent ?? "");
    this.banner.showBriefly(
      copied ? "Copied." : "The browser does not allow this page to copy.",
      copied ? "plain" : "warning",
    );
  }

  // Cancel the search for an error, or clear the filter and with it the search for what passes it. Returns whether
  // there was one.
  cancelSearch() {
    if (this.view.reader && cancelErrorSearch(this.view.reader)) return true;
    const { active } = this.filter;
    if (active) this.filter.reset();
    return active;
  }

  // Update what grows by itself.
  tick() {
    this.log.tick(this.now());
    this.outline.tick();
    completeCalls(this.view);
  }
}
