// Entry point of the page of `observe serve`: connects what shows one run with the list of runs and the server.

import { getJson } from "./api.js";
import { Comparison } from "./comparison.js";
import { byId } from "./dom.js";
import { startDrawer } from "./drawer.js";
import { RequestError } from "./failures.js";
import { startKeyboard } from "./keyboard.js";
import { LiveRegion } from "./live_region.js";
import { watchWhileHidden } from "./run_feed.js";
import { RunHeader } from "./run_header.js";
import { RunList } from "./run_list.js";
import { RunPage } from "./run_page.js";
import { RunPicks } from "./run_picks.js";
import { RunSearch } from "./run_search.js";
import { startSaveMenu } from "./save_menu.js";
import { server } from "./server.js";
import { TabStatus } from "./tab_status.js";
import { startZone } from "./zone_button.js";
/** @import { ConnectionCallback, Run } from "./types.d.ts" */

const TICK_MS = 1000;
const UNAUTHORIZED = 401;

const header = new RunHeader();
const drawer = startDrawer();
const tabStatus = new TabStatus();
const offerToSave = startSaveMenu();
/** @type {Run | null} */
let newest = null; // the newest run when the page was opened

/** @type {Set<string>} */
const lostStreams = new Set();
/** @param {string} stream @returns {ConnectionCallback} */
const connectionCallback = (stream) => (state, delay = 0) => {
  if (state === "lost") {
    lostStreams.add(stream);
    if (stream === "runs") tabStatus.lose();
    const retry = `Retrying in ${Math.ceil(delay / 1000)} s.`;
    const message = `The server is not responding. ${retry} The run continues, and no event is lost.`;
    banner.show(message, "warning", ["Retry now", reconnect]);
    if (stream === "runs") {
      getJson("/api/runs", { limit: 1 }).catch((error) => error.status === UNAUTHORIZED && showError(error));
    }
  } else if (state === "live" && lostStreams.delete(stream)) {
    if (!lostStreams.size) banner.showBriefly("Reconnected. No events were missed.");
    view.reconnected();
  }
};

/** @type {RunPage} */
const page = new RunPage({
  source: server,
  header,
  liveRegion: new LiveRegion(),
  callbacks: {
    newest: () => runs.newest ?? newest?.name,
    has: () => true, // the server knows
    place: () => null,
    isKept: () => true,
    opening: (name) => {
      showWelcome(false);
      runs.select(name);
      picks.update();
      offerToSave(name);
      if (!lostStreams.size) banner.hide();
      drawer.close();
      const listed = runs.runs.get(name) ?? (name === newest?.name ? newest : null);
      if (listed) showRun(listed);
    },
    compared: () => comparison.names,
    compare: ([first, second = view.name]) => comparison.open(first, second),
    connection: connectionCallback("run"),
    replaced: (reason) =>
      banner.show(
        `The run file was replaced or truncated${reason ? ` (${reason})` : ""}. The page now shows the new file.`,
        "warning",
        ["Close", () => banner.hide()],
      ),
    failed: (error) => error instanceof RequestError && error.status && showError(error),
    // An old run that the list does not hold yet.
    loaded: (name, panel) => !runs.runs.has(name) && view.setOver(panel.closing !== null),
    jumping: () => {},
  },
});
const { banner, view, navigation, autoscroll } = page;

/** @type {Comparison} */
const comparison = new Comparison(() => navigation.save());
const picks = new RunPicks({ open: () => view.name, compare: (one, other) => comparison.open(one, other) });

/** @type {RunList} */
const runs = new RunList({
  isPicked: (name) => picks.has(name),
  connection: connectionCallback("runs"),
  changed: (run) => {
    if (!view.name) navigation.route();
    if (run.name !== view.name) return;
    showRun(run);
    page.panel.load(run.name);
    page.hits.grow();
    view.setAsking(run.tool, run.words.asking);
  },
  removed: (name) =>
    name === view.name && banner.show("The run file was deleted. The events that were loaded are still shown.", "bad"),
  listed: () => {
    if (!view.name) showWelcome(!runs.newest);
    navigation.route();
  },
});

// A stream reports only that its connection is lost; the answer to a request has the reason.
/** @param {RequestError} error */
function showError({ status, message }) {
  const text = status === UNAUTHORIZED
    ? "Access token required: open the URL that observe serve printed."
    : `${message[0].toUpperCase()}${message.slice(1)}.`;
  banner.show(text, "bad", ["Try again", () => (view.name ? view.open(view.name) : location.reload())]);
}

function reconnect() {
  runs.stream?.reconnect();
  view.reader?.stream?.reconnect();
}

/** @param {boolean} isEmpty */
function showWelcome(isEmpty) {
  byId("welcome").hidden = !isEmpty;
  document.body.classList.toggle("bare", isEmpty);
}

// Show what the run list says of the run that is open.
/** @param {Run} run */
function showRun(run) {
  header.show(run);
  tabStatus.show(run);
  view.setOver(run.words.is_over);
}

/** @param {number} by */
function openNeighbour(by) {
  const names = runs.names();
  const name = names[names.indexOf(view.name) + by];
  if (name) navigation.goToRun(name);
}

const runSearch = new RunSearch();
startKeyboard({
  ...page.keys,
  a: () => runSearch.open(),
  x: () => picks.toggleCurrent(),
  C: () => picks.compare(),
  f: () => autoscroll.toggle(),
  " ": () => autoscroll.toggle(),
  z: () => byId("zone").click(),
  Escape: () => drawer.close() || page.leave(),
  "]": () => openNeighbour(1),
  "[": () => openNeighbour(-1),
  r: () => {
    drawer.open();
    /** @type {HTMLElement | null} */ (byId("run-list").querySelector("[aria-current=true], a"))?.focus();
  },
});

startZone(() => {
  header.tick();
  runs.tick();
  page.log.rerender();
  page.panel.render();
});
watchWhileHidden((run) => run.name === view.name && showRun(run), () => tabStatus.lose());

// What the URL names is opened at once, or the newest run, before the list of all runs is there.
navigation.route();
getJson("/api/runs", { limit: 1 }).then((answer) => {
  newest = answer.runs.length ? { ...answer.runs[0], receivedAt: Date.now() } : null;
  navigation.route();
}, () => {}).finally(() => runs.start()); // the stream of the list says what is wrong
setInterval(() => {
  if (document.hidden) return;
  header.tick();
  runs.tick(); // ages grow by themselves
  page.tick();
}, TICK_MS);
