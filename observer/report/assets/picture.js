// The picture of the run: a canvas that draws the lanes in sight, and tells what lies under a point.

import { element, framed } from "./dom.js";
import { layOut, within } from "./lanes.js";
import { BAR, GAP, LABEL, RULER, isUrgent, laneHeight, paintBar, paintRuler, palette, stripes } from "./paint.js";
import { SIGNS, roleOf } from "./row.js";
import { kindOf, rows, story, titleOf } from "./story.js";
import { clock, duration, plural } from "./units.js";
import { View } from "./view.js";

const MARKED = new Set(["error", "api_retry", "rate_limit", "compaction", "info"]);

export class Picture {
  constructor() {
    this.lanes = layOut();
    this.marks = rows.filter((row) => MARKED.has(row.type) && row.at !== undefined && (row.bad || row.type !== "info") && row.status !== "allowed");
    this.view = new View(story.began, Math.max(story.ended, story.began + 1));
    this.canvas = element("canvas", {
      tabindex: "0", role: "application", "aria-roledescription": "timeline", "aria-describedby": "picture-keys",
      "aria-label": `Timeline of ${plural(this.lanes.length, "lane")}: ${this.lanes.map((lane) => lane.label).slice(0, 20).join(", ")}`,
    });
    this.height = RULER + this.lanes.reduce((sum, lane) => sum + laneHeight(lane), 0);
    this.room = element("div", { class: "room" });
    this.scroller = element("div", { class: "lanes" }, this.canvas, this.room);
    this.tip = element("div", { class: "tip", role: "status", hidden: true });
    this.element = element("div", { class: "picture" }, this.scroller, this.tip);
    this.chosen = null; // the bar that the keyboard is at
    this.hovered = null;
    this.painted = () => {}; // called whenever another stretch is shown
    this.later = framed(() => this.paint());
    this.scroller.addEventListener("scroll", this.later, { passive: true });
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

  x(at) {
    return ((at - this.view.from) / this.view.length) * this.width;
  }

  time(x) {
    return this.view.from + (x / this.width) * this.view.length;
  }

  paint() {
    if (!this.width || !this.colors) return;
    this.painted();
    const context = this.canvas.getContext("2d");
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    this.stripes ??= stripes(context, this.colors, this.scale);
    const look = {
      colors: this.colors, stripes: this.stripes, width: this.width, height: this.tall,
      small: "11px ui-monospace, Menlo, Consolas, monospace", font: "11px ui-monospace, Menlo, Consolas, monospace", label: "600 12px system-ui, sans-serif",
    };
    context.clearRect(0, 0, this.width, this.tall);
    context.textBaseline = "middle";
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
    this.paintMarks(context, look, true);
    context.restore();
    this.paintMarks(context, look, false);
  }

  paintLane(context, lane, y, look) {
    context.font = look.label;
    context.fillStyle = look.colors.dim;
    context.fillText([lane.label, lane.note].filter(Boolean).join(" · "), 6, y + LABEL / 2 + 1);
    context.font = look.font;
    for (const [at, level] of lane.levels.entries()) {
      const top = y + LABEL + at * (BAR + GAP);
      if (top > this.tall || top + BAR < RULER) continue;
      let last = -1;
      const urgent = [];
      for (const bar of within(level, this.view.from, this.view.to)) {
        const x = this.x(bar.from);
        const width = this.x(bar.to) - x - (bar.to - bar.from > 0 ? 0.5 : 0);
        if (isUrgent(bar)) urgent.push([bar, x, width]);
        else if (x + width > last + 0.7) {
          paintBar(context, bar, x, top, width, look);
          last = Math.max(last, x + width);
        }
      }
      for (const [bar, x, width] of urgent) paintBar(context, bar, x, top, width, look);
    }
    for (const bar of [this.hovered, this.chosen]) if (bar && lane.bars.includes(bar)) this.outline(context, bar, y, look);
  }

  outline(context, bar, y, look) {
    const x = Math.max(-4, this.x(bar.from));
    const width = Math.max(4, Math.min(this.width + 4, this.x(bar.to)) - x);
    context.strokeStyle = look.colors.text;
    context.lineWidth = bar === this.chosen ? 2 : 1;
    context.strokeRect(x - 1, y + LABEL + bar.level * (BAR + GAP) - 1, width + 2, BAR + 2);
    context.lineWidth = 1;
  }

  paintMarks(context, look, lines) {
    for (const row of this.marks) {
      const x = Math.round(this.x(row.at)) + 0.5;
      if (x < -6 || x > this.width + 6) continue;
      const color = row.type === "error" ? look.colors.bad : look.colors.warning;
      context.strokeStyle = context.fillStyle = color;
      context.beginPath();
      if (lines && row.type !== "error") continue; // a line for every retry would be a fence
      if (lines) {
        context.globalAlpha = 0.45;
        context.moveTo(x, RULER);
        context.lineTo(x, this.tall);
        context.stroke();
        context.globalAlpha = 1;
      } else {
        context.moveTo(x - 5, RULER - 9);
        context.lineTo(x + 5, RULER - 9);
        context.lineTo(x, RULER);
        context.fill();
      }
    }
  }

  // What lies under a point of the canvas: a bar, or a mark as one.
  under(x, y) {
    if (y < RULER) {
      const row = this.marks.find((one) => Math.abs(this.x(one.at) - x) < 6);
      return row ? { from: row.at, to: row.at, kind: "mark", name: kindOf(row), what: titleOf(row), status: "", role: roleOf(row), line: row.line } : null;
    }
    let top = RULER - this.scroller.scrollTop;
    for (const lane of this.lanes) {
      const level = lane.levels[Math.floor((y - top - LABEL) / (BAR + GAP))];
      if (y >= top + LABEL && y < top + laneHeight(lane) && level) return this.nearest(level, x);
      top += laneHeight(lane);
    }
    return null;
  }

  nearest(level, x) {
    const near = (2 * this.view.length) / this.width;
    let found = null;
    for (const bar of within(level, this.time(x) - 3 * near, this.time(x) + near)) {
      const urgent = isUrgent(bar);
      if (this.x(bar.from) - 2 <= x && Math.max(this.x(bar.to), this.x(bar.from) + (urgent ? 5 : 2)) + 1 >= x && (urgent || !found)) found = bar;
    }
    return found;
  }

  top(lane) {
    return this.lanes.slice(0, this.lanes.indexOf(lane)).reduce((sum, one) => sum + laneHeight(one), RULER);
  }

  // Say what a bar is, beside the point (x, y) of the canvas.
  tell(bar, x, y) {
    this.tip.hidden = !bar;
    if (!bar) return;
    const when = bar.kind === "mark" ? clock(bar.from) : `${clock(bar.from, 100)} · ${bar.going ? "at least " : ""}${duration(bar.to - bar.from)}`;
    const facts = [when, bar.status, bar.kind === "session" ? "" : bar.agent, `line ${bar.line}`];
    this.tip.replaceChildren(
      element("b", { class: `status ${bar.role}` }, `${SIGNS.get(bar.status) ?? ""} ${bar.name}`.trim()),
      ...(bar.what ? [element("code", {}, bar.what.slice(0, 160))] : []),
      element("span", {}, facts.filter(Boolean).join(" · ")),
    );
    const left = Math.min(Math.max(4, x + 14), Math.max(4, this.width - this.tip.offsetWidth - 4));
    const below = y + 20 + this.tip.offsetHeight < this.tall;
    this.tip.style.left = `${left}px`;
    const over = this.scroller.offsetTop;
    this.tip.style.top = `${over + (below ? y + 20 : Math.max(2, y - this.tip.offsetHeight - 12))}px`;
  }
}
