// One run, watched: what its reader reads becomes a story, and the story the rows of the log.

import { fillCalls } from "./tool_calls.js";
import { byId, framed, say } from "./dom.js";
import { MOST, SLACK } from "./line_cache.js";
import { learn, learnTimes } from "./run_metadata.js";
import { textOf } from "./event.js";
import { Reader } from "./run_reader.js";
import { Story } from "./rows.js";
import { Timeline } from "./timeline_data.js";

const FAR = 1.5; // screenfuls that rows must be away before they are let go
const FAR_TOO_MANY = 4 * MOST; // events that are let go wherever they are
const GONE = 409; // how the server says that a place is of other content

export class Watching {
  // `parts` are the page's: { log, head, strip, filter, announcer, about, follow, told }.
  constructor(parts) {
    Object.assign(this, parts);
    this.name = null;
    this.reader = null;
    this.story = new Story();
    this.take = framed(() => this.flush());
  }

  // Watch a run from `where` (see Reader.openAt), from its end if there is none.
  async open(name, where = null) {
    if (name !== this.name) this.begin(name);
    else if (this.reader && Object.keys(this.reader.wish).length) learnTimes(this, name); // of what the filters kept away
    this.reader?.close();
    const reader = new Reader(name, this.filter.wish(), this.heard(name), this.reader);
    this.reader = reader;
    this.unanswered = null;
    this.about.wanted = this.filter.text;
    this.log.box.setAttribute("aria-busy", "true");
    try {
      if (where) {
        this.follow.pause();
        this.reveal(await reader.openAt(where));
      } else {
        this.follow.resume();
        await reader.openAtEnd();
      }
      this.edges();
      this.told.opened();
    } catch (error) {
      if (reader !== this.reader || error.name === "AbortError") return;
      if (error.status === 0) this.unanswered = [name, where];
      this.fail(error);
    } finally {
      if (reader === this.reader) this.log.box.removeAttribute("aria-busy");
    }
    this.log.moved();
  }

  begin(name) {
    this.name = name;
    this.known = { inputs: new Map(), results: new Map() }; // data of calls and results that were looked up, by id
    this.log.empty();
    this.head.clear(name);
    this.filter.forget();
    Object.assign(this.about, { origin: null, project: "", run: name });
    this.timeline = new Timeline(() => learnTimes(this, name));
    this.strip.show(this.timeline);
    learn(this, name);
  }

  // The callbacks of a reader; those of one that was closed are not heard.
  heard(name) {
    const mine = (work) => (...given) => (this.reader?.run === name ? work(...given) : undefined);
    return {
      replaced: mine(() => this.rebuild()),
      grew: mine((where) => this.grew(where)),
      arrived: mine(() => this.take()),
      flooded: mine(() => this.catchUp()),
      appended: mine((events) => this.appended(events)),
      tell: mine((events) => this.noticeAll(events)),
      beat: mine((event) => this.head.beat(event.at ?? 0)),
      came: mine((number) => this.follow.came(number)),
      caughtUp: mine(() => this.log.box.removeAttribute("aria-busy")),
      reset: mine((reason) => this.restart(reason)),
      link: mine((state, wait) => this.told.link(state, wait)),
      failed: mine((error) => this.fail(error)),
      searching: mine((share, way) => this.edges(`searching ${way} … ${Math.round(share * 100)} %`)),
    };
  }

  // The file is another one: what the page knows of the run is void.
  restart(reason) {
    const { name } = this;
    this.name = null;
    this.open(name);
    this.told.reset(reason);
  }

  // The server answers again: what it was asked for meanwhile is asked again.
  again() {
    if (this.unanswered) this.open(...this.unanswered);
    else this.log.moved();
  }

  // A place that was asked for may be one of a file that is no more.
  fail(error) {
    if (error.status === GONE) this.restart("it was replaced or truncated");
    else this.told.failed(error);
  }

  rebuild() {
    this.story = new Story(this.known);
    for (const event of this.reader.held.events) this.story.take(event);
    if (this.filter.active || (!this.reader.attached && this.reader.held.last < this.reader.size)) this.story.cutOff();
    else if (this.over) this.story.endCalls();
    this.log.show(this.story);
    this.noticeAll(this.reader.held.events);
    this.edges();
    fillCalls(this);
  }

  flush() {
    this.reader?.take(!this.follow.following);
  }

