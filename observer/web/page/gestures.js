// Wheel, drag, click, keys and buttons: how people move about in the timeline.

import { LANE_GAP } from "./paint.js";

const SLACK = 4; // pixels that a click may tremble

// `jump(bar)` goes to what a bar tells of, `jumpTo(ms)` to a moment.
export function startGestures(strip, jump, jumpTo) {
  const { canvas } = strip;
  const actions = {
    in: () => strip.view.zoom(0.6), out: () => strip.view.zoom(1 / 0.6), fit: () => strip.view.fit(),
    left: () => strip.view.pan(-strip.view.length / 4), right: () => strip.view.pan(strip.view.length / 4),
  };
  const moved = () => {
    strip.tell(null);
    strip.later();
  };
  const act = (name) => {
    actions[name]();
    moved();
  };
  for (const button of strip.buttons) button.addEventListener("click", () => act(button.dataset.do));
  startWheel(strip, moved);
  startPointers(strip, moved, jump, jumpTo);
  startKeys(strip, act, jump);
  canvas.addEventListener("dblclick", (event) => {
    strip.view.zoom(0.4, strip.time(event.offsetX));
    moved();
  });
}

// With Ctrl, as a pinch on a touchpad reports too, the wheel zooms; sideways it pans.
function startWheel(strip, moved) {
  strip.canvas.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    const zooms = event.ctrlKey || event.metaKey;
    if (!zooms && Math.abs(sideways) < Math.abs(event.deltaY) && !event.shiftKey) return;
    event.preventDefault();
    if (zooms) strip.view.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.01), strip.time(event.offsetX));
    else strip.view.pan((sideways / strip.width) * strip.view.length);
    moved();
  }, { passive: false });
}

function startPointers(strip, moved, jump, jumpTo) {
  const { canvas } = strip;
  let down = null;
  let trembled = 0;
  const show = (event) => {
    const found = strip.under(event.offsetX, event.offsetY);
    if (found !== strip.hovered) strip.later();
    strip.hovered = found;
    strip.tell(found, event.offsetX, event.offsetY);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    down = event.offsetX;
    trembled = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    if (down === null) return show(event);
    trembled += Math.abs(event.offsetX - down);
    if (trembled > SLACK) {
      strip.view.pan(((down - event.offsetX) / strip.width) * strip.view.length);
      moved();
    }
    down = event.offsetX;
    return undefined;
  });
  canvas.addEventListener("pointerup", (event) => {
    if (down === null) return;
    down = null;
    if (trembled > SLACK) return;
    const found = strip.under(event.offsetX, event.offsetY);
    if (found) jump(found);
    else jumpTo(strip.time(event.offsetX));
  });
  canvas.addEventListener("pointercancel", () => { down = null; });
  canvas.addEventListener("pointerleave", () => {
    strip.hovered = null;
    moved();
  });
}

function startKeys(strip, act, jump) {
  const { canvas } = strip;
  const does = { "+": "in", "=": "in", "-": "out", 0: "fit", a: "left", d: "right" };
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.shiftKey && steps[event.key]?.[0]) act(event.key === "ArrowLeft" ? "left" : "right");
    else if (Object.hasOwn(does, event.key)) act(does[event.key]);
    else if (Object.hasOwn(steps, event.key)) choose(strip, ...steps[event.key]);
    else if (event.key === "Enter" && strip.chosen) jump(strip.chosen);
    else return;
    event.preventDefault();
  });
  canvas.addEventListener("blur", () => {
    strip.chosen = null;
    strip.tell(null);
    strip.later();
  });
}

// Go to the next bar of the lane, or to the bar of the next lane that is nearest in time, and say what it is.
function choose(strip, along, across) {
  const all = strip.lanes.map((lane) => lane.levels.flatMap((level) => level.bars).sort((one, other) => one.from - other.from));
  if (!all.length) return;
  let at = strip.chosen ? strip.placeOf(strip.chosen)[0] : all.length > 1 ? 1 : 0;
  if (!strip.chosen) strip.chosen = all[at].at(-1);
  else if (across) {
    at = Math.min(all.length - 1, Math.max(0, at + across));
    const { from } = strip.chosen;
    strip.chosen = all[at].reduce((best, bar) => (Math.abs(bar.from - from) < Math.abs(best.from - from) ? bar : best));
  } else strip.chosen = all[at][Math.min(all[at].length - 1, Math.max(0, all[at].indexOf(strip.chosen) + along))];
  const bar = strip.chosen;
  strip.view.reveal(bar.from, strip.end(bar));
  strip.later();
  strip.tell(bar, Math.max(0, strip.x(bar.from)), strip.placeOf(bar)[1] + LANE_GAP);
}
