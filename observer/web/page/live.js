// Entry point of the page of `observe serve`: connects its parts.

import { getJson } from "./api.js";
import { Autoscroll } from "./autoscroll.js";
import { Banner } from "./banner.js";
import { isOver, needsPerson } from "./describe.js";
import { byId } from "./dom.js";
import { startDrawer } from "./drawer.js";
import { goToError, goToShown } from "./error_steps.js";
import { startKeyboard } from "./keyboard.js";
import { LiveFilter } from "./live_filter.js";
import { LiveRegion } from "./live_region.js";
import { LogView } from "./log_view.js";
import { Navigation } from "./navigation.js";
import { watchWhileHidden } from "./run_feed.js";
import { RunHeader } from "./run_header.js";
import { RunList } from "./run_list.js";
import { RunSearch } from "./run_search.js";
import { RunView } from "./run_view.js";
import { startSaveMenu } from "./save_menu.js";
import { SearchProgress } from "./search_progress.js";
import { server } from "./server.js";
import { Outline } from "./outline.js";
import { Panel } from "./panel.js";
import { TabStatus } from "./tab_status.js";
import { startTheme } from "./theme.js";
import { startTimelineInput } from "./timeline_input.js";
import { TimelineStrip } from "./timeline_strip.js";
import { completeCalls } from "./tool_calls.js";
import { copyUrl, linkTo } from "./url_state.js";
import { startZone } from "./zone_button.js";

const TICK_MS = 1000;
const UNAUTHORIZED = 401;

const banner = new Banner();
const liveRegion = new LiveRegion();
const context = {
  origin: null, run: "", query: "", linkTo: (row) => linkTo(context.run, row), now: () => Date.now(),
  imageUrl: (file) => server.imageUrl(context.run, file), loadRow: (end, firstEnd) => view.loadRow(end, firstEnd), changed: (change) => log.keepAnchor(change),
};
const strip = new TimelineStrip();
const header = new RunHeader();
const drawer = startDrawer();
const tabStatus = new TabStatus();
let first = null; // the newest run when the page was opened

const log = new LogView(context, {
  onEdge: (edge) => view.extend(edge),
  onScroll: () => {
    autoscroll.scrolled(view.reader?.attached);
    view.markVisible();
    navigation.scheduleSave();
  },
  onCurrent: () => navigation.scheduleSave(),
  onAction: (name, row, actor) => {
    if (name === "link") copyLink(row);
    else if (name === "copy") copyText(actor);
    else view.loadLine(row);
  },
});
const autoscroll = new Autoscroll(log, () => (view.reader?.attached ? autoscroll.resume() : view.open(view.name)));
const filter = new LiveFilter(() => view.open(view.name, autoscroll.following || filter.active ? null : currentPlace()), () => view.cancelSearch(), [autoscroll.toggleButton]);
const progress = new SearchProgress(() => cancelSearch());
byId("filter").replaceWith(filter.element);
filter.nextError.addEventListener("click", () => goToError(view, "after"));
filter.previousError.addEventListener("click", () => goToError(view, "before"));

const lostStreams = new Set();
const connectionCallback = (stream) => (state, delay) => {
  if (state === "lost") {
    lostStreams.add(stream);
    if (stream === "runs") tabStatus.lose();
    banner.show(`The server is not responding. Retrying in ${Math.ceil(delay / 1000)} s. The run continues, and no event is lost.`, "warning", ["Retry now", reconnect]);
    if (stream === "runs") getJson("/api/runs", { limit: 1 }).catch((error) => error.status === UNAUTHORIZED && showError(error));
  } else if (state === "live" && lostStreams.delete(stream)) {
    if (!lostStreams.size) banner.showBriefly("Reconnected. No events were missed.");
    view.reconnected();
  }
};

const view = new RunView({
  source: server, log, header, strip, filter, liveRegion, context, autoscroll,
  callbacks: {
    connection: connectionCallback("run"),
    began: (name) => panel.begin(name),
    opened: () => {
      view.markVisible();
      panel.load(view.name);
      navigation.scheduleSave();
    },
    reset: (reason) => banner.show(`The run file was replaced or truncated${reason ? ` (${reason})` : ""}. The page now shows the new file.`, "warning", ["Close", () => banner.hide()]),
    failed: (error) => error.status && showError(error),
    searching: (subject, done, size) => progress.update(subject, done, size),
    searched: () => progress.hide(),
    stepped: (words) => {
      filter.showStep(words);
      liveRegion.announceNow(words);
    },
  },
});