  appended(events) {
    for (const event of events) this.story.take(event);
    this.log.extend(this.story);
    this.noticeAll(events);
    this.announcer.take(events);
    if (this.follow.following && this.reader.held.excess > SLACK && this.trim("start")) this.rebuild();
    this.edges();
    if (this.filter.active) fillCalls(this);
  }

  // More came at once than the page holds: who follows goes to the end of it, who reads stays and is told how much.
  catchUp() {
    if (!this.follow.following) return this.flush();
    learnTimes(this, this.name);
    return this.open(this.name);
  }

  noticeAll(events) {
    for (const event of events) this.notice(event);
    this.strip.later();
  }

  notice(event) {
    this.timeline.take(event);
    if (event.type === "tool_use") this.filter.knowTool(textOf(event.data, "name"));
    if (event.type === "subagent_start") this.filter.knowAgent(textOf(event.data, "tool_use_id"), [textOf(event.data, "agent_type"), textOf(event.data, "description")].filter(Boolean).join(": "));
    if (event.type === "session_start" && textOf(event.data, "model")) this.head.know({ model: textOf(event.data, "model") });
  }

  // A page of events came at one side; as many go at the other, if nobody sees them.
  grew(where) {
    this.trim(where === "start" ? "end" : "start");
    this.rebuild();
    this.log.moved();
  }

  // Let go of what is too much at one side, if nobody sees it. Returns whether there was any.
  trim(side) {
    const { held } = this.reader;
    const excess = held.excess;
    if (!excess) return false;
    const at = side === "start" ? excess : held.events.length - excess;
    if (held.events.length < FAR_TOO_MANY && this.log.distance(held.events[at].offset, side) < FAR) return false;
    if (side === "start") held.dropFirst(excess);
    else {
      held.dropLast(excess);
      this.reader.attached = false;
    }
    return true;
  }

  // What the log needs at its edges.
  async want(where) {
    if (!this.reader?.generation || this.reader.busy) return;
    if (where === "start" && this.reader.held.atStart) return;
    if (where === "end" && this.reader.attached) return;
    await (where === "start" ? this.reader.older() : this.reader.newer());
  }

  edges(searching = "") {
    const { held, attached } = this.reader;
    const above = byId("above");
    above.hidden = held.atStart && held.events.length > 0;
    say(above, searching || (held.atStart ? (this.filter.active ? "Nothing fits these filters." : "Nothing was written yet.") : "reading what came before …"));
    const below = byId("below");
    below.hidden = attached;
    say(below, "reading what came after …");
    if (this.follow.following) this.log.toEnd();
  }

  // Show the event that begins at an offset, or the first one after it.
  async goTo(offset) {
    const { held, generation, wish } = this.reader;
    const same = JSON.stringify(wish) === JSON.stringify(this.filter.wish());
    const inside = same && generation && offset >= held.first && offset < held.last && held.from(offset);
    if (inside) {
      this.follow.pause();
      this.reveal(offset);
    } else await this.open(this.name, { around: offset });
  }

  reveal(offset) {
    const event = this.reader.held.from(offset) ?? this.reader.held.events.at(-1);
    const row = event && this.story.rowAt.get(event.offset);
    if (row) this.log.reveal(row);
    this.tellSight();
  }

  // The next (or previous) thing that went wrong.
  async trouble(direction) {
    const row = this.log.currentView?.row;
    const { held } = this.reader;
    const from = direction === "after" ? (row?.end ?? held.last) : (row?.offset ?? held.last);
    try {
      const found = await this.reader.trouble(from, direction);
      if (found === null) this.told.said(direction === "after" ? "There is no later error." : "There is no earlier error.");
      else await this.goTo(found);
    } catch (error) {
      if (error.name !== "AbortError") this.fail(error);
    }
  }

  // Put a line that was too long at first in its place.
  async whole(row) {
    const { held } = this.reader;
    const at = held.events.findIndex((event) => event.offset === row.offset);
    if (at < 0) return;
    try {
      held.events[at] = await this.reader.whole(held.events[at]);
      this.rebuild();
    } catch (error) {
      this.told.failed(error);
    }
  }

  // A run that ended without saying so leaves calls open.
  end(over) {
    if (over && !this.over && this.reader?.attached) {
      this.story.endCalls();
      this.log.extend(this.story);
    }
    this.over = over;
  }

  // Tell the timeline what the log shows.
  tellSight() {
    const rows = this.log.inSight();
    if (rows) this.strip.mark(rows[0].at, rows[1].ends ?? rows[1].at);
  }
}
