// How the picture looks: its colours, bars and ruler.

import { element } from "./dom.js";
import { tally } from "./filter.js";
import { kindOf, rows } from "./story.js";
import { clock } from "./units.js";

export const RULER = 26;
export const LABEL = 20;
export const BAR = 18;
export const GAP = 2;
const LANE_GAP = 8;
export const HUES = 8;

export const TOOL_HUES = new Map(
  tally(rows.map((row) => (row.type === "tool" ? kindOf(row) : null))).map(([name], at) => [name, at % HUES]),
);

// The colours as the style sheet has them now, asked for by way of an element.
export function palette() {
  const probe = element("span", { hidden: true });
  document.body.append(probe);
  const names = ["text", "dim", "line", "surface", "bg", "good", "bad", "blocked", "warning", "accent", "on-bad", "on-blocked", "bar-text", "on-bar", "session"];
  const found = {};
  for (const name of [...names, ...Array.from({ length: HUES }, (_, at) => `tool-${at}`)]) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

export const laneHeight = (lane) => LABEL + lane.levels.length * (BAR + GAP) + LANE_GAP;

function fillOf(bar, colors) {
  if (bar.role === "bad" || bar.role === "warning") return [colors[bar.role], colors["on-bad"]];
  if (bar.kind === "session" || bar.kind === "subagent") return [colors.session, colors["on-bar"]];
  if (bar.kind === "text") return [colors["bar-text"], colors.dim];
  return [colors[`tool-${TOOL_HUES.get(bar.name) ?? 0}`], colors["on-bar"]];
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
  for (const from of [-4, 0, 4, 8]) {
    pen.beginPath();
    pen.moveTo(from - 2, 10);
    pen.lineTo(from + 10, -2);
    if (from % 8 === 0) pen.stroke();
  }
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern;
}

export const isUrgent = (bar) => bar.role === "bad" || bar.role === "blocked";

// What went wrong in less than a few points: a flag where it stands, lest a lane of thousands of calls looks as if
// all of them had failed.
function paintFlag(context, bar, x, y, width, look) {
  context.fillStyle = look.colors[`tool-${TOOL_HUES.get(bar.name) ?? 0}`];
  context.fillRect(x, y, Math.max(width, 1.5), BAR);
  context.fillStyle = look.colors[bar.role];
  context.fillRect(x - 1, y, 3, 7);
}

export function paintBar(context, bar, x, y, width, look) {
  if (isUrgent(bar) && width < 5) {
    paintFlag(context, bar, x, y, width, look);
    return;
  }
  const blocked = bar.role === "blocked";
  const [fill, ink] = blocked ? [look.stripes, look.colors["on-blocked"]] : fillOf(bar, look.colors);
  const wide = Math.max(width, 1.5);
  context.fillStyle = fill;
  context.globalAlpha = bar.going && !blocked ? 0.55 : 1;
  context.beginPath();
  if (wide > 4) context.roundRect(x, y, wide, BAR, 3);
  else context.rect(x, y, wide, BAR);
  context.fill();
  context.globalAlpha = 1;
  const left = Math.max(x, 0) + 6;
  const room = Math.min(x + wide, look.width) - left - 4;
  if (room < 22) return;
  const said = blocked ? `⊘ ${bar.name}` : bar.role === "bad" ? `✗ ${bar.name}` : bar.name;
  const words = bar.what && room > 90 ? `${said}  ${bar.what}` : said;
  const shown = words.length * 6.1 > room ? `${words.slice(0, Math.max(1, Math.floor(room / 6.1) - 1))}…` : words;
  if (blocked) {
    context.fillStyle = look.colors.blocked;
    context.fillRect(left - 3, y + 2, Math.min(room, context.measureText(shown).width) + 6, BAR - 4);
  }
  context.fillStyle = ink;
  context.fillText(shown, left, y + BAR / 2 + 0.5, room);
}

// Steps of the ruler that people count in.
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 144e5, 216e5, 432e5, 864e5];

export function paintRuler(context, view, look) {
  const { colors, width, height } = look;
  const rough = (view.length / width) * 90;
  const step = STEPS.find((one) => one >= rough) ?? Math.ceil(rough / 864e5) * 864e5;
  context.fillStyle = colors.surface;
  context.fillRect(0, 0, width, RULER);
  context.font = look.small;
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
    const x = Math.round(((at - view.from) / view.length) * width) + 0.5;
    context.strokeStyle = colors.line;
    context.beginPath();
    context.moveTo(x, RULER - 6);
    context.lineTo(x, height);
    context.globalAlpha = 0.6;
    context.stroke();
    context.globalAlpha = 1;
    context.fillStyle = colors.dim;
    context.fillText(clock(at, step), x + 4, RULER / 2);
  }
}
