// Entry point of the HTML report: connects its parts.

import { byId, element } from "./dom.js";
import { EventTable } from "./event_table.js";
import { startChart } from "./line_chart.js";
import { report, rowOfLine, rows } from "./report_data.js";
import { ReportFilter } from "./report_filter.js";
import { ReportTimeline, TOOL_HUES } from "./report_timeline.js";
import { startTheme } from "./theme.js";
import { startTimelineInput } from "./timeline_input.js";
import { TimelineOverview } from "./timeline_overview.js";
import { HUES } from "./timeline_paint.js";
import { formatCount, formatMoney, formatNumber, formatOffset } from "./units.js";

const CLOCK_LETTER = 7.3; // pixels of a letter in the column of times

const filter = new ReportFilter((indexes, text) => table.show(indexes, text));
const table = new EventTable(() => Math.max(0, filter.element.getBoundingClientRect().bottom));

function startLog() {
  byId("log-view").replaceChildren(filter.element, table.element);
  filter.expandAll.addEventListener("click", () => {
    const open = filter.expandAll.textContent === "Expand all";
    filter.expandAll.textContent = open ? "Collapse all" : "Expand all";
    table.setAllOpen(open);
  });
  table.show(table.shown, "");
  filter.showCount(rows.length);
}

// Each line of the run file has an address, #L345: links, the timeline and the Back button use it.
function goToHash() {
  const match = /^#L(\d+)$/.exec(location.hash);
  if (!match || !rows.length) return;
  const index = rowOfLine(Number(match[1]));
  if (index >= 0 && !table.goTo(index)) {
    filter.reset();
    table.goTo(index);
  }
}

function goToLine(line) {
  if (location.hash === `#L${line}`) goToHash();
  else location.hash = `L${line}`;
}

function startTimeline() {
  const created = new ReportTimeline();
  const section = byId("timeline-view");
  if (!created.lanes.length) {
    section.replaceChildren(element("p", { class: "note" }, "There are no sessions or tool calls to draw."));
  } else {
    const help = "Drag to pan; Ctrl + wheel, pinch, + and − zoom; arrow keys move between bars, Enter shows the event in the log.";
    created.element.prepend(new TimelineOverview(created).canvas);
    section.replaceChildren(created.element, createLegend(), element("p", { class: "note", id: "timeline-keys" }, help));
    startTimelineInput(created, (bar) => goToLine(bar.line));
    document.querySelector(".tools").hidden = false;
  }
  return created;
}

function createLegend() {
  const entry = (look, label) => element("li", {}, element("span", { class: `swatch ${look}` }), label);
  const tools = [...TOOL_HUES].slice(0, HUES).map(([name, hue]) => entry(`tool-${hue}`, name));
  return element("ul", { class: "legend", "aria-label": "Colours" }, ...tools, entry("session", "session, subagent"), entry("text", "model output"), entry("bad", "failed"), entry("blocked", "blocked"));
}

// The column of times is as wide as the longest one.
document.documentElement.style.setProperty("--clock", `${Math.ceil((formatOffset(report.end).length + 1) * CLOCK_LETTER)}px`);
startLog();
const timeline = startTimeline();
startTheme(() => timeline.recolor());
const valueWords = { progress: (value) => `${formatNumber(value)} passing`, cost: formatMoney, tokens: formatCount };
for (const figure of document.querySelectorAll("[data-chart]")) startChart(figure, report[figure.dataset.chart], valueWords[figure.dataset.chart]);
addEventListener("hashchange", goToHash);
const keyActions = { "/": () => filter.search.focus(), t: () => byId("theme").click() };
document.addEventListener("keydown", (event) => {
  if (!Object.hasOwn(keyActions, event.key) || event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
  event.preventDefault();
  keyActions[event.key]();
});
goToHash();
