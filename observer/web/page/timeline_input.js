// Moving about in a timeline by wheel, pinch, drag, keys and buttons.

import { lookup } from "./dom.js";
/** @import { TimelineStrip } from "./timeline_strip.js" */
/** @import { TimeRange } from "./timeline_zoom.js" */
/** @import { OpenBar, TimelineSpan, ZoomAction } from "./types.d.ts" */

const CLICK_TOLERANCE = 4; // pixels that the pointer may move during a click

// `timeline` is a TimelineCanvas with `canvas`, `buttons`, `schedulePaint()`, `barAt(x, y)`, `firstBar()` (where the
// keyboard starts), `reveal(bar)` and `showTooltip(bar, x, y)`. `openBar(bar)` and `openTime(ms)` go to what was
// clicked.
/** @param {TimelineStrip} timeline @param {OpenBar} openBar @param {(ms: number) => void} [openTime] */
export function startTimelineInput(timeline, openBar, openTime = () => {}) {
  const moved = () => {
    timeline.showTooltip(null);
    timeline.schedulePaint();
  };
  /** @type {Record<ZoomAction, (range: TimeRange) => void>} */
  const actions = {
    in: (r) => r.zoom(0.6),
    out: (r) => r.zoom(1 / 0.6),
    fit: (r) => r.fit(),
    left: (r) => r.pan(-r.length / 4),
    right: (r) => r.pan(r.length / 4),
  };
  /** @param {ZoomAction} name */
  const act = (name) => {
    actions[name](timeline.range);
    moved();
  };
  for (const [name, button] of timeline.buttons) button.addEventListener("click", () => act(name));
  startWheel(timeline, moved);
  startPointers(timeline, moved, openBar, openTime);
  startTimelineKeys(timeline, act, openBar);
  timeline.canvas.addEventListener("dblclick", (event) => {
    timeline.range.zoom(0.4, timeline.timeAt(event.offsetX));
    moved();
  });
}

// The wheel zooms with Ctrl, which a pinch on a touchpad sets too, or once the canvas has the focus; sideways it pans.
/** @param {TimelineStrip} timeline @param {() => void} moved */
function startWheel(timeline, moved) {
  const { canvas } = timeline;
  canvas.addEventListener("wheel", (event) => {
    const horizontal = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    const isVertical = !event.shiftKey && Math.abs(event.deltaY) > Math.abs(event.deltaX);
    const isZoom = event.ctrlKey || event.metaKey || (document.activeElement === canvas && isVertical);
    if (isVertical && !isZoom) return;
    event.preventDefault();
    if (isZoom) {
      timeline.range.zoom(
        Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * (event.ctrlKey ? 0.01 : 0.004)),
        timeline.timeAt(event.offsetX),
      );
    } else timeline.range.pan((horizontal / timeline.width) * timeline.range.length);
    moved();
  }, { passive: false });
}

/** @param {TimelineStrip} timeline @param {() => void} moved @param {OpenBar} openBar
 * @param {(ms: number) => void} openTime */
function startPointers(timeline, moved, openBar, openTime) {
  const { canvas } = timeline;
  /** @type {Map<number, number>} */
  const pointers = new Map(); // x of the pointers that are down, by id
  let dragged = 0; // pixels
  /** @param {PointerEvent} event */
  const hover = (event) => {
    const bar = timeline.barAt(event.offsetX, event.offsetY);
    if (bar !== timeline.hoveredBar) timeline.schedulePaint();
    timeline.hoveredBar = bar;
    canvas.classList.toggle("on-bar", bar !== null);
    timeline.showTooltip(bar, event.offsetX, event.offsetY);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event.offsetX);
    dragged = pointers.size > 1 ? Infinity : 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const previousX = pointers.get(event.pointerId);
    if (previousX === undefined) return hover(event);
    const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, x]) => x);
    dragged += Math.abs(event.offsetX - previousX);
    pointers.set(event.pointerId, event.offsetX);
    if (dragged <= CLICK_TOLERANCE) return undefined;
    if (others.length) {
      timeline.range.zoom(
        Math.abs(previousX - others[0]) / Math.max(1, Math.abs(event.offsetX - others[0])),
        timeline.timeAt(others[0]),
      );
    } else timeline.range.pan(((previousX - event.offsetX) / timeline.width) * timeline.range.length);
    return moved();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!pointers.delete(event.pointerId) || dragged > CLICK_TOLERANCE) return;
    const bar = timeline.barAt(event.offsetX, event.offsetY);
    if (bar) openBar(bar);
    else openTime(timeline.timeAt(event.offsetX));
  });
  canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => {
    timeline.hoveredBar = null;
    moved();
  });
}

/** @type {Map<string, ZoomAction>} */
const ACTION_KEYS = lookup({ "+": "in", "=": "in", w: "in", "-": "out", s: "out", 0: "fit", a: "left", d: "right" });
const DIRECTIONS = lookup({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });

/** @param {TimelineStrip} timeline @param {(action: ZoomAction) => void} act @param {OpenBar} openBar */
function startTimelineKeys(timeline, act, openBar) {
  const { canvas } = timeline;
  canvas.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return undefined;
    const direction = DIRECTIONS.get(event.key);
    const action = ACTION_KEYS.get(event.key);
    if (event.shiftKey && direction?.[0]) act(direction[0] < 0 ? "left" : "right");
    else if (action) act(action);
    else if (direction) selectNeighbour(timeline, direction[0], direction[1]);
    else if (event.key === "Enter" && timeline.selectedBar) openBar(timeline.selectedBar);
    else return event.key === "Escape" ? timeline.showTooltip(null) : undefined;
    return event.preventDefault();
  });
  canvas.addEventListener("blur", () => {
    timeline.selectedBar = null;
    timeline.showTooltip(null);
    timeline.schedulePaint();
  });
}

// Select the next bar of the lane, or the bar of the next lane that is nearest in time, and show it.
/** @param {TimelineStrip} timeline @param {number} along @param {number} across */
function selectNeighbour(timeline, along, across) {
  const { lanes, selectedBar } = timeline;
  const index = lanes.findIndex(({ bars }) => selectedBar !== null && bars.includes(selectedBar));
  if (selectedBar === null || index < 0) timeline.selectedBar = timeline.firstBar();
  else if (across) {
    const { bars } = lanes[Math.min(lanes.length - 1, Math.max(0, index + across))];
    /** @param {TimelineSpan} bar */
    const distance = (bar) => Math.abs(bar.start - selectedBar.start);
    timeline.selectedBar = bars.reduce((nearest, bar) => (distance(bar) < distance(nearest) ? bar : nearest));
  } else {
    const { bars } = lanes[index];
    timeline.selectedBar = bars[Math.min(bars.length - 1, Math.max(0, bars.indexOf(selectedBar) + along))];
  }
  if (timeline.selectedBar === null) return;
  timeline.reveal(timeline.selectedBar);
  timeline.schedulePaint();
}
