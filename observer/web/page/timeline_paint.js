// Paints the parts of a timeline: bars, ruler and marks, in the colours of the style sheet.
//
// A `style` is { colors, stripes, width, height, barHeight, rulerHeight, labelOf(bar), hueOf(bar) }: a label is [name,
// detail].

import { element } from "./dom.js";
import { clean } from "./sanitize.js";
import { formatClock, formatNumber } from "./units.js";
/** @import { TimeRange } from "./timeline_zoom.js" */
/** @import { Box, Colors, PaintStyle, TimelineSpan } from "./types.d.ts" */

export const HUES = 8;
export const BAR_FONT = "11px ui-monospace, Menlo, Consolas, monospace";
const LETTER_WIDTH = 6.1; // pixels of a letter on a bar, which may be squeezed a little
const MIN_LETTERS = 6; // of a longer name, to be of any use
const COLOR_NAMES = [
  "text",
  "dim",
  "line",
  "surface",
  "bg",
  "good",
  "bad",
  "blocked",
  "warning",
  "accent",
  "on-bad",
  "on-blocked",
  "on-bar",
  "session",
];

// Read the colours of the current theme by way of an element.
/** @returns {Colors} */
export function readColors() {
  const probe = element("span", { hidden: true });
  probe.style.forcedColorAdjust = "none"; // bars of one colour would say nothing
  document.body.append(probe);
  /** @type {Colors} */
  const colors = {};
  for (const name of [...COLOR_NAMES, ...Array.from({ length: HUES }, (_, hue) => `tool-${hue}`)]) {
    probe.style.color = `var(--${name})`;
    colors[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colors;
}

/** @param {HTMLCanvasElement} canvas */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("the browser draws no canvas");
  return context;
}

// The pattern of blocked bars: striped, to be distinguished without colour too.
/** @param {CanvasRenderingContext2D} context @param {Colors} colors @param {number} scale @returns {CanvasPattern} */
export function makeStripes(context, colors, scale) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8 * scale;
  const pen = contextOf(tile);
  pen.scale(scale, scale);
  pen.fillStyle = colors.blocked;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = colors["on-blocked"];
  pen.lineWidth = 2;
  for (const x of [-8, 0, 8]) {
    pen.beginPath();
    pen.moveTo(x - 2, 10);
    pen.lineTo(x + 10, -2);
    pen.stroke();
  }
  const pattern = context.createPattern(tile, "repeat");
  if (!pattern) throw new Error("the browser draws no patterns");
  pattern.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern;
}

/** @param {TimelineSpan} bar */
export const isUrgent = (bar) => bar.role === "bad" || bar.role === "blocked";

// The colours of a bar and of the text on it.
/** @param {TimelineSpan} bar @param {Pick<PaintStyle, "colors" | "hueOf">} style @param {string} [role] */
function barColors(bar, { colors, hueOf }, role = bar.role) {
  if (role === "bad" || role === "warning") return [colors[role], colors["on-bad"]];
  if (bar.kind === "session" || bar.kind === "subagent") return [colors.session, colors["on-bar"]];
  return [colors[`tool-${hueOf(bar)}`], colors["on-bar"]];
}

// A failure narrower than a few pixels is a flag on a bar of the usual colour. Otherwise a lane of thousands of calls
// would look as if all of them had failed.
/** @param {CanvasRenderingContext2D} context @param {TimelineSpan} bar @param {Box} box @param {PaintStyle} style */
function paintFlag(context, bar, { x, y, width, height }, style) {
  [context.fillStyle] = barColors(bar, style, "");
  context.fillRect(x, y, Math.max(width, 1.5), height);
  context.fillStyle = style.colors[bar.role];
  context.fillRect(x - 1, y, 3, Math.min(7, height));
}

/** @param {CanvasRenderingContext2D} context @param {TimelineSpan} bar @param {Box} box @param {PaintStyle} style */
export function paintBar(context, bar, box, style) {
  const { x, y, width, height } = box;
  if (isUrgent(bar) && width < 5) {
    paintFlag(context, bar, box, style);
    return;
  }
  const blocked = bar.role === "blocked";
  const [fill, ink] = blocked ? [style.stripes, style.colors["on-blocked"]] : barColors(bar, style);
  const paintedWidth = Math.max(width, 1.5);
  context.fillStyle = fill;
  context.globalAlpha = bar.active && !blocked ? 0.6 : 1;
  context.beginPath();
  if (paintedWidth > 4) context.roundRect(x, y, paintedWidth, height, 3);
  else context.rect(x, y, paintedWidth, height);
  context.fill();
  context.globalAlpha = 1;
  const textLeft = Math.max(x, 0) + 5;
  const room = Math.min(x + paintedWidth, style.width) - textLeft - 3;
  if (room < 22 || height < style.barHeight) return;
  const text = barText(bar, room, style);
  if (blocked) {
    context.fillStyle = style.colors.blocked;
    context.fillRect(textLeft - 3, y + 2, Math.min(room, context.measureText(text).width) + 6, height - 4);
  }
  context.fillStyle = ink;
  context.fillText(text, textLeft, y + height / 2 + 0.5, room);
}

