// A strip above the timeline of the report with the whole run: how much happened when, failures, and the range that is shown.

import { element } from "./dom.js";

const STRIP_HEIGHT = 36; // pixels

export class TimelineOverview {
  constructor(timeline) {
    this.timeline = timeline;
    this.canvas = element("canvas", { class: "strip", "aria-hidden": "true" });
    timeline.onPaint = () => this.paint();
    const { range } = timeline;
    const center = (event) => {
      const time = range.min + (event.offsetX / timeline.width) * (range.max - range.min);
      range.pan(time - (range.start + range.end) / 2);
      timeline.schedulePaint();
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      center(event);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) center(event);
    });
  }

  // Count the bars in each column of pixels, and find the columns with blocked or failed ones.
  countColumns(width) {
    const { range, lanes } = this.timeline;
    const changes = new Int32Array(width + 2);
    this.alarms = new Map(); // role by column
    const columnOf = (time) => Math.min(width, Math.max(0, Math.floor(((time - range.min) / (range.max - range.min)) * width)));
    for (const bar of lanes.flatMap((lane) => lane.bars)) {
      if (bar.kind === "session") continue;
      const column = columnOf(bar.start);
      changes[column] += 1;
      changes[columnOf(bar.end) + 1] -= 1;
      if (bar.role === "blocked" || (bar.role === "bad" && this.alarms.get(column) !== "blocked")) this.alarms.set(column, bar.role);
    }
    let active = 0;
    this.activity = Array.from({ length: width }, (_, column) => (active += changes[column]));
    this.maxActivity = this.activity.reduce((max, count) => Math.max(max, count), 1);
  }

  paint() {
    const { width, scale, colors, range } = this.timeline;
    if (!width || !colors) return;
    if (this.activity?.length !== width) this.countColumns(width);
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = STRIP_HEIGHT * scale;
    const context = this.canvas.getContext("2d");
    context.scale(scale, scale);
    context.fillStyle = colors["tool-7"];
    for (const [column, count] of this.activity.entries()) {
      const height = count ? Math.max(3, (Math.sqrt(count / this.maxActivity)) * (STRIP_HEIGHT - 10)) : 0;
      context.fillRect(column, STRIP_HEIGHT - height, 1, height);
    }
    for (const [column, role] of this.alarms) {
      context.fillStyle = colors[role];
      context.fillRect(column - 1, 2, 2.5, 6);
    }
    const maxLength = range.max - range.min;
    if (range.length >= maxLength - 1) return;
    const [left, right] = [range.start, range.end].map((time) => ((time - range.min) / maxLength) * width);
    context.fillStyle = colors.text;
    context.globalAlpha = 0.16;
    context.fillRect(0, 0, left, STRIP_HEIGHT);
    context.fillRect(right, 0, width - right, STRIP_HEIGHT);
    context.globalAlpha = 1;
    context.strokeStyle = colors.accent;
    context.lineWidth = 1.5;
    context.strokeRect(left + 0.75, 0.75, Math.max(3, right - left - 1.5), STRIP_HEIGHT - 1.5);
  }
}
