// The menu by which the run and its reports are saved: the server makes them.

import { buildUrl, runPath } from "./api.js";
import { byId } from "./dom.js";

export function startSaveMenu(currentRun) {
  const menu = byId("save-menu");
  const [file, html, markdown] = menu.querySelectorAll("a");
  menu.addEventListener("beforetoggle", () => {
    const run = currentRun();
    file.href = runPath(run, "file");
    html.href = buildUrl(runPath(run, "report"), { format: "html" });
    markdown.href = buildUrl(runPath(run, "report"), { format: "md" });
  });
  menu.addEventListener("click", () => menu.hidePopover());
}
