// The timeline above the log: a canvas that shows what happened when, and where in it the log stands.

import { byId, element, framed, say } from "./dom.js";
import { layOut, within } from "./lanes.js";
import { BAR, FONT, GAP, LANE_GAP, paintBar, paintMark, paintRuler, palette, roleOf, RULER, stripes } from "./paint.js";
import { toolName } from "./telling.js";
import { clock, duration, plural } from "./units.js";
import { View } from "./view.js";

const LEVELS = 2; // rows of overlapping calls
const INNER = 4; // pixels of a subagent's calls, below its bar
const NARROW = 600;
const NEAR = 3; // pixels beside a bar that still count as the bar

export class Strip {
  constructor() {
    this.view = new View();
    this.timeline = null;
    this.place = byId("timeline");
    this.canvas = element("canvas", { tabindex: "0", role: "application", "aria-roledescription": "timeline", "aria-label": "Timeline" });
    this.tip = element("div", { class: "tip", role: "status", hidden: true });
    const zoom = [["in", "+", "Zoom in (+)"], ["out", "−", "Zoom out (−)"], ["fit", "Fit", "The whole run (0)"]];
    this.buttons = zoom.map(([does, sign, said]) => element("button", { type: "button", "data-do": does, title: said, "aria-label": said }, sign));
    this.empty = element("p", { class: "note" }, "Reading what happened when …");
    this.labels = element("div", { class: "lanes", "aria-hidden": "true" });
    this.leftOut = element("p", { class: "left-out" });
    this.drawn = element("div", { class: "drawn", hidden: true }, this.labels, this.canvas, this.leftOut, element("div", { class: "zoom" }, ...this.buttons));
    this.place.append(this.empty, this.drawn, this.tip);
    this.chosen = this.hovered = null;
    this.sight = null; // what the log shows: [from, to] in ms since 1970
    this.later = framed(() => this.paint());
    new ResizeObserver(() => this.later()).observe(this.place);
  }

  show(timeline) {
    this.timeline = timeline;
    this.laid = -1;
    this.chosen = this.hovered = this.sight = null;
    this.view = new View();
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

  x(at) {
    return ((at - this.view.from) / this.view.length) * this.width;
  }

  time(x) {
    return this.view.from + (x / this.width) * this.view.length;
  }

  end(bar) {
    return bar.to ?? this.now;
  }

  arrange() {
    const { timeline } = this;
    if (this.laid === timeline.changes && this.lanes) return;
    this.laid = timeline.changes;
    Object.assign(this, layOut(timeline, this.width < NARROW ? 1 : LEVELS));
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
    this.view.reach(this.now);
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
    for (const bar of [this.hovered, this.chosen]) if (bar && bar.kind !== "mark") this.outline(context, bar, this.placeOf(bar)[1]);
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
    const look = { colors, stripes: this.stripes, width: this.width, height: tall };
    paintRuler(context, view, look);
    let y = RULER;
    for (const lane of this.lanes) {
      this.paintLane(context, lane, y, look);
      y += this.laneHeight(lane);
    }
    for (const mark of timeline.marks) {
      const x = this.x(mark.from);
      if (x > -6 && x < this.width + 6) paintMark(context, Math.round(x) + 0.5, mark, look);
    }
  }

  paintLane(context, lane, y, look) {
    const nested = lane.label === "Subagents";
    for (const [at, level] of lane.levels.entries()) {
      const top = y + at * this.levelHeight(lane);
      let last = -1;
      const urgent = [];
      for (const bar of within(level, this.view.from, this.view.to)) {
        const x = this.x(bar.from);
        const width = this.x(this.end(bar)) - x - (this.end(bar) > bar.from ? 0.5 : 0);
        const role = roleOf(bar);
        if (role === "bad" || role === "blocked") urgent.push([bar, x, width]);
        else if (x + width > last + 0.7) {
          paintBar(context, bar, x, top, width, look);
          last = Math.max(last, x + width);
        }
        if (nested) this.paintInner(context, bar, top + BAR, look);
      }
      for (const [bar, x, width] of urgent) paintBar(context, bar, x, top, width, look);
    }
  }

  paintInner(context, agent, y, look) {
    let last = -1;
    for (const bar of this.inner.get(agent.agent) ?? []) {
      const x = this.x(bar.from);
      const width = Math.max(1.5, this.x(this.end(bar)) - x - 0.5);
      if (x + width <= last + 0.7 && !roleOf(bar)) continue;
      paintBar(context, bar, x, y, width, look, INNER);
      last = x + width;
    }
  }

  outline(context, bar, y) {
    const x = Math.max(-4, this.x(bar.from));
    context.strokeStyle = this.colors.text;
    context.lineWidth = bar === this.chosen ? 2 : 1;
    context.strokeRect(x - 1, y - 1, Math.max(4, Math.min(this.width + 4, this.x(this.end(bar))) - x) + 2, BAR + 2);
    context.lineWidth = 1;
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
    if (!this.lanes) return null;
    if (y < RULER) return this.timeline.marks.find((mark) => Math.abs(this.x(mark.from) - x) < 6) ?? null;
    let top = RULER;
    for (const lane of this.lanes) {
      const level = lane.levels[Math.floor((y - top) / this.levelHeight(lane))];
      if (y < top + this.laneHeight(lane) && level) return this.nearest(level, x);
      top += this.laneHeight(lane);
    }
    return null;
  }

  nearest(level, x) {
    let found = null;
    const slack = (NEAR * this.view.length) / this.width;
    for (const bar of within(level, this.time(x) - 2 * slack, this.time(x) + slack)) {
      const urgent = roleOf(bar) === "bad" || roleOf(bar) === "blocked";
      if (this.x(bar.from) - NEAR <= x && Math.max(this.x(this.end(bar)), this.x(bar.from) + 4) + 1 >= x && (urgent || !found || !roleOf(found))) found = bar;
    }
    return found;
  }

  // The place of a bar: its lane's number, and the top of its level.
  placeOf(bar) {
    let top = RULER;
    for (const [at, lane] of this.lanes.entries()) {
      const level = lane.levels.findIndex((one) => one.bars.includes(bar));
      if (level >= 0) return [at, top + level * this.levelHeight(lane)];
      top += this.laneHeight(lane);
    }
    return [0, RULER];
  }

  // Say what a bar is, beside a point of the canvas.
  tell(bar, x, y) {
    this.tip.hidden = !bar;
    if (!bar) return;
    const role = roleOf(bar) || "plain";
    const when = bar.kind === "mark" ? clock(bar.from) : `${clock(bar.from, 100)} · ${bar.going ? "at least " : ""}${duration(this.end(bar) - bar.from)}`;
    this.tip.replaceChildren(
      element("b", { class: `status ${role}` }, bar.kind === "tool" ? toolName(bar.name) : bar.name.replaceAll("_", " ")),
      ...(bar.detail ? [element("code", {}, bar.detail)] : []),
      element("span", {}, [when, bar.status, bar.agent ? this.timeline.agents[bar.agent]?.name : ""].filter(Boolean).join(" · ")),
    );
    const left = this.labels.offsetWidth + x + 12;
    this.tip.style.left = `${Math.min(left, Math.max(4, this.place.clientWidth - this.tip.offsetWidth - 4))}px`;
    this.tip.style.top = `${y + 18}px`;
  }
}
