// Entry point of the HTML report: the page of one run over the rows that are in the report. What needs no script is
// above it already.

import { byId, closest, findIn } from "./dom.js";
import { EmbeddedRun, unpack } from "./embedded_run.js";
import { messageOf } from "./failures.js";
import { startKeyboard } from "./keyboard.js";
import { LiveRegion } from "./live_region.js";
import { RunPage } from "./run_page.js";
import { parseHash } from "./url_state.js";
import { setZone, zoneOf } from "./zone.js";

// What a run of which all is known says above the log already.
const header = { clear() {}, setModel() {}, setTodo() {}, pulse() {} };
const section = byId("run");
let isRead = location.hash !== ""; // whether the reader has been at the log

function toLog() {
  isRead = true;
  section.scrollIntoView();
}

async function start() {
  const report = await unpack(byId("report-data"));
  setZone(zoneOf(report.zone));
  const panel = {
    begin() {},
    dismiss: () => false,
    toggle: () => scrollTo({ top: 0 }),
    render() {},
    load() {
      page.view.setClosing(report.closing);
      page.filter.showErrors(report.problems.length);
      page.paperNote.total = report.events;
    },
  };
  /** @type {RunPage} */
  const page = new RunPage({
    source: new EmbeddedRun(report, [...document.querySelectorAll(".chunk")]),
    header,
    panel,
    liveRegion: new LiveRegion(),
    now: () => report.now,
    callbacks: {
      newest: () => report.run,
      has: (name) => name === report.run,
      place: () => ({ after: "start" }),
      isKept: () => isRead,
      compared: () => [],
      compare() {},
      opening: () => {
        page.view.setOver(report.over);
        page.autoscroll.setOver(true); // nothing comes any more, whatever the run does
      },
      connection() {},
      replaced() {},
      failed: (error) => page.banner.show(`The rows of the report cannot be read: ${messageOf(error)}.`, "bad"),
      loaded() {},
      jumping: toLog,
    },
  });
  byId("needs-script").remove();
  findIn(document, ".tools").hidden = false;
  for (const type of ["pointerdown", "wheel", "keydown"]) {
    section.addEventListener(type, () => (isRead = true), { passive: true });
  }
  startKeyboard({ ...page.keys, Escape: () => page.leave() }, section);
  findIn(document, "main").addEventListener("click", (event) => followLink(event, page));
  const { place } = parseHash(location.hash);
  await page.navigation.route();
  if (place) toLog();
  else page.log.unmark(); // the page is read from its top
}

// The links above the log lead to events in it.
/** @param {MouseEvent} event @param {RunPage} page */
function followLink(event, page) {
  const link = closest(event, "a[data-at]");
  if (!link || section.contains(link) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  page.goTo(Number(link.dataset.at));
}

start().catch((error) => {
  document.getElementById("needs-script")?.replaceChildren(
    `The log of this report cannot be read here: ${messageOf(error)}.`,
  );
});
