// Wheel, pinch, drag, keys and buttons: how people move about in a timeline.

const SLACK = 4; // pixels that a click may tremble

// A `stage` has more than a Stage: its `canvas` and `buttons`, `later()` to paint it, `under(x, y)`, `first()`, where the
// keyboard begins, `reveal(bar)` and `tell(bar, x, y)`. `jump(bar)` goes to what a bar tells of, `jumpTo(ms)` to a moment.
export function startGestures(stage, jump, jumpTo = () => {}) {
  const moved = () => {
    stage.tell(null);
    stage.later();
  };
  const actions = {
    in: () => stage.view.zoom(0.6), out: () => stage.view.zoom(1 / 0.6), fit: () => stage.view.fit(),
    left: () => stage.view.pan(-stage.view.length / 4), right: () => stage.view.pan(stage.view.length / 4),
  };
  const act = (name) => {
    actions[name]();
    moved();
  };
  for (const button of stage.buttons) button.addEventListener("click", () => act(button.dataset.do));
  startWheel(stage, moved);
  startPointers(stage, moved, jump, jumpTo);
  startKeys(stage, act, jump);
  stage.canvas.addEventListener("dblclick", (event) => {
    stage.view.zoom(0.4, stage.time(event.offsetX));
    moved();
  });
}

// With Ctrl, as a pinch on a touchpad reports too, or once the canvas has the focus, the wheel zooms; sideways it pans.
function startWheel(stage, moved) {
  const { canvas } = stage;
  canvas.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    const upright = !event.shiftKey && Math.abs(event.deltaY) > Math.abs(event.deltaX);
    const zooms = event.ctrlKey || event.metaKey || (document.activeElement === canvas && upright);
    if (upright && !zooms) return;
    event.preventDefault();
    if (zooms) stage.view.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * (event.ctrlKey ? 0.01 : 0.004)), stage.time(event.offsetX));
    else stage.view.pan((sideways / stage.width) * stage.view.length);
    moved();
  }, { passive: false });
}

function startPointers(stage, moved, jump, jumpTo) {
  const { canvas } = stage;
  const down = new Map();
  let trembled = 0;
  const show = (event) => {
    const found = stage.under(event.offsetX, event.offsetY);
    if (found !== stage.hovered) stage.later();
    stage.hovered = found;
    canvas.classList.toggle("on-bar", found !== null);
    stage.tell(found, event.offsetX, event.offsetY);
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
    if (trembled <= SLACK) return undefined;
    if (others.length) stage.view.zoom(Math.abs(before - others[0]) / Math.max(1, Math.abs(event.offsetX - others[0])), stage.time(others[0]));
    else stage.view.pan(((before - event.offsetX) / stage.width) * stage.view.length);
    return moved();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!down.delete(event.pointerId) || trembled > SLACK) return;
    const found = stage.under(event.offsetX, event.offsetY);
    if (found) jump(found);
    else jumpTo(stage.time(event.offsetX));
  });
  canvas.addEventListener("pointercancel", (event) => down.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => {
    stage.hovered = null;
    moved();
  });
}

const DOES = new Map(Object.entries({ "+": "in", "=": "in", w: "in", "-": "out", s: "out", 0: "fit", a: "left", d: "right" }));
const WAYS = new Map(Object.entries({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }));

function startKeys(stage, act, jump) {
  const { canvas } = stage;
  canvas.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return undefined;
    const way = WAYS.get(event.key);
    if (event.shiftKey && way?.[0]) act(way[0] < 0 ? "left" : "right");
    else if (DOES.has(event.key)) act(DOES.get(event.key));
    else if (way) choose(stage, ...way);
    else if (event.key === "Enter" && stage.chosen) jump(stage.chosen);
    else return event.key === "Escape" ? stage.tell(null) : undefined;
    return event.preventDefault();
  });
  canvas.addEventListener("blur", () => {
    stage.chosen = null;
    stage.tell(null);
    stage.later();
  });
}

// Go to the next bar of the lane, or to the bar of the next lane that is nearest in time, and show it.
function choose(stage, along, across) {
  const { lanes, chosen } = stage;
  if (!lanes.length) return;
  const at = lanes.indexOf(stage.laneOf(chosen));
  if (at < 0) stage.chosen = stage.first();
  else if (across) {
    const { bars } = lanes[Math.min(lanes.length - 1, Math.max(0, at + across))];
    stage.chosen = bars.reduce((best, bar) => (Math.abs(bar.from - chosen.from) < Math.abs(best.from - chosen.from) ? bar : best));
  } else {
    const { bars } = lanes[at];
    stage.chosen = bars[Math.min(bars.length - 1, Math.max(0, bars.indexOf(chosen) + along))];
  }
  stage.reveal(stage.chosen);
  stage.later();
}
