// How the timeline looks: its colours, bars and ruler. As in the report.

import { element } from "./dom.js";
import { toolName } from "./telling.js";
import { clock } from "./units.js";
import { clean } from "./sanitize.js";

export const RULER = 20;
export const BAR = 15;
export const GAP = 2;
export const LANE_GAP = 5;
const HUES = 8;
const NAMES = ["text", "dim", "line", "surface", "bg", "good", "bad", "blocked", "warning", "accent", "on-bad", "on-blocked", "on-bar", "session"];
const LETTER = 6.1; // pixels, of the font below
export const FONT = "11px ui-monospace, Menlo, Consolas, monospace";

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

const hues = new Map(["Bash", "Read", "Edit", "Grep", "Write", "Glob", "Task", "TodoWrite"].map((name, at) => [name, at]));

function hueOf(name) {
  if (!hues.has(name)) hues.set(name, hues.size % HUES);
  return hues.get(name);
}

export function roleOf(span) {
  if (span.status === "blocked") return "blocked";
  if (["", "success", "completed", "never ended"].includes(span.status)) return span.name === "error" && span.kind === "mark" ? "bad" : "";
  return ["interrupted", "budget", "stopped"].includes(span.status) ? "warning" : "bad";
}

function fillOf(bar, role, colors) {
  if (role === "bad" || role === "warning") return [colors[role], colors["on-bad"]];
  if (bar.kind !== "tool") return [colors.session, colors["on-bar"]];
  return [colors[`tool-${hueOf(bar.name)}`], colors["on-bar"]];
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

export function paintBar(context, bar, x, y, width, look, height = BAR) {
  const role = roleOf(bar);
  const blocked = role === "blocked";
  const [fill, ink] = blocked ? [look.stripes, look.colors["on-blocked"]] : fillOf(bar, role, look.colors);
  const wide = Math.max(width, blocked || role === "bad" ? 4 : 1.5);
  context.fillStyle = fill;
  context.globalAlpha = bar.going && !blocked ? 0.6 : 1;
  context.beginPath();
  if (wide > 4) context.roundRect(x, y, wide, height, 3);
  else context.rect(x, y, wide, height);
  context.fill();
  context.globalAlpha = 1;
  const left = Math.max(x, 0) + 5;
  const room = Math.min(x + wide, look.width) - left - 4;
  if (room < 22 || height < BAR) return;
  const name = bar.kind === "tool" ? toolName(bar.name) : bar.kind === "subagent" && bar.detail ? bar.detail : bar.name;
  const said = clean(`${blocked ? "⊘ " : role === "bad" ? "✗ " : ""}${name}${bar.kind === "tool" && bar.detail && room > 110 ? `  ${bar.detail}` : ""}`);
  const shown = said.length * LETTER > room ? `${said.slice(0, Math.max(1, Math.floor(room / LETTER) - 1))}…` : said;
  if (blocked) {
    context.fillStyle = look.colors.blocked;
    context.fillRect(left - 3, y + 2, Math.min(room, context.measureText(shown).width) + 6, height - 4);
  }
  context.fillStyle = ink;
  context.fillText(shown, left, y + height / 2 + 0.5, room);
}

// Steps of the ruler that people count in.
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 144e5, 216e5, 432e5, 864e5];

export function paintRuler(context, view, look) {
  const { colors, width, height } = look;
  const rough = (view.length / width) * 90;
  const step = STEPS.find((one) => one >= rough) ?? Math.ceil(rough / 864e5) * 864e5;
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
    const x = Math.round(((at - view.from) / view.length) * width) + 0.5;
    context.strokeStyle = colors.line;
    context.globalAlpha = 0.7;
    context.beginPath();
    context.moveTo(x, RULER - 5);
    context.lineTo(x, height);
    context.stroke();
    context.globalAlpha = 1;
    context.fillStyle = colors.dim;
    context.fillText(clock(at, step), x + 4, RULER / 2);
  }
}

// Moments that somebody who looks at the whole should notice: a line and a flag on the ruler.
export function paintMark(context, x, mark, look) {
  context.strokeStyle = context.fillStyle = mark.name === "error" ? look.colors.bad : look.colors.warning;
  context.beginPath();
  context.moveTo(x - 4, RULER - 7);
  context.lineTo(x + 4, RULER - 7);
  context.lineTo(x, RULER);
  context.fill();
  context.globalAlpha = 0.5;
  context.beginPath();
  context.moveTo(x, RULER);
  context.lineTo(x, look.height);
  context.stroke();
  context.globalAlpha = 1;
}
