// The menu by which the run and its reports are saved: the server makes them.

import { buildUrl, runPath } from "./api.js";
import { byId } from "./dom.js";

// Return a function that lets the menu offer a run, by its name.
export function startSaveMenu() {
  const menu = byId("save-menu");
  const [file, html, markdown] = menu.querySelectorAll("a");
  menu.addEventListener("click", () => menu.hidePopover());
  return (/** @type {string} */ run) => {
    file.href = runPath(run, "file");
    html.href = buildUrl(runPath(run, "report"), { format: "html" });
    markdown.href = buildUrl(runPath(run, "report"), { format: "md" });
  };
}
