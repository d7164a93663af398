// Base of the timeline: a canvas on which time runs from left to right, with bars in lanes and a tooltip.

import { element } from "./dom.js";
import { barsBetween } from "./stack.js";
import { isUrgent, paintBar } from "./timeline_paint.js";
import { TimeRange } from "./timeline_zoom.js";
import { formatClock, formatDuration } from "./units.js";
/** @import { Box, Lane, Level, PaintStyle, TimelineSpan } from "./types.d.ts" */

const HIT_MARGIN = 3; // pixels beside a bar that still hit it
const FLAG_WIDTH = 5; // pixels of a failed bar, however short it was
const MAX_TOOLTIP_DETAIL = 160; // characters

// A subclass sets `width`, `now` and `lanes`, and says what bars are called.
export class TimelineCanvas {
  /** @param {number} minRange */
  constructor(minRange) {
    this.range = new TimeRange(minRange);
    this.width = 0; // in pixels
    this.now = 0; // the end of active bars
    /** @type {Lane[]} */
    this.lanes = [];
    /** @type {TimelineSpan | null} */
    this.selectedBar = null; // by the keyboard
    /** @type {TimelineSpan | null} */
    this.hoveredBar = null; // by the pointer
    this.tooltip = element("div", { class: "tooltip", role: "status", hidden: true });
  }

  // What a bar is called, and what more there is to say of it.
  /** @param {TimelineSpan} bar @returns {[name: string, detail: string]} */
  labelOf(bar) {
    return [bar.name, bar.detail];
  }

  /** @param {number} time */
  xOf(time) {
    return ((time - this.range.start) / this.range.length) * this.width;
  }

  /** @param {number} x */
  timeAt(x) {
    return this.range.start + (x / this.width) * this.range.length;
  }

  /** @param {TimelineSpan} bar */
  endOf(bar) {
    return bar.end ?? this.now;
  }

  /** @param {TimelineSpan | null} bar */
  laneOf(bar) {
    return this.lanes.find((lane) => bar !== null && lane.bars.includes(bar));
  }

  // Paint the visible bars of a level; of bars that would hide one another only one, and failures on top.
  /** @param {CanvasRenderingContext2D} context @param {Level} level @param {Pick<Box, "y" | "height">} box
   * @param {PaintStyle} style */
  paintLevel(context, level, { y, height }, style) {
    /** @type {Map<string, number>} */
    const paintedTo = new Map(); // x, for bars that succeeded and for each role of those that did not
    /** @type {[TimelineSpan, Box][]} */
    const urgent = [];
    for (const bar of barsBetween(level, this.range.start, this.range.end)) {
      const x = this.xOf(bar.start);
      const width = this.xOf(this.endOf(bar)) - x - (this.endOf(bar) > bar.start ? 0.5 : 0);
      const role = isUrgent(bar) ? bar.role : "";
      const right = paintedTo.get(role) ?? -1;
      if (x + width <= right + 0.7) continue;
      paintedTo.set(role, Math.max(right, x + width));
      if (role) urgent.push([bar, { x, y, width, height }]);
      else paintBar(context, bar, { x, y, width, height }, style);
    }
    for (const [bar, box] of urgent) paintBar(context, bar, box, style);
  }

  /** @param {CanvasRenderingContext2D} context @param {TimelineSpan} bar @param {Pick<Box, "y" | "height">} box
   * @param {Pick<PaintStyle, "colors">} style */
  paintOutline(context, bar, { y, height }, style) {
    const x = Math.max(-4, this.xOf(bar.start));
    const width = Math.max(4, Math.min(this.width + 4, this.xOf(this.endOf(bar))) - x);
    context.strokeStyle = style.colors.text;
    context.lineWidth = bar === this.selectedBar ? 2 : 1;
    context.strokeRect(x - 1, y - 1, width + 2, height + 2);
    context.lineWidth = 1;
  }

  // The bar of a level that is nearest to `x`: failures first, and of overlapping bars the one on top.
  /** @param {Level} level @param {number} x */
  nearestBar(level, x) {
    /** @type {TimelineSpan | null} */
    let nearest = null;
    let minRank = HIT_MARGIN;
    for (const bar of barsBetween(level, this.timeAt(x - FLAG_WIDTH - HIT_MARGIN), this.timeAt(x + HIT_MARGIN))) {
      const left = this.xOf(bar.start);
      const distance = Math.max(
        0,
        left - x,
        x - Math.max(this.xOf(this.endOf(bar)), left + (isUrgent(bar) ? FLAG_WIDTH : 1.5)),
      );
      if (distance > HIT_MARGIN) continue;
      const rank = isUrgent(bar) ? distance - HIT_MARGIN - 1 : distance;
      if (rank <= minRank) [nearest, minRank] = [bar, rank];
    }
    return nearest;
  }

  // Fill the tooltip with a description of a bar; `facts` are further texts.
  /** @param {TimelineSpan} bar @param {(string | undefined)[]} facts */
  fillTooltip(bar, facts) {
    const least = bar.active ? "at least " : "";
    const duration = `${formatClock(bar.start, 100)} · ${least}${formatDuration(this.endOf(bar) - bar.start)}`;
    const time = bar.kind === "mark" ? formatClock(bar.start) : duration;
    const [name, detail] = this.labelOf(bar);
    this.tooltip.replaceChildren(
      element("b", { class: `status ${bar.role || "plain"}` }, name),
      ...(detail ? [element("code", {}, detail.slice(0, MAX_TOOLTIP_DETAIL))] : []),
      element("span", {}, [time, bar.status, ...facts].filter(Boolean).join(" · ")),
    );
  }
}
