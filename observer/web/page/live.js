// Puts the parts together.

import { Announcer } from "./live_region.js";
import { get } from "./api.js";
import { fillCalls } from "./tool_calls.js";
import { byId } from "./dom.js";
import { FilterBar } from "./live_filter.js";
import { Follow } from "./autoscroll.js";
import { startGestures } from "./timeline_input.js";
import { Head } from "./run_header.js";
import { startKeys } from "./keyboard.js";
import { Log } from "./log_view.js";
import { copyLink, linkOf, placeIn } from "./url_state.js";
import { Notice } from "./banner.js";
import { Runs } from "./run_list.js";
import { startDrawer } from "./drawer.js";
import { isOver } from "./describe.js";
import { Strip } from "./timeline_strip.js";
import { startTheme } from "./theme.js";
import { Watching } from "./run_view.js";

const TICK_MS = 1000;
const NO_TOKEN = 401;

const notice = new Notice();
const announcer = new Announcer();
const about = { origin: null, project: "", run: "", wanted: "", link: (row) => linkOf(about.run, row), now: () => Date.now() };
const strip = new Strip();
const head = new Head();
const drawer = startDrawer();

const log = new Log(about, {
  wants: (where) => watching.want(where),
  scrolled: () => {
    follow.scrolled(watching.reader?.attached);
    watching.tellSight();
  },
  act: (name, row) => (name === "link" ? copy(row) : watching.whole(row)),
});
const follow = new Follow(log, () => (watching.reader?.attached ? follow.resume() : watching.open(watching.name)));
const filter = new FilterBar(() => watching.open(watching.name, follow.following || filter.active ? null : where()), [follow.toggleButton]);
byId("filter").replaceWith(filter.element);
filter.next.addEventListener("click", () => watching.trouble("after"));

const lost = new Set();
const link = (which) => (state, wait) => {
  if (state === "lost") {
    lost.add(which);
    notice.show(`The server does not answer. Trying again in ${Math.ceil(wait / 1000)} s; nothing is lost, the run goes on.`, "warning", ["Try now", tryNow]);
    if (which === "runs") get("/api/runs", { limit: 1 }).catch((error) => error.status === NO_TOKEN && refused(error));
  } else if (state === "live" && lost.delete(which)) {
    if (!lost.size) notice.brief("Connected again. Nothing was missed.");
    watching.again();
  }
};

const watching = new Watching({
  log, head, strip, filter, announcer, about, follow,
  told: {
    link: link("run"),
    opened: () => watching.tellSight(),
    reset: (reason) => notice.show(`This run's file is another one now${reason ? ` (${reason})` : ""}: the page shows it anew.`, "warning", ["Close", () => notice.hide()]),
    failed: (error) => error.status && refused(error),
    said: (text) => {
      notice.brief(text, "plain");
      announcer.now(text);
    },
  },
});

const runs = new Runs({
  link: link("runs"),
  changed: (run) => {
    if (!watching.name) route();
    if (run.name !== watching.name) return;
    head.show(run);
    watching.end(isOver(run));
  },
  gone: (name) => name === watching.name && notice.show("This run's file was removed. What the page holds of it is still here.", "bad"),
  listed: () => route(),
});

// A stream only says that it is lost; a request is told why.
function refused({ status, message }) {
  const said = status === NO_TOKEN ? "The server wants its token: open the address that observe serve printed." : `${message[0].toUpperCase()}${message.slice(1)}.`;
  notice.show(said, "bad", ["Try again", () => (watching.name ? watching.open(watching.name) : location.reload())]);
}

function tryNow() {
  runs.stream.now();
  watching.reader?.stream?.now();
}

// Where somebody reads now, as a place to open.
function where() {
  const row = log.currentView?.row;
  return row ? { around: row.offset } : null;
}

// The address says which run, and which event of it; without one it is the newest run.
async function route() {
  const { run, place } = placeIn(location.hash);
  const name = run ?? runs.names()[0];
  if (!watching.name) {
    byId("welcome").hidden = Boolean(name);
    document.body.classList.toggle("bare", !name);
  }
  if (!name) return;
  if (name === watching.name && !place) return;
  if (watching.name === name && route.last === location.hash) return;
  route.last = location.hash;
  runs.choose(name);
  if (!lost.size) notice.hide();
  drawer.close();
  const opened = watching.open(name, place);
  const told = runs.runs.get(name);
  if (told) {
    head.show(told);
    watching.over = isOver(told);
  }
  await opened;
}

function neighbour(by) {
  const names = runs.names();
  const next = names[names.indexOf(watching.name) + by];
  if (next) location.hash = encodeURIComponent(next);
}

async function copy(row) {
  route.last = `#${linkOf(watching.name, row).slice(1)}`;
  history.replaceState(null, "", linkOf(watching.name, row));
  notice.brief((await copyLink(location.href)) ? "The link to this event is copied." : "The link to this event is in the address bar.", "plain");
}

const withRow = (work) => () => log.currentView && work(log.currentView);
startKeys({
  j: () => log.step(1), ArrowDown: () => log.step(1), k: () => log.step(-1), ArrowUp: () => log.step(-1),
  Enter: withRow((view) => log.do("open", view)), o: withRow((view) => log.do("open", view)), c: withRow((view) => copy(view.row)),
  e: () => watching.trouble("after"), E: () => watching.trouble("before"),
  g: () => watching.open(watching.name, { after: "start" }), Home: () => watching.open(watching.name, { after: "start" }),
  G: () => follow.toEnd(), End: () => follow.toEnd(), f: () => follow.toggle(), " ": () => follow.toggle(),
  "/": () => filter.search.focus(), T: () => strip.canvas.focus(), t: () => byId("theme").click(),
  Escape: () => drawer.close() || (filter.active ? filter.reset() : document.activeElement.blur()),
  "]": () => neighbour(1), "[": () => neighbour(-1),
  r: () => {
    drawer.open();
    byId("run-list").querySelector("[aria-current=true], a")?.focus();
  },
});
startGestures(strip, (bar) => unfiltered(() => watching.goTo(bar.offset)), (at) => unfiltered(() => watching.open(watching.name, { time: new Date(watching.timeline.began + at).toISOString() })));

// A place in the timeline may be none that the filters let through.
function unfiltered(work) {
  if (filter.active) filter.forgetWish();
  work();
}

startTheme(() => strip.recolor());
addEventListener("hashchange", () => route());
setInterval(() => {
  if (document.hidden) return;
  head.tick();
  runs.tick();
  log.tick(Date.now());
  fillCalls(watching);
}, TICK_MS);