const panel = new Panel({
  source: server,
  linkTo: (run, at) => linkTo(run, { seq: null, offset: at }),
  jump: (at) => goToShown(view, at),
  changed: (name, loaded) => {
    view.setClosing(loaded.closing);
    filter.showErrors(loaded.problems);
    if (!runs.runs.has(name)) view.setOver(loaded.closing !== null); // an old run that the list does not hold yet
  },
});

const runs = new RunList({
  connection: connectionCallback("runs"),
  changed: (run) => {
    if (!view.name) navigation.route();
    if (run.name !== view.name) return;
    showRun(run);
    panel.load(run.name);
    view.setAsking(needsPerson(run) ? run.tool : null);
  },
  removed: (name) => name === view.name && banner.show("The run file was deleted. The events that were loaded are still shown.", "bad"),
  listed: () => {
    if (!view.name) showWelcome(!runs.newest);
    navigation.route();
  },
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

const outline = new Outline({
  timeline: () => view.timeline,
  linkTo: (at) => linkTo(view.name, { seq: null, offset: at }),
  jump: (at) => goToShown(view, at),
});

const navigation = new Navigation(view, {
  newest: () => runs.newest ?? first?.name,
  opening: (name) => {
    showWelcome(false);
    runs.select(name);
    if (!lostStreams.size) banner.hide();
    drawer.close();
    const listed = runs.runs.get(name) ?? (name === first?.name && first);
    if (listed) showRun(listed);
  },
  missing: (what) => banner.show(`Event ${what} is not in this run any more. The log shows what is nearest to it.`, "warning", ["Close", () => banner.hide()]),
});

function showWelcome(isEmpty) {
  byId("welcome").hidden = !isEmpty;
  document.body.classList.toggle("bare", isEmpty);
}

// Show what the run list says of the run that is open.
function showRun(run) {
  header.show(run);
  tabStatus.show(run);
  view.setOver(isOver(run));
}

function openNeighbour(by) {
  const names = runs.names();
  const name = names[names.indexOf(view.name) + by];
  if (name) navigation.goToRun(name);
}

async function copyLink(row) {
  banner.showBriefly((await copyUrl(navigation.writeLink(row))) ? "Link to this event copied." : "The link to this event is in the address bar.", "plain");
}

// Copy the text beside a button.
async function copyText(button) {
  const copied = await copyUrl(button.previousElementSibling.textContent);
  banner.showBriefly(copied ? "Copied." : "The browser does not allow this page to copy.", copied ? "plain" : "warning");
}

// Cancel the search for an error, or clear the filter and with it the search for what passes it. Returns whether there was one.
function cancelSearch() {
  if (view.reader?.cancelErrorSearch()) return true;
  const { active } = filter;
  if (active) filter.reset();
  return active;
}

const withCurrent = (action) => () => log.currentView && action(log.currentView);
const openRow = withCurrent((current) => log.act("open", current));
const goToStart = () => view.open(view.name, { after: "start" });
const goToEnd = () => autoscroll.goToEnd();
const toggleFollow = () => autoscroll.toggle();
const runSearch = new RunSearch();
startKeyboard({
  a: () => runSearch.open(),
  j: () => log.moveFocus(1), ArrowDown: () => log.moveFocus(1), k: () => log.moveFocus(-1), ArrowUp: () => log.moveFocus(-1),
  Enter: openRow, o: openRow, c: withCurrent((current) => copyLink(current.row)),
  e: () => goToError(view, "after"), E: () => goToError(view, "before"),
  g: goToStart, Home: goToStart, G: goToEnd, End: goToEnd, f: toggleFollow, " ": toggleFollow,
  s: () => panel.toggle(), O: () => outline.open(), "/": () => filter.search.focus(), T: () => strip.canvas.focus(), t: () => byId("theme").click(), z: () => byId("zone").click(),
  Escape: () => drawer.close() || panel.dismiss() || cancelSearch() || document.activeElement.blur(),
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

startSaveMenu(() => view.name);
startTheme(() => strip.recolor());
startZone(() => {
  header.tick();
  runs.tick();
  log.rerender();
  panel.render();
});
watchWhileHidden((run) => run.name === view.name && showRun(run), () => tabStatus.lose());

// What the URL names is opened at once, or the newest run, before the list of all runs is there.
navigation.route();
getJson("/api/runs", { limit: 1 }).then((answer) => {
  first = answer.runs.length ? { ...answer.runs[0], receivedAt: Date.now() } : null;
  navigation.route();
}, () => {}); // the stream of the list says what is wrong
setInterval(() => {
  if (document.hidden) return;
  header.tick();
  runs.tick(); // ages grow by themselves
  log.tick(Date.now());
  completeCalls(view);
}, TICK_MS);
