// Puts the parts together.

import { startChart } from "./line_chart.js";
import { byId, element } from "./dom.js";
import { FilterBar, fits } from "./report_filter.js";
import { startGestures } from "./timeline_input.js";
import { Log } from "./event_table.js";
import { Overview } from "./timeline_overview.js";
import { HUES } from "./timeline_paint.js";
import { Picture, TOOL_HUES } from "./report_timeline.js";
import { rowOfLine, rows, story } from "./report_data.js";
import { startTheme } from "./theme.js";
import { count, money } from "./units.js";

const log = new Log();
const bar = new FilterBar((wish) => {
  const shown = [];
  for (let at = 0; at < rows.length; at += 1) if (fits(at, wish)) shown.push(at);
  log.show(shown, wish.text);
  bar.tell(shown.length);
});

function startLog() {
  const view = byId("log-view");
  view.replaceChildren(bar.element, log.element);
  log.ceiling = () => Math.max(0, bar.element.getBoundingClientRect().bottom);
  bar.all.addEventListener("click", () => {
    const opened = bar.all.textContent === "Expand all";
    bar.all.textContent = opened ? "Collapse all" : "Expand all";
    log.openAll(opened);
  });
  log.show(log.shown, "");
  bar.tell(rows.length);
}

// Every line of the run file has an address, #L345: links, the picture and the Back button all go by it.
function jumpToHash() {
  const line = /^#L(\d+)$/.exec(location.hash);
  if (!line || !rows.length) return;
  const at = rowOfLine(Number(line[1]));
  if (at >= 0 && !log.jump(at)) {
    bar.reset();
    log.jump(at);
  }
}

function jump(line) {
  if (location.hash === `#L${line}`) jumpToHash();
  else location.hash = `L${line}`;
}

function startPicture() {
  const picture = new Picture();
  const place = byId("picture");
  if (!picture.lanes.length) {
    place.replaceChildren(element("p", { class: "note" }, "No sessions and no tools: there is nothing to draw."));
  } else {
    const help = "Drag to move; Ctrl and the wheel, pinch, + and − zoom; arrow keys go from bar to bar, Enter shows it in the log.";
    picture.element.prepend(new Overview(picture).canvas);
    place.replaceChildren(picture.element, legend(), element("p", { class: "note", id: "picture-keys" }, help));
    startGestures(picture, (found) => jump(found.line));
    document.querySelector(".tools").hidden = false;
  }
  return picture;
}

function legend() {
  const entry = (name, said) => element("li", {}, element("span", { class: `swatch ${name}` }), said);
  const tools = [...TOOL_HUES].slice(0, HUES).map(([name, hue]) => entry(`tool-${hue}`, name));
  return element("ul", { class: "legend", "aria-label": "Colours" }, ...tools, entry("session", "session, subagent"), entry("text", "model writes"), entry("bad", "failed"), entry("blocked", "blocked"));
}

startLog();
const picture = startPicture();
startTheme(() => picture.recolor());
const figures = { progress: (value) => `${count(value)} passing`, cost: money };
for (const figure of document.querySelectorAll("[data-chart]")) startChart(figure, story[figure.dataset.chart], figures[figure.dataset.chart]);
addEventListener("hashchange", jumpToHash);
const keys = { "/": () => bar.search.focus(), t: () => byId("theme").click() };
document.addEventListener("keydown", (event) => {
  if (!Object.hasOwn(keys, event.key) || event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
  event.preventDefault();
  keys[event.key]();
});
jumpToHash();
