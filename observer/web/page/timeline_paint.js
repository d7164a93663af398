// How a timeline looks: its colours, bars and ruler.
//
// A `look` is { colors, stripes, width, height, bar, ruler, wordsOf, hueOf }: `bar` and `ruler` are heights, the last two
// say what stands on a bar (its name and a remark) and which of the hues it has.

import { element } from "./dom.js";
import { clean } from "./sanitize.js";
import { clock, count } from "./units.js";

export const HUES = 8;
export const FONT = "11px ui-monospace, Menlo, Consolas, monospace";
const LETTER = 6.1; // pixels of a letter on a bar, which may be squeezed a little
const FEWEST = 6; // letters of a longer name that still tell something
const NAMES = [
  "text", "dim", "line", "surface", "bg", "good", "bad", "blocked", "warning", "accent", "on-bad", "on-blocked", "on-bar", "bar-text", "session",
];

// The colours as the style sheet has them now, asked for by way of an element.
export function palette() {
  const probe = element("span", { hidden: true });
  document.body.append(probe);
  const found = {};
  for (const name of [...NAMES, ...Array.from({ length: HUES }, (_, at) => `tool-${at}`)]) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

// Blocked is striped, so that it is told apart without colour too.
export function stripes(context, colors, scale) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8 * scale;
  const pen = tile.getContext("2d");
  pen.scale(scale, scale);
  pen.fillStyle = colors.blocked;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = colors["on-blocked"];
  pen.lineWidth = 2;
  for (const from of [-8, 0, 8]) {
    pen.beginPath();
    pen.moveTo(from - 2, 10);
    pen.lineTo(from + 10, -2);
    pen.stroke();
  }
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern;
}

export const isUrgent = (bar) => bar.role === "bad" || bar.role === "blocked";

function fillOf(bar, { colors, hueOf }, role = bar.role) {
  if (role === "bad" || role === "warning") return [colors[role], colors["on-bad"]];
  if (bar.kind === "session" || bar.kind === "subagent") return [colors.session, colors["on-bar"]];
  if (bar.kind === "text") return [colors["bar-text"], colors.dim];
  return [colors[`tool-${hueOf(bar)}`], colors["on-bar"]];
}

// What went wrong in less than a few points: a flag where it stands, lest a lane of thousands of calls looks as if
// all of them had failed.
function paintFlag(context, bar, { x, y, width, height }, look) {
  [context.fillStyle] = fillOf(bar, look, "");
  context.fillRect(x, y, Math.max(width, 1.5), height);
  context.fillStyle = look.colors[bar.role];
  context.fillRect(x - 1, y, 3, Math.min(7, height));
}

export function paintBar(context, bar, box, look) {
  const { x, y, width, height } = box;
  if (isUrgent(bar) && width < 5) {
    paintFlag(context, bar, box, look);
    return;
  }
  const blocked = bar.role === "blocked";
  const [fill, ink] = blocked ? [look.stripes, look.colors["on-blocked"]] : fillOf(bar, look);
  const wide = Math.max(width, 1.5);
  context.fillStyle = fill;
  context.globalAlpha = bar.going && !blocked ? 0.6 : 1;
  context.beginPath();
  if (wide > 4) context.roundRect(x, y, wide, height, 3);
  else context.rect(x, y, wide, height);
  context.fill();
  context.globalAlpha = 1;
  const left = Math.max(x, 0) + 5;
  const room = Math.min(x + wide, look.width) - left - 3;
  if (room < 22 || height < look.bar) return;
  const shown = shortened(bar, room, look);
  if (blocked) {
    context.fillStyle = look.colors.blocked;
    context.fillRect(left - 3, y + 2, Math.min(room, context.measureText(shown).width) + 6, height - 4);
  }
  context.fillStyle = ink;
  context.fillText(shown, left, y + height / 2 + 0.5, room);
}

function shortened(bar, room, look) {
  const [name, what] = look.wordsOf(bar);
  const sign = bar.role === "blocked" ? "⊘ " : bar.role === "bad" ? "✗ " : "";
  const said = clean(`${sign}${name}${what && room > 100 ? `  ${what}` : ""}`);
  const most = Math.floor(room / LETTER);
  if (said.length <= most) return said;
  return most < FEWEST + sign.length ? sign.trim() : `${said.slice(0, most - 1)}…`;
}

const DAY = 864e5;
// Steps of the ruler that people count in.
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 144e5, 216e5, 432e5, ...[1, 2, 5, 10, 20, 50, 100].map((days) => days * DAY)];
const APART = 90; // pixels between two marks, or more when what stands there is longer
const MARGIN = 16;

const momentOf = (at, step) => (step < DAY ? clock(at, step) : `${count(at / DAY || 0)}d`);

function stepOf(context, view, width) {
  const apart = (step) => Math.max(APART, context.measureText(momentOf(view.to, step)).width + MARGIN);
  const least = (step) => (view.length / width) * apart(step);
  return STEPS.find((step) => step >= least(step)) ?? Math.ceil(least(DAY) / DAY) * DAY;
}

export function paintRuler(context, view, look) {
  const { colors, width, height, ruler } = look;
  const step = stepOf(context, view, width);
  context.fillStyle = colors.surface;
  context.fillRect(0, 0, width, ruler);
  context.strokeStyle = colors.line;
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
    const x = Math.round(((at - view.from) / view.length) * width) + 0.5;
    context.globalAlpha = 0.7;
    context.beginPath();
    context.moveTo(x, ruler - 6);
    context.lineTo(x, height);
    context.stroke();
    context.globalAlpha = 1;
    const said = momentOf(at, step);
    context.fillStyle = colors.dim;
    if (x + 4 + context.measureText(said).width <= width) context.fillText(said, x + 4, ruler / 2);
  }
}

const FENCE = 20; // lines that still point at something

// Moments that somebody who looks at the whole should notice: flags on the ruler and, as long as they are few, lines
// below those of errors. A mark is { from, role }; `x` says where on the canvas a moment is.
export function paintMarks(context, marks, x, { colors, width, height, ruler }) {
  const seen = marks.map((mark) => [mark, Math.round(x(mark.from)) + 0.5]).filter(([, at]) => at > -6 && at < width + 6);
  const lined = seen.filter(([mark]) => mark.role === "bad");
  context.strokeStyle = colors.bad;
  context.globalAlpha = 0.5;
  for (const [, at] of lined.length > FENCE ? [] : lined) {
    context.beginPath();
    context.moveTo(at, ruler);
    context.lineTo(at, height);
    context.stroke();
  }
  context.globalAlpha = 1;
  for (const [mark, at] of seen) {
    context.fillStyle = colors[mark.role];
    context.beginPath();
    context.moveTo(at - 4, ruler - 7);
    context.lineTo(at + 4, ruler - 7);
    context.lineTo(at, ruler);
    context.fill();
  }
}
