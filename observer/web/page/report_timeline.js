// The timeline of the report: a canvas that draws the visible lanes, in a box that scrolls when there are many.

import { element, oncePerFrame } from "./dom.js";
import { countValues, kindOf, report, rows, titleOf } from "./report_data.js";
import { createLanes } from "./report_lanes.js";
import { TimelineCanvas } from "./timeline_canvas.js";
import { BAR_FONT, HUES, makeStripes, paintMarks, paintRuler, readColors } from "./timeline_paint.js";
import { pluralize } from "./units.js";

// Pixels.
const RULER_HEIGHT = 26;
const LABEL_HEIGHT = 20;
const BAR_HEIGHT = 18;
const LEVEL_HEIGHT = BAR_HEIGHT + 2;
const LANE_GAP = 8;
const MIN_BOX_HEIGHT = 180;
const BOX_SHARE = 0.62; // of the window's height
const LABEL_FONT = "600 12px system-ui, sans-serif";
const MIN_RANGE_MS = 2;
const MAX_LABELS = 20; // of lanes in the description
const MARKED_TYPES = new Set(["error", "api_retry", "rate_limit", "compaction", "info"]);

// The hue of each tool; the tools called most often have different ones.
export const TOOL_HUES = new Map(countValues(rows.map((row) => (row.type === "tool" ? kindOf(row) : null))).map(([name], index) => [name, index % HUES]));

const laneHeight = (lane) => LABEL_HEIGHT + lane.levels.length * LEVEL_HEIGHT + LANE_GAP;

const isMarked = (row) => MARKED_TYPES.has(row.type) && row.start !== undefined && (row.bad || row.type !== "info") && row.status !== "allowed";
const createMark = (row) =>
  ({ start: row.start, end: row.start, kind: "mark", name: kindOf(row), detail: titleOf(row), status: "", role: row.type === "error" ? "bad" : "warning", line: row.line });

export class ReportTimeline extends TimelineCanvas {
  constructor() {
    super(MIN_RANGE_MS);
    this.lanes = createLanes();
    this.marks = rows.filter(isMarked).map(createMark);
    this.range.setBounds(report.start, Math.max(report.end, report.start + 1));
    this.canvas = element("canvas", {
      tabindex: "0", role: "application", "aria-roledescription": "timeline", "aria-describedby": "timeline-keys",
      "aria-label": `Timeline of ${pluralize(this.lanes.length, "lane")}: ${this.lanes.map((lane) => lane.label).slice(0, MAX_LABELS).join(", ")}`,
    });
    this.totalHeight = RULER_HEIGHT + this.lanes.reduce((sum, lane) => sum + laneHeight(lane), 0);
    this.spacer = element("div", { class: "spacer" }); // what is below the visible part
    this.scroller = element("div", { class: "lanes" }, this.canvas, this.spacer);
    this.element = element("div", { class: "timeline-box" }, this.scroller, this.tooltip);
    this.buttons = document.querySelectorAll("[data-do]");
    this.onPaint = () => {};
    this.schedulePaint = oncePerFrame(() => this.paint());
    this.scroller.addEventListener("scroll", () => {
      this.showTooltip(null);
      this.schedulePaint();
    }, { passive: true });
    new ResizeObserver(() => this.resize()).observe(this.scroller);
  }

  recolor() {
    this.colors = readColors();
    this.stripes = null;
    this.paint(); // at once: printing does not wait for the next frame
  }

  resize() {
    this.scale = devicePixelRatio || 1;
    this.width = this.scroller.clientWidth;
    this.height = Math.min(this.totalHeight, Math.max(MIN_BOX_HEIGHT, Math.round(innerHeight * BOX_SHARE)));
    this.scroller.style.height = `${this.height}px`;
    this.canvas.width = Math.round(this.width * this.scale);
    this.canvas.height = Math.round(this.height * this.scale);
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.spacer.style.height = `${this.totalHeight - this.height}px`;
    this.stripes = null;
    this.schedulePaint();
  }

  labelOf(bar) {
    return [bar.name, bar.detail];
  }

