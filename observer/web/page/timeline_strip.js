// The timeline above the log: a canvas that shows what happened when, and where in it the log stands.

import { byId, element, framed, say } from "./dom.js";
import { layOut } from "./lanes.js";
import { within } from "./stack.js";
import { toolName } from "./labels.js";
import { FONT, HUES, paintMarks, paintRuler, palette, stripes } from "./timeline_paint.js";
import { Stage } from "./timeline_canvas.js";
import { plural } from "./units.js";
import { View } from "./timeline_zoom.js";

const RULER = 20;
const BAR = 15;
const GAP = 2;
const LANE_GAP = 5;
const LEVELS = 2; // rows of overlapping calls
const INNER = 4; // pixels of a subagent's calls, below its bar
const NARROW = 600;
const SHORTEST = 20; // ms that can be looked at

// Tools have their hues from the first time that they are seen; those of every run from the start.
const hues = new Map(["Bash", "Read", "Edit", "Grep", "Write", "Glob", "Task", "TodoWrite"].map((name, at) => [name, at]));

function hueOf({ name }) {
  if (!hues.has(name)) hues.set(name, hues.size % HUES);
  return hues.get(name);
}

export class Strip extends Stage {
  constructor() {
    super(SHORTEST);
    this.timeline = null;
    this.place = byId("timeline");
    this.canvas = element("canvas", { tabindex: "0", role: "application", "aria-roledescription": "timeline", "aria-label": "Timeline" });
    const zoom = [["in", "+", "Zoom in (+)"], ["out", "−", "Zoom out (−)"], ["fit", "Fit", "The whole run (0)"]];
    this.buttons = zoom.map(([does, sign, said]) => element("button", { type: "button", "data-do": does, title: said, "aria-label": said }, sign));
    this.empty = element("p", { class: "note" }, "Reading what happened when …");
    this.labels = element("div", { class: "lanes", "aria-hidden": "true" });
    this.leftOut = element("p", { class: "left-out" });
    this.drawn = element("div", { class: "drawn", hidden: true }, this.labels, this.canvas, this.leftOut, element("div", { class: "zoom" }, ...this.buttons));
    this.place.append(this.empty, this.drawn, this.tip);
    this.sight = null; // what the log shows: [from, to] in ms since 1970
    this.later = framed(() => this.paint());
    new ResizeObserver(() => this.later()).observe(this.place);
  }

  show(timeline) {
    this.timeline = timeline;
    this.laid = "";
    this.chosen = this.hovered = this.sight = null;
    this.view = new View(SHORTEST);
    this.later();
  }

  recolor() {
    this.colors = palette();
    this.stripes = this.painted = null;
    this.paint(); // at once: paper does not wait for the next frame
  }

  // What the log shows, in ms since 1970.
  mark(from, to) {
    this.sight = from === null || to === null ? null : [from, to];
    this.later();
  }

  wordsOf(bar) {
    if (bar.kind === "subagent" && bar.detail) return [bar.detail, bar.name];
    return [bar.kind === "tool" ? toolName(bar.name) : bar.name.replaceAll("_", " "), bar.detail];
  }

  arrange() {
    const { timeline } = this;
    const levels = this.width < NARROW ? 1 : LEVELS;
    const print = `${timeline.changes} ${levels}`;
    if (this.laid === print) return;
    this.laid = print;
    Object.assign(this, layOut(timeline.spans, levels));
    const names = this.lanes.map((lane) => lane.label).join(", ");
    this.canvas.setAttribute("aria-label", `Timeline: ${names || "nothing yet"}. Arrow keys go from bar to bar, Enter shows it.`);
    this.labels.replaceChildren(...this.lanes.map((lane) => {
      const made = element("span", {}, lane.label);
      made.style.height = `${this.laneHeight(lane)}px`;
      return made;
    }));
    say(this.leftOut, timeline.leftOut ? `${plural(timeline.leftOut, "short call")} not drawn` : "");
  }

  height() {
    return RULER + this.lanes.reduce((sum, lane) => sum + this.laneHeight(lane), 0) + 2;
  }

  levelHeight(lane) {
    return BAR + GAP + (lane.label === "Subagents" ? INNER : 0);
  }

  laneHeight(lane) {
    return lane.levels.length * this.levelHeight(lane) + LANE_GAP;
  }

