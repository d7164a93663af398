// Wheel, pinch, drag, keys and buttons: how people move about in the picture.

import { BAR, GAP, LABEL, RULER } from "./paint.js";

const SLACK = 4; // pixels that a click may tremble

export function startGestures(picture, jump) {
  const { canvas, view, scroller } = picture;
  const moved = () => {
    picture.tell(null);
    picture.later();
  };
  const actions = {
    in: () => view.zoom(0.6), out: () => view.zoom(1 / 0.6), fit: () => view.fit(),
    left: () => view.pan(-view.length / 4), right: () => view.pan(view.length / 4),
  };
  const act = (name) => {
    actions[name]();
    moved();
  };
  for (const button of document.querySelectorAll("[data-do]")) button.addEventListener("click", () => act(button.dataset.do));
  startWheel(picture, moved);
  startPointers(picture, moved, jump);
  startKeys(picture, act, jump);
  canvas.addEventListener("dblclick", (event) => {
    view.zoom(0.4, picture.time(event.offsetX));
    moved();
  });
  scroller.addEventListener("scroll", () => picture.tell(null), { passive: true });
}

// With Ctrl, as a pinch on a touchpad reports too, or once the picture has the focus, the wheel zooms; sideways it pans.
function startWheel(picture, moved) {
  const { canvas, view } = picture;
  canvas.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    const zooms = event.ctrlKey || event.metaKey || (document.activeElement === canvas && !event.shiftKey && Math.abs(event.deltaY) > Math.abs(event.deltaX));
    if (!zooms && Math.abs(sideways) < Math.abs(event.deltaY) && !event.shiftKey) return;
    event.preventDefault();
    if (zooms) view.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * (event.ctrlKey ? 0.01 : 0.004)), picture.time(event.offsetX));
    else view.pan((sideways / picture.width) * view.length);
    moved();
  }, { passive: false });
}

function startPointers(picture, moved, jump) {
  const { canvas, view } = picture;
  const down = new Map();
  let trembled = 0;
  const show = (event) => {
    const found = picture.under(event.offsetX, event.offsetY);
    if (found !== picture.hovered) picture.later();
    picture.hovered = found;
    canvas.classList.toggle("on-bar", found !== null);
    picture.tell(found, event.offsetX, event.offsetY);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, event.offsetX);
    trembled = down.size > 1 ? Infinity : 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (before === undefined) return show(event);
    const others = [...down].filter(([id]) => id !== event.pointerId).map(([, x]) => x);
    trembled += Math.abs(event.offsetX - before);
    down.set(event.pointerId, event.offsetX);
    if (trembled <= SLACK) return;
    if (others.length) view.zoom(Math.abs(before - others[0]) / Math.max(1, Math.abs(event.offsetX - others[0])), picture.time(others[0]));
    else view.pan(((before - event.offsetX) / picture.width) * view.length);
    moved();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!down.delete(event.pointerId) || trembled > SLACK) return;
    const found = picture.under(event.offsetX, event.offsetY);
    if (found) jump(found.line);
  });
  canvas.addEventListener("pointercancel", (event) => down.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => {
    picture.hovered = null;
    moved();
  });
}

function startKeys(picture, act, jump) {
  const { canvas } = picture;
  const does = { "+": "in", "=": "in", w: "in", "-": "out", s: "out", 0: "fit", a: "left", d: "right" };
  canvas.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.shiftKey && event.key.startsWith("Arrow") && steps[event.key][0]) act(event.key === "ArrowLeft" ? "left" : "right");
    else if (event.key in does) act(does[event.key]);
    else if (event.key in steps) choose(picture, ...steps[event.key]);
    else if (event.key === "Enter" && picture.chosen) jump(picture.chosen.line);
    else if (event.key === "Escape") picture.tell(null);
    else return;
    event.preventDefault();
  });
  canvas.addEventListener("blur", () => {
    picture.chosen = null;
    picture.tell(null);
    picture.later();
  });
}

// Go to the next bar of the lane, or to the bar of the next lane that is nearest in time, and say what it is.
function choose(picture, along, across) {
  const { lanes } = picture;
  if (!lanes.length) return;
  let lane = lanes.find((one) => one.bars.includes(picture.chosen)) ?? lanes[0];
  if (!picture.chosen) picture.chosen = lane.bars[0];
  else if (across) {
    lane = lanes[Math.min(lanes.length - 1, Math.max(0, lanes.indexOf(lane) + across))];
    const { from } = picture.chosen;
    picture.chosen = lane.bars.reduce((best, bar) => (Math.abs(bar.from - from) < Math.abs(best.from - from) ? bar : best));
  } else picture.chosen = lane.bars[Math.min(lane.bars.length - 1, Math.max(0, lane.bars.indexOf(picture.chosen) + along))];
  const bar = picture.chosen;
  picture.view.reveal(bar.from, bar.to);
  const top = picture.top(lane) + LABEL + bar.level * (BAR + GAP);
  if (top - picture.scroller.scrollTop < RULER + LABEL) picture.scroller.scrollTop = top - RULER - LABEL;
  else if (top + BAR - picture.scroller.scrollTop > picture.tall) picture.scroller.scrollTop = top + 2 * BAR - picture.tall;
  picture.later();
  picture.tell(bar, Math.max(0, picture.x(bar.from)), top - picture.scroller.scrollTop);
}
