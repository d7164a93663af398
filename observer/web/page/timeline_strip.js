// The timeline above the log of the live page: shows what happened when, and which part of it the log shows.

import { byId, element, oncePerFrame, setText } from "./dom.js";
import { SUBAGENTS } from "./event_words.js";
import { lanesByKind } from "./lanes.js";
import { barsBetween } from "./stack.js";
import { TimelineCanvas } from "./timeline_canvas.js";
import { TimelineData } from "./timeline_data.js";
import { BAR_FONT, contextOf, HUES, makeStripes, paintMarks, paintRuler, readColors } from "./timeline_paint.js";
import { TimeRange } from "./timeline_zoom.js";
import { pluralize } from "./units.js";
/** @import { Colors, Lane, Level, PaintStyle, TimelineSpan, ZoomAction } from "./types.d.ts" */

const LOADING = "Loading the timeline …";
// Pixels.
const RULER_HEIGHT = 20;
const BAR_HEIGHT = 15;
const BAR_GAP = 2;
const LANE_GAP = 5;
const INNER_HEIGHT = 4; // of a subagent's calls, below its bar
const NARROW_WIDTH = 600; // below which overlapping calls share one row
const MAX_LEVELS = 2; // rows of overlapping calls
const MIN_RANGE_MS = 20;

/** @type {[action: ZoomAction, sign: string, label: string][]} */
const BUTTONS = [["in", "+", "Zoom in (+)"], ["out", "−", "Zoom out (−)"], ["fit", "Fit", "The whole run (0)"]];

// A tool gets the next hue when it is first seen; these have theirs from the start.
const hues = new Map(
  ["Bash", "Read", "Edit", "Grep", "Write", "Glob", "Task", "TodoWrite"].map((name, hue) => [name, hue]),
);

/** @param {TimelineSpan} bar @returns {number} */
function hueOf({ name }) {
  const hue = hues.get(name) ?? hues.size % HUES;
  hues.set(name, hue);
  return hue;
}

export class TimelineStrip extends TimelineCanvas {
  constructor() {
    super(MIN_RANGE_MS);
    this.data = new TimelineData(() => {});
    /** @type {Map<number, Level>} */
    this.innerLevels = new Map(); // calls of subagents
    this.arranged = this.painted = ""; // of what the lanes and the bars were made last
    /** @type {Colors | null} */
    this.colors = null;
    /** @type {CanvasPattern | null} */
    this.stripes = null;
    this.bars = document.createElement("canvas"); // they are painted only when they change
    this.section = byId("timeline");
    this.canvas = element("canvas", {
      tabindex: "0",
      role: "application",
      "aria-roledescription": "timeline",
      "aria-label": "Timeline",
    });
    /** @type {[ZoomAction, HTMLButtonElement][]} */
    this.buttons = BUTTONS.map(([action, sign, label]) => [
      action,
      element("button", { type: "button", "data-do": action, title: label, "aria-label": label }, sign),
    ]);
    this.placeholder = element("p", { class: "note" }, LOADING);
    this.labels = element("div", { class: "lanes", "aria-hidden": "true" });
    this.leftOut = element("p", { class: "left-out" });
    this.drawing = element(
      "div",
      { class: "drawing", hidden: true },
      this.labels,
      this.canvas,
      this.leftOut,
      element("div", { class: "zoom" }, ...this.buttons.map(([, button]) => button)),
    );
    this.section.append(this.placeholder, this.drawing, this.tooltip);
    /** @type {[start: number, end: number] | null} */
    this.visible = null; // what the log shows: [start, end] in ms since 1970
    this.schedulePaint = oncePerFrame(() => this.paint());
    new ResizeObserver(() => this.schedulePaint()).observe(this.section);
  }

  // Show the timeline of a run.
  /** @param {TimelineData} data */
  show(data) {
    this.data = data;
    this.arranged = "";
    this.selectedBar = this.hoveredBar = this.visible = null;
    this.range = new TimeRange(MIN_RANGE_MS);
    this.schedulePaint();
  }