  paint() {
    const { timeline } = this;
    const drawn = timeline !== null && timeline.began !== null;
    this.empty.hidden = drawn;
    this.drawn.hidden = !drawn;
    if (!drawn || !this.colors) return;
    this.width = this.place.clientWidth - this.labels.offsetWidth;
    if (!this.width) return;
    this.arrange();
    this.now = timeline.ended ?? 0;
    this.view.reach(0, this.now);
    const scale = devicePixelRatio || 1;
    const tall = this.height();
    if (this.canvas.width !== Math.round(this.width * scale) || this.canvas.height !== Math.round(tall * scale)) {
      this.canvas.width = Math.round(this.width * scale);
      this.canvas.height = Math.round(tall * scale);
      this.canvas.style.height = `${tall}px`;
    }
    this.paintBars(scale, tall);
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.bars, 0, 0);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    for (const bar of [this.hovered, this.chosen]) {
      if (bar && this.laneOf(bar)) this.outline(context, bar, { y: this.top(bar), height: BAR }, { colors: this.colors });
    }
    this.paintSight(context, tall);
  }

  // The bars are painted when they change, not each time that the log moves.
  paintBars(scale, tall) {
    const { view, timeline, colors } = this;
    const print = [this.laid, view.from, view.to, this.now, this.width, tall, scale, colors.bg].join();
    if (print === this.painted) return;
    this.painted = print;
    this.bars ??= document.createElement("canvas");
    this.bars.width = this.canvas.width;
    this.bars.height = this.canvas.height;
    const context = this.bars.getContext("2d");
    context.scale(scale, scale);
    context.textBaseline = "middle";
    context.font = FONT;
    this.stripes ??= stripes(context, colors, scale);
    const look = { colors, stripes: this.stripes, width: this.width, height: tall, bar: BAR, ruler: RULER, wordsOf: this.wordsOf, hueOf };
    paintRuler(context, view, look);
    let y = RULER;
    for (const lane of this.lanes) {
      this.paintLane(context, lane, y, look);
      y += this.laneHeight(lane);
    }
    paintMarks(context, timeline.marks, (at) => this.x(at), look);
  }

  paintLane(context, lane, y, look) {
    const nested = lane.label === "Subagents";
    for (const [at, level] of lane.levels.entries()) {
      const top = y + at * this.levelHeight(lane);
      this.paintLevel(context, level, { y: top, height: BAR }, look);
      if (!nested) continue;
      for (const { agent } of within(level, this.view.from, this.view.to)) {
        if (this.inner.has(agent)) this.paintLevel(context, this.inner.get(agent), { y: top + BAR, height: INNER }, look);
      }
    }
  }

  paintSight(context, tall) {
    if (!this.sight) return;
    const [from, to] = this.sight.map((at) => this.x(at - this.timeline.began));
    context.fillStyle = this.colors.accent;
    context.globalAlpha = 0.13;
    context.fillRect(from, 0, Math.max(3, to - from), tall);
    context.globalAlpha = 1;
    context.fillRect(from, 0, Math.max(3, to - from), 2.5);
  }

  // What lies under a point of the canvas.
  under(x, y) {
    if (y < RULER) return this.timeline.marks.find((mark) => Math.abs(this.x(mark.from) - x) < 6) ?? null;
    let top = RULER;
    for (const lane of this.lanes) {
      const level = lane.levels[Math.floor((y - top) / this.levelHeight(lane))];
      if (y < top + this.laneHeight(lane) && level) return this.nearest(level, x);
      top += this.laneHeight(lane);
    }
    return null;
  }

  // The upper edge of a bar.
  top(bar) {
    const lane = this.laneOf(bar);
    const above = this.lanes.slice(0, this.lanes.indexOf(lane));
    return above.reduce((sum, one) => sum + this.laneHeight(one), RULER) + bar.level * this.levelHeight(lane);
  }

  // What was called last.
  first() {
    return (this.lanes[1] ?? this.lanes[0]).bars.at(-1);
  }

  // Bring a bar into sight, and say what it is.
  reveal(bar) {
    this.view.reveal(bar.from, this.end(bar));
    this.tell(bar, Math.max(0, this.x(bar.from)), this.top(bar) + LANE_GAP);
  }

  // Say what a bar is, beside a point of the canvas.
  tell(bar, x, y) {
    this.tip.hidden = !bar;
    if (!bar) return;
    this.describe(bar, [bar.agent ? this.timeline.agents[bar.agent]?.name : ""]);
    const left = this.labels.offsetWidth + x + 12;
    this.tip.style.left = `${Math.min(left, Math.max(4, this.place.clientWidth - this.tip.offsetWidth - 4))}px`;
    this.tip.style.top = `${y + 18}px`;
  }
}
