// Keyboard shortcuts, and the dialog that lists them.

import { byId, closest, dialogById, element } from "./dom.js";

/** @type {[keys: string[], text: string][]} */
const HELP = [
  [["j", "↓"], "next event"],
  [["k", "↑"], "previous event"],
  [["Enter", "o"], "expand or collapse"],
  [["c"], "copy link"],
  [["n", "Shift n"], "next, previous hit"],
  [["e"], "next error"],
  [["Shift e"], "previous error"],
  [["g", "Home"], "start of the run"],
  [["G", "End"], "end of the run, follow"],
  [["f", "Space"], "follow or pause"],
  [["/"], "search"],
  [["Esc"], "clear search and filters"],
  [["T"], "timeline: ← → Enter + −"],
  [["]", "["], "next, previous run"],
  [["r"], "list of runs"],
  [["a"], "search in all runs"],
  [["x"], "select a run"],
  [["C"], "compare two runs"],
  [["s"], "summary"],
  [["O"], "outline"],
  [["t"], "dark or light theme"],
  [["z"], "local time or UTC"],
  [["?"], "this help"],
];

// Keys that scroll a document or press what has the focus.
const NATIVE = /^(?:Arrow|Home|End|Enter|Page| )/;
// The browser's names of keys.
/** @type {Record<string, string>} */
const KEYS = { "↓": "ArrowDown", "↑": "ArrowUp", "Shift e": "E", Space: " ", Esc: "Escape" };

// `actions` has a function for each key, by the browser's name of it. Outside of `log`, if there is something outside,
// those of a browser are left to it.
/** @param {Record<string, () => void>} actions @param {Node} [log] */
export function startKeyboard(actions, log = document) {
  /** @type {Record<string, () => void>} */
  const allActions = { ...actions, "?": () => dialog.showModal() };
  const dialog = createHelpDialog(allActions);
  document.addEventListener("keydown", (event) => {
    if (
      event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || document.querySelector("dialog[open]")
    ) return;
    const isTyping = closest(event, "input:not([type=checkbox]), select, textarea");
    if (isTyping && event.key !== "Escape") return;
    if ((event.key === "Enter" || event.key === " ") && closest(event, "button, a, summary, input")) return;
    if (closest(event, "canvas, pre[tabindex]") && /^Arrow|Home|End|Enter|Page/.test(event.key)) return;
    if (NATIVE.test(event.key) && !(event.target instanceof Node && log.contains(event.target))) return;
    const action = Object.hasOwn(allActions, event.key) ? allActions[event.key] : null;
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** @param {Record<string, () => void>} actions */
function createHelpDialog(actions) {
  const dialog = dialogById("shortcuts");
  const close = element("button", { type: "button", class: "quiet", "aria-label": "Close" }, "✕");
  const rows = HELP.filter(([[key]]) => Object.hasOwn(actions, KEYS[key] ?? key)).map(([keys, text]) =>
    element(
      "div",
      {},
      element("dt", {}, ...keys.flatMap((key, index) => [index ? " " : null, element("kbd", {}, key)])),
      element("dd", {}, text),
    )
  );
  dialog.append(
    element("header", {}, element("h2", { id: "shortcuts-title" }, "Keyboard shortcuts"), close),
    element("dl", {}, ...rows),
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  byId("help").addEventListener("click", () => dialog.showModal());
  return dialog;
}