  recolor() {
    this.colors = readColors();
    this.stripes = null;
    this.painted = "";
    this.paint(); // at once: printing does not wait for the next frame
  }

  // Set what the log shows, in ms since 1970.
  /** @param {number | null} start @param {number | null} end */
  setVisible(start, end) {
    this.visible = start === null || end === null ? null : [start, end];
    this.schedulePaint();
  }

  /** @override @param {TimelineSpan} bar @returns {[string, string]} */
  labelOf(bar) {
    if (bar.kind === "subagent" && bar.detail) return [bar.detail, bar.name];
    return [bar.kind === "tool" ? bar.label : bar.name.replaceAll("_", " "), bar.detail];
  }

  arrange() {
    const maxLevels = this.width < NARROW_WIDTH ? 1 : MAX_LEVELS;
    const fingerprint = `${this.data.version} ${maxLevels}`;
    if (this.arranged === fingerprint) return;
    this.arranged = fingerprint;
    ({ lanes: this.lanes, innerLevels: this.innerLevels } = lanesByKind(this.data.spans, maxLevels));
    const names = this.lanes.map((lane) => lane.label).join(", ");
    this.canvas.setAttribute(
      "aria-label",
      `Timeline: ${names || "no events yet"}. Arrow keys move between bars, Enter shows the event.`,
    );
    this.labels.replaceChildren(...this.lanes.map((lane) => {
      const label = element("span", {}, lane.label);
      label.style.height = `${this.laneHeight(lane)}px`;
      return label;
    }));
    setText(this.leftOut, this.data.leftOut ? `${pluralize(this.data.leftOut, "short call")} not shown` : "");
  }

  totalHeight() {
    return RULER_HEIGHT + this.lanes.reduce((sum, lane) => sum + this.laneHeight(lane), 0) + 2;
  }

  /** @param {Lane} lane */
  levelHeight(lane) {
    return BAR_HEIGHT + BAR_GAP + (lane.label === SUBAGENTS ? INNER_HEIGHT : 0);
  }

  /** @param {Lane} lane */
  laneHeight(lane) {
    return lane.levels.length * this.levelHeight(lane) + LANE_GAP;
  }

  paint() {
    const hasData = this.data.runStart !== null;
    this.placeholder.hidden = hasData;
    setText(this.placeholder, this.data.loaded ? "The timeline has no events yet." : LOADING);
    this.drawing.hidden = !hasData;
    if (!hasData || !this.colors) return;
    this.width = this.section.clientWidth - this.labels.offsetWidth;
    if (!this.width) return;
    this.arrange();
    this.now = this.data.runEnd ?? 0;
    this.range.setBounds(0, this.now);
    const scale = devicePixelRatio || 1;
    const height = this.totalHeight();
    if (this.canvas.width !== Math.round(this.width * scale) || this.canvas.height !== Math.round(height * scale)) {
      this.canvas.width = Math.round(this.width * scale);
      this.canvas.height = Math.round(height * scale);
      this.canvas.style.height = `${height}px`;
    }
    this.paintBars(this.colors, scale, height);
    const context = contextOf(this.canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.bars, 0, 0);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    for (const bar of [this.hoveredBar, this.selectedBar]) {
      if (bar && this.laneOf(bar)) {
        this.paintOutline(context, bar, { y: this.topOf(bar), height: BAR_HEIGHT }, { colors: this.colors });
      }
    }
    this.paintVisible(context, this.colors, height);
  }