// The text on a bar with `room` pixels for it.
/** @param {TimelineSpan} bar @param {number} room @param {PaintStyle} style */
function barText(bar, room, style) {
  const [name, detail] = style.labelOf(bar);
  const sign = bar.role === "blocked" ? "⊘ " : bar.role === "bad" ? "✗ " : "";
  const text = clean(`${sign}${name}${detail && room > 100 ? `  ${detail}` : ""}`);
  const maxLetters = Math.floor(room / LETTER_WIDTH);
  if (text.length <= maxLetters) return text;
  return maxLetters < MIN_LETTERS + sign.length ? sign.trim() : `${text.slice(0, maxLetters - 1)}…`;
}

const HOUR_MS = 36e5;
const DAY_MS = 864e5;
const RULER_STEPS = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  1e3,
  2e3,
  5e3,
  1e4,
  15e3,
  3e4,
  6e4,
  12e4,
  3e5,
  6e5,
  9e5,
  18e5,
  36e5,
  72e5,
  144e5,
  216e5,
  432e5,
  ...[1, 2, 5, 10, 20, 50, 100].map((days) => days * DAY_MS),
];
const TICK_DISTANCE = 90; // pixels between two ticks of the ruler, or more if their labels are longer
const LABEL_MARGIN = 16;

// All labels of a ruler have hours if the last one has.
/** @param {number} time @param {number} step @param {number} end */
const tickLabel = (
  time,
  step,
  end,
) => (step < DAY_MS ? formatClock(time, step, end >= HOUR_MS) : `${formatNumber(time / DAY_MS || 0)}d`);

/** @param {CanvasRenderingContext2D} context @param {TimeRange} range @param {number} width */
function rulerStep(context, range, width) {
  /** @param {number} step */
  const distance = (step) =>
    Math.max(TICK_DISTANCE, context.measureText(tickLabel(range.end, step, range.end)).width + LABEL_MARGIN);
  /** @param {number} step */
  const minStep = (step) => (range.length / width) * distance(step);
  return RULER_STEPS.find((step) => step >= minStep(step)) ?? Math.ceil(minStep(DAY_MS) / DAY_MS) * DAY_MS;
}

/** @param {CanvasRenderingContext2D} context @param {TimeRange} range @param {PaintStyle} style */
export function paintRuler(context, range, style) {
  const { colors, width, height, rulerHeight } = style;
  const step = rulerStep(context, range, width);
  context.fillStyle = colors.surface;
  context.fillRect(0, 0, width, rulerHeight);
  context.strokeStyle = colors.line;
  for (let time = Math.ceil(range.start / step) * step; time <= range.end; time += step) {
    const x = Math.round(((time - range.start) / range.length) * width) + 0.5;
    context.globalAlpha = 0.7;
    context.beginPath();
    context.moveTo(x, rulerHeight - 6);
    context.lineTo(x, height);
    context.stroke();
    context.globalAlpha = 1;
    const label = tickLabel(time, step, range.end);
    context.fillStyle = colors.dim;
    if (x + 4 + context.measureText(label).width <= width) context.fillText(label, x + 4, rulerHeight / 2);
  }
}

const MAX_ERROR_LINES = 20; // more would be a fence

// Paint marks as flags on the ruler, with lines below those of errors as long as they are few. A mark is { start, role
// }; `xOf` gives the place of a time on the canvas.
/** @param {CanvasRenderingContext2D} context @param {TimelineSpan[]} marks @param {(time: number) => number} xOf
 * @param {PaintStyle} style */
export function paintMarks(context, marks, xOf, { colors, width, height, rulerHeight }) {
  const visible = marks.map((mark) => ({ mark, x: Math.round(xOf(mark.start)) + 0.5 }))
    .filter(({ x }) => x > -6 && x < width + 6);
  const errors = visible.filter(({ mark }) => mark.role === "bad");
  context.strokeStyle = colors.bad;
  context.globalAlpha = 0.5;
  for (const { x } of errors.length > MAX_ERROR_LINES ? [] : errors) {
    context.beginPath();
    context.moveTo(x, rulerHeight);
    context.lineTo(x, height);
    context.stroke();
  }
  context.globalAlpha = 1;
  for (const { mark, x } of visible) {
    context.fillStyle = colors[mark.role];
    context.beginPath();
    context.moveTo(x - 4, rulerHeight - 7);
    context.lineTo(x + 4, rulerHeight - 7);
    context.lineTo(x, rulerHeight);
    context.fill();
  }
}