  paint() {
    if (!this.width || !this.colors) return;
    this.onPaint();
    const context = this.canvas.getContext("2d");
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    this.stripes ??= makeStripes(context, this.colors, this.scale);
    const style = {
      colors: this.colors, stripes: this.stripes, width: this.width, height: this.height, barHeight: BAR_HEIGHT, rulerHeight: RULER_HEIGHT,
      labelOf: this.labelOf, hueOf: (bar) => TOOL_HUES.get(bar.name) ?? 0,
    };
    context.clearRect(0, 0, this.width, this.height);
    context.textBaseline = "middle";
    context.font = BAR_FONT;
    let y = RULER_HEIGHT - this.scroller.scrollTop;
    paintRuler(context, this.range, style);
    context.save();
    context.beginPath();
    context.rect(0, RULER_HEIGHT, this.width, this.height - RULER_HEIGHT);
    context.clip();
    for (const lane of this.lanes) {
      if (y < this.height && y + laneHeight(lane) > RULER_HEIGHT) this.paintLane(context, lane, y, style);
      y += laneHeight(lane);
    }
    context.restore();
    paintMarks(context, this.marks, (time) => this.xOf(time), style);
  }

  paintLane(context, lane, y, style) {
    context.font = LABEL_FONT;
    context.fillStyle = style.colors.dim;
    context.fillText([lane.label, lane.note].filter(Boolean).join(" · "), 6, y + LABEL_HEIGHT / 2 + 1);
    context.font = BAR_FONT;
    for (const [index, level] of lane.levels.entries()) {
      const top = y + LABEL_HEIGHT + index * LEVEL_HEIGHT;
      if (top <= this.height && top + BAR_HEIGHT >= RULER_HEIGHT) this.paintLevel(context, level, { y: top, height: BAR_HEIGHT }, style);
    }
    for (const bar of [this.hoveredBar, this.selectedBar]) {
      if (bar && lane.bars.includes(bar)) this.paintOutline(context, bar, { y: y + LABEL_HEIGHT + bar.level * LEVEL_HEIGHT, height: BAR_HEIGHT }, style);
    }
  }

  // The bar or mark under a point of the canvas, or null.
  barAt(x, y) {
    if (y < RULER_HEIGHT) return this.marks.find((mark) => Math.abs(this.xOf(mark.start) - x) < 6) ?? null;
    let top = RULER_HEIGHT - this.scroller.scrollTop;
    for (const lane of this.lanes) {
      const level = lane.levels[Math.floor((y - top - LABEL_HEIGHT) / LEVEL_HEIGHT)];
      if (y >= top + LABEL_HEIGHT && y < top + laneHeight(lane) && level) return this.nearestBar(level, x);
      top += laneHeight(lane);
    }
    return null;
  }

  firstBar() {
    return this.lanes[0].bars[0];
  }

  // Show a bar and its tooltip.
  reveal(bar) {
    const { scroller } = this;
    const lane = this.laneOf(bar);
    const lanesAbove = this.lanes.slice(0, this.lanes.indexOf(lane));
    const top = lanesAbove.reduce((sum, above) => sum + laneHeight(above), RULER_HEIGHT) + LABEL_HEIGHT + bar.level * LEVEL_HEIGHT;
    this.range.reveal(bar.start, bar.end);
    if (top - scroller.scrollTop < RULER_HEIGHT + LABEL_HEIGHT) scroller.scrollTop = top - RULER_HEIGHT - LABEL_HEIGHT;
    else if (top + BAR_HEIGHT - scroller.scrollTop > this.height) scroller.scrollTop = top + 2 * BAR_HEIGHT - this.height;
    this.showTooltip(bar, Math.max(0, this.xOf(bar.start)), top - scroller.scrollTop);
  }

  // Show the tooltip of a bar beside a point of the canvas, or none for null.
  showTooltip(bar, x, y) {
    this.tooltip.hidden = !bar;
    if (!bar) return;
    this.fillTooltip(bar, [bar.kind === "session" ? "" : bar.agent, `line ${bar.line}`]);
    const fitsBelow = y + 20 + this.tooltip.offsetHeight < this.height;
    this.tooltip.style.left = `${Math.min(Math.max(4, x + 14), Math.max(4, this.width - this.tooltip.offsetWidth - 4))}px`;
    this.tooltip.style.top = `${this.scroller.offsetTop + (fitsBelow ? y + 20 : Math.max(2, y - this.tooltip.offsetHeight - 12))}px`;
  }
}