  // Paint the bars on a canvas of their own: only when they change, not whenever the log scrolls.
  /** @param {Colors} colors @param {number} scale @param {number} height */
  paintBars(colors, scale, height) {
    const { range, data } = this;
    const fingerprint = [this.arranged, range.start, range.end, this.now, this.width, height, scale, colors.bg].join();
    if (fingerprint === this.painted) return;
    this.painted = fingerprint;
    this.bars.width = this.canvas.width;
    this.bars.height = this.canvas.height;
    const context = contextOf(this.bars);
    context.scale(scale, scale);
    context.textBaseline = "middle";
    context.font = BAR_FONT;
    this.stripes ??= makeStripes(context, colors, scale);
    const style = {
      colors,
      stripes: this.stripes,
      width: this.width,
      height,
      barHeight: BAR_HEIGHT,
      rulerHeight: RULER_HEIGHT,
      labelOf: this.labelOf,
      hueOf,
    };
    paintRuler(context, range, style);
    let y = RULER_HEIGHT;
    for (const lane of this.lanes) {
      this.paintLane(context, lane, y, style);
      y += this.laneHeight(lane);
    }
    paintMarks(context, data.marks, (time) => this.xOf(time), style);
  }

  /** @param {CanvasRenderingContext2D} context @param {Lane} lane @param {number} y @param {PaintStyle} style */
  paintLane(context, lane, y, style) {
    const hasInner = lane.label === SUBAGENTS;
    for (const [index, level] of lane.levels.entries()) {
      const top = y + index * this.levelHeight(lane);
      this.paintLevel(context, level, { y: top, height: BAR_HEIGHT }, style);
      if (!hasInner) continue;
      for (const { agent } of barsBetween(level, this.range.start, this.range.end)) {
        const inner = this.innerLevels.get(agent);
        if (inner) {
          this.paintLevel(context, inner, { y: top + BAR_HEIGHT, height: INNER_HEIGHT }, style);
        }
      }
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Colors} colors @param {number} height */
  paintVisible(context, colors, height) {
    if (!this.visible) return;
    const [left, right] = this.visible.map((time) => this.xOf(time - (this.data.runStart ?? 0)));
    const width = Math.max(3, right - left);
    context.fillStyle = colors.accent;
    context.globalAlpha = 0.13;
    context.fillRect(left, 0, width, height);
    context.globalAlpha = 1;
    context.fillRect(left, 0, width, 2.5);
  }

  // The bar or mark under a point of the canvas, or null.
  /** @param {number} x @param {number} y @returns {TimelineSpan | null} */
  barAt(x, y) {
    if (y < RULER_HEIGHT) return this.data.marks.find((mark) => Math.abs(this.xOf(mark.start) - x) < 6) ?? null;
    let top = RULER_HEIGHT;
    for (const lane of this.lanes) {
      const level = lane.levels[Math.floor((y - top) / this.levelHeight(lane))];
      if (y < top + this.laneHeight(lane) && level) return this.nearestBar(level, x);
      top += this.laneHeight(lane);
    }
    return null;
  }

  // The upper edge of a bar.
  /** @param {TimelineSpan} bar */
  topOf(bar) {
    const lane = this.laneOf(bar);
    if (!lane) return RULER_HEIGHT;
    const lanesAbove = this.lanes.slice(0, this.lanes.indexOf(lane));
    return lanesAbove.reduce((sum, above) => sum + this.laneHeight(above), RULER_HEIGHT) +
      bar.level * this.levelHeight(lane);
  }

  // The last tool call, null if there are no bars.
  firstBar() {
    return (this.lanes[1] ?? this.lanes[0])?.bars.at(-1) ?? null;
  }

  // Show a bar and its tooltip.
  /** @param {TimelineSpan} bar */
  reveal(bar) {
    this.range.reveal(bar.start, this.endOf(bar));
    this.showTooltip(bar, Math.max(0, this.xOf(bar.start)), this.topOf(bar) + LANE_GAP);
  }

  // Show the tooltip of a bar beside a point of the canvas, or none for null.
  /** @param {TimelineSpan | null} bar @param {number} [x] @param {number} [y] */
  showTooltip(bar, x = 0, y = 0) {
    this.tooltip.hidden = !bar;
    if (!bar) return;
    this.fillTooltip(bar, [bar.agent ? this.data.agents[bar.agent]?.name : ""]);
    const room = this.section.clientWidth - this.tooltip.offsetWidth - 4;
    this.tooltip.style.left = `${Math.min(this.labels.offsetWidth + x + 12, Math.max(4, room))}px`;
    this.tooltip.style.top = `${y + 18}px`;
  }
}
