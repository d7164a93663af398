// Keyboard shortcuts, and the sheet that tells them.

import { byId, element } from "./dom.js";

const SAID = [
  [["j", "↓"], "next event"], [["k", "↑"], "previous event"], [["Enter", "o"], "open or close it"], [["c"], "copy the link to it"],
  [["e"], "next error"], [["Shift e"], "previous error"], [["g", "Home"], "the beginning of the run"], [["G", "End"], "the end, and follow"],
  [["f", "Space"], "follow or pause"], [["/"], "search"], [["Esc"], "clear search and filters"], [["T"], "timeline: ← → Enter + −"],
  [["]", "["], "next, previous run"], [["r"], "list of runs"], [["t"], "dark or light"], [["?"], "this sheet"],
];

// `does` has a function for each key, as the browser names it.
export function startKeys(does) {
  const sheet = startSheet();
  const all = { ...does, "?": () => sheet.showModal() };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || sheet.open) return;
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (typing && event.key !== "Escape") return;
    if ((event.key === "Enter" || event.key === " ") && event.target.closest("button, a, summary, input")) return;
    if (event.target.closest("canvas, pre[tabindex]") && /^Arrow|Home|End|Enter|Page/.test(event.key)) return;
    const work = Object.hasOwn(all, event.key) ? all[event.key] : null;
    if (!work) return;
    event.preventDefault();
    work(event);
  });
}

function startSheet() {
  const sheet = byId("sheet");
  const close = element("button", { type: "button", class: "quiet", "aria-label": "Close" }, "✕");
  const rows = SAID.map(([keys, what]) => element("div", {}, element("dt", {}, ...keys.flatMap((key, at) => [at ? " " : null, element("kbd", {}, key)])), element("dd", {}, what)));
  sheet.append(element("header", {}, element("h2", { id: "sheet-title" }, "Keyboard shortcuts"), close), element("dl", {}, ...rows));
  close.addEventListener("click", () => sheet.close());
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  byId("help").addEventListener("click", () => sheet.showModal());
  return sheet;
}
