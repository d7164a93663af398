// The picture of the run: a canvas that draws the lanes in sight, and tells what lies under a point.

import { element, framed } from "./dom.js";
import { tally } from "./report_filter.js";
import { layOut } from "./report_lanes.js";
import { FONT, HUES, paintMarks, paintRuler, palette, stripes } from "./timeline_paint.js";
import { Stage } from "./timeline_canvas.js";
import { kindOf, rows, story, titleOf } from "./report_data.js";
import { plural } from "./units.js";

const RULER = 26;
const LABEL = 20;
const LABEL_FONT = "600 12px system-ui, sans-serif";
const BAR = 18;
const LEVEL = BAR + 2;
const LANE_GAP = 8;
const SHORTEST = 2; // ms that can be looked at
const MARKED = new Set(["error", "api_retry", "rate_limit", "compaction", "info"]);

// Each tool's hue, the tool that is called the most first.
export const TOOL_HUES = new Map(tally(rows.map((row) => (row.type === "tool" ? kindOf(row) : null))).map(([name], at) => [name, at % HUES]));

const laneHeight = (lane) => LABEL + lane.levels.length * LEVEL + LANE_GAP;

const isMarked = (row) => MARKED.has(row.type) && row.at !== undefined && (row.bad || row.type !== "info") && row.status !== "allowed";
const markOf = (row) =>
  ({ from: row.at, to: row.at, kind: "mark", name: kindOf(row), what: titleOf(row), status: "", role: row.type === "error" ? "bad" : "warning", line: row.line });

export class Picture extends Stage {
  constructor() {
    super(SHORTEST);
    this.lanes = layOut();
    this.marks = rows.filter(isMarked).map(markOf);
    this.view.reach(story.began, Math.max(story.ended, story.began + 1));
    this.canvas = element("canvas", {
      tabindex: "0", role: "application", "aria-roledescription": "timeline", "aria-describedby": "picture-keys",
      "aria-label": `Timeline of ${plural(this.lanes.length, "lane")}: ${this.lanes.map((lane) => lane.label).slice(0, 20).join(", ")}`,
    });
    this.height = RULER + this.lanes.reduce((sum, lane) => sum + laneHeight(lane), 0);
    this.room = element("div", { class: "room" });
    this.scroller = element("div", { class: "lanes" }, this.canvas, this.room);
    this.element = element("div", { class: "picture" }, this.scroller, this.tip);
    this.buttons = document.querySelectorAll("[data-do]");
    this.painted = () => {}; // called whenever another stretch is shown
    this.later = framed(() => this.paint());
    this.scroller.addEventListener("scroll", () => {
      this.tell(null);
      this.later();
    }, { passive: true });
    new ResizeObserver(() => this.resize()).observe(this.scroller);
  }

  recolor() {
    this.colors = palette();
    this.stripes = null;
    this.paint(); // at once: paper does not wait for the next frame
  }

  resize() {
    this.scale = devicePixelRatio || 1;
    this.width = this.scroller.clientWidth;
    this.tall = Math.min(this.height, Math.max(180, Math.round(innerHeight * 0.62)));
    this.scroller.style.height = `${this.tall}px`;
    this.canvas.width = Math.round(this.width * this.scale);
    this.canvas.height = Math.round(this.tall * this.scale);
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.tall}px`;
    this.room.style.height = `${this.height - this.tall}px`;
    this.stripes = null;
    this.later();
  }

  wordsOf(bar) {
    return [bar.name, bar.what];
  }

  paint() {
    if (!this.width || !this.colors) return;
    this.painted();
    const context = this.canvas.getContext("2d");
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    this.stripes ??= stripes(context, this.colors, this.scale);
    const look = {
      colors: this.colors, stripes: this.stripes, width: this.width, height: this.tall, bar: BAR, ruler: RULER,
      wordsOf: this.wordsOf, hueOf: (bar) => TOOL_HUES.get(bar.name) ?? 0,
    };
    context.clearRect(0, 0, this.width, this.tall);
    context.textBaseline = "middle";
    context.font = FONT;
    let y = RULER - this.scroller.scrollTop;
    paintRuler(context, this.view, look);
    context.save();
    context.beginPath();
    context.rect(0, RULER, this.width, this.tall - RULER);
    context.clip();
    for (const lane of this.lanes) {
      if (y < this.tall && y + laneHeight(lane) > RULER) this.paintLane(context, lane, y, look);
      y += laneHeight(lane);
    }
    context.restore();
    paintMarks(context, this.marks, (at) => this.x(at), look);
  }

  paintLane(context, lane, y, look) {
    context.font = LABEL_FONT;
    context.fillStyle = look.colors.dim;
    context.fillText([lane.label, lane.note].filter(Boolean).join(" · "), 6, y + LABEL / 2 + 1);
    context.font = FONT;
    for (const [at, level] of lane.levels.entries()) {
      const top = y + LABEL + at * LEVEL;
      if (top <= this.tall && top + BAR >= RULER) this.paintLevel(context, level, { y: top, height: BAR }, look);
    }
    for (const bar of [this.hovered, this.chosen]) {
      if (bar && lane.bars.includes(bar)) this.outline(context, bar, { y: y + LABEL + bar.level * LEVEL, height: BAR }, look);
    }
  }

  // What lies under a point of the canvas: a bar, or a mark as one.
  under(x, y) {
    if (y < RULER) return this.marks.find((mark) => Math.abs(this.x(mark.from) - x) < 6) ?? null;
    let top = RULER - this.scroller.scrollTop;
    for (const lane of this.lanes) {
      const level = lane.levels[Math.floor((y - top - LABEL) / LEVEL)];
      if (y >= top + LABEL && y < top + laneHeight(lane) && level) return this.nearest(level, x);
      top += laneHeight(lane);
    }
    return null;
  }

  first() {
    return this.lanes[0].bars[0];
  }

  // Bring a bar into sight, and say what it is.
  reveal(bar) {
    const { scroller } = this;
    const lane = this.laneOf(bar);
    const top = this.lanes.slice(0, this.lanes.indexOf(lane)).reduce((sum, one) => sum + laneHeight(one), RULER) + LABEL + bar.level * LEVEL;
    this.view.reveal(bar.from, bar.to);
    if (top - scroller.scrollTop < RULER + LABEL) scroller.scrollTop = top - RULER - LABEL;
    else if (top + BAR - scroller.scrollTop > this.tall) scroller.scrollTop = top + 2 * BAR - this.tall;
    this.tell(bar, Math.max(0, this.x(bar.from)), top - scroller.scrollTop);
  }

  // Say what a bar is, beside the point (x, y) of the canvas.
  tell(bar, x, y) {
    this.tip.hidden = !bar;
    if (!bar) return;
    this.describe(bar, [bar.kind === "session" ? "" : bar.agent, `line ${bar.line}`]);
    const below = y + 20 + this.tip.offsetHeight < this.tall;
    this.tip.style.left = `${Math.min(Math.max(4, x + 14), Math.max(4, this.width - this.tip.offsetWidth - 4))}px`;
    this.tip.style.top = `${this.scroller.offsetTop + (below ? y + 20 : Math.max(2, y - this.tip.offsetHeight - 12))}px`;
  }
}
