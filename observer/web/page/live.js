// Entry point of the page of `observe serve`: connects its parts.

import { getJson } from "./api.js";
import { Autoscroll } from "./autoscroll.js";
import { Banner } from "./banner.js";
import { isOver, needsPerson } from "./describe.js";
import { byId } from "./dom.js";
import { startDrawer } from "./drawer.js";
import { startKeyboard } from "./keyboard.js";
import { LiveFilter } from "./live_filter.js";
import { LiveRegion } from "./live_region.js";
import { LogView } from "./log_view.js";
import { RunHeader } from "./run_header.js";
import { RunList } from "./run_list.js";
import { RunView } from "./run_view.js";
import { startTheme } from "./theme.js";
import { startTimelineInput } from "./timeline_input.js";
import { TimelineStrip } from "./timeline_strip.js";
import { completeCalls } from "./tool_calls.js";
import { copyUrl, linkTo, parseHash } from "./url_state.js";
import { startZone } from "./zone_button.js";

const TICK_MS = 1000;
const UNAUTHORIZED = 401;

const banner = new Banner();
const liveRegion = new LiveRegion();
const context = { origin: null, project: "", run: "", query: "", linkTo: (row) => linkTo(context.run, row), now: () => Date.now() };
const strip = new TimelineStrip();
const header = new RunHeader();
const drawer = startDrawer();

const log = new LogView(context, {
  onEdge: (edge) => view.extend(edge),
  onScroll: () => {
    autoscroll.scrolled(view.reader?.attached);
    view.markVisible();
  },
  onAction: (name, row) => (name === "link" ? copyLink(row) : view.loadLine(row)),
});
const autoscroll = new Autoscroll(log, () => (view.reader?.attached ? autoscroll.resume() : view.open(view.name)));
const filter = new LiveFilter(() => view.open(view.name, autoscroll.following || filter.active ? null : currentPlace()), [autoscroll.toggleButton]);
byId("filter").replaceWith(filter.element);
filter.nextError.addEventListener("click", () => view.goToError("after"));

const lostStreams = new Set();
const connectionCallback = (stream) => (state, delay) => {
  if (state === "lost") {
    lostStreams.add(stream);
    banner.show(`The server is not responding. Retrying in ${Math.ceil(delay / 1000)} s. The run continues, and no event is lost.`, "warning", ["Retry now", reconnect]);
    if (stream === "runs") getJson("/api/runs", { limit: 1 }).catch((error) => error.status === UNAUTHORIZED && showError(error));
  } else if (state === "live" && lostStreams.delete(stream)) {
    if (!lostStreams.size) banner.showBriefly("Reconnected. No events were missed.");
    view.reconnected();
  }
};

const view = new RunView({
  log, header, strip, filter, liveRegion, context, autoscroll,
  callbacks: {
    connection: connectionCallback("run"),
    opened: () => view.markVisible(),
    reset: (reason) => banner.show(`The run file was replaced or truncated${reason ? ` (${reason})` : ""}. The page now shows the new file.`, "warning", ["Close", () => banner.hide()]),
    failed: (error) => error.status && showError(error),
    message: (text) => {
      banner.showBriefly(text, "plain");
      liveRegion.announceNow(text);
    },
  },
});

const runs = new RunList({
  connection: connectionCallback("runs"),
  changed: (run) => {
    if (!view.name) route();
    if (run.name !== view.name) return;
    header.show(run);
    view.setOver(isOver(run));
    view.setAsking(needsPerson(run) ? run.tool : null);
  },
  removed: (name) => name === view.name && banner.show("The run file was deleted. The events that were loaded are still shown.", "bad"),
  listed: () => route(),
});

// A stream reports only that its connection is lost; the answer to a request has the reason.
function showError({ status, message }) {
  const text = status === UNAUTHORIZED ? "Access token required: open the URL that observe serve printed." : `${message[0].toUpperCase()}${message.slice(1)}.`;
  banner.show(text, "bad", ["Try again", () => (view.name ? view.open(view.name) : location.reload())]);
}

function reconnect() {
  runs.stream.reconnect();
  view.reader?.stream?.reconnect();
}

// The place of the current row, to open the run at.
function currentPlace() {
  const row = log.currentView?.row;
  return row ? { around: row.offset } : null;
}

// Show the run and event that the URL names, or the newest run.
async function route() {
  const { run, place } = parseHash(location.hash);
  const name = run ?? runs.names()[0];
  if (!view.name) {
    byId("welcome").hidden = Boolean(name);
    document.body.classList.toggle("bare", !name);
  }
  if (!name) return;
  if (name === view.name && !place) return;
  if (name === view.name && route.lastHash === location.hash) return;
  route.lastHash = location.hash;
  runs.select(name);
  if (!lostStreams.size) banner.hide();
  drawer.close();
  const opened = view.open(name, place);
  const listed = runs.runs.get(name);
  if (listed) {
    header.show(listed);
    view.over = isOver(listed);
  }
  await opened;
}

function openNeighbour(by) {
  const names = runs.names();
  const name = names[names.indexOf(view.name) + by];
  if (name) location.hash = encodeURIComponent(name);
}

async function copyLink(row) {
  const link = linkTo(view.name, row);
  route.lastHash = link;
  history.replaceState(null, "", link);
  banner.showBriefly((await copyUrl(location.href)) ? "Link to this event copied." : "The link to this event is in the address bar.", "plain");
}

const withCurrent = (action) => () => log.currentView && action(log.currentView);
const openRow = withCurrent((current) => log.act("open", current));
const goToStart = () => view.open(view.name, { after: "start" });
const goToEnd = () => autoscroll.goToEnd();
const toggleFollow = () => autoscroll.toggle();
startKeyboard({
  j: () => log.moveFocus(1), ArrowDown: () => log.moveFocus(1), k: () => log.moveFocus(-1), ArrowUp: () => log.moveFocus(-1),
  Enter: openRow, o: openRow, c: withCurrent((current) => copyLink(current.row)),
  e: () => view.goToError("after"), E: () => view.goToError("before"),
  g: goToStart, Home: goToStart, G: goToEnd, End: goToEnd, f: toggleFollow, " ": toggleFollow,
  "/": () => filter.search.focus(), T: () => strip.canvas.focus(), t: () => byId("theme").click(), z: () => byId("zone").click(),
  Escape: () => drawer.close() || (filter.active ? filter.reset() : document.activeElement.blur()),
  "]": () => openNeighbour(1), "[": () => openNeighbour(-1),
  r: () => {
    drawer.open();
    byId("run-list").querySelector("[aria-current=true], a")?.focus();
  },
});

// The filter may exclude what the timeline shows: clear it first.
function unfiltered(action) {
  if (filter.active) filter.clearSilently();
  action();
}

const timeAt = (ms) => new Date(view.timeline.runStart + ms).toISOString();
startTimelineInput(
  strip,
  (bar) => unfiltered(() => view.goTo(bar.offset)),
  (ms) => unfiltered(() => view.open(view.name, { time: timeAt(ms) })),
);

startTheme(() => strip.recolor());
startZone(() => {
  header.tick();
  runs.render();
  log.rerender();
});
addEventListener("hashchange", () => route());
setInterval(() => {
  if (document.hidden) return;
  header.tick();
  runs.render(); // ages grow by themselves
  log.tick(Date.now());
  completeCalls(view);
}, TICK_MS);
