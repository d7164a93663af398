// On a narrow screen the list of runs is a drawer.

import { byId } from "./dom.js";

export function startDrawer() {
  const [runs, veil, opener, closer] = ["runs", "veil", "open-runs", "close-runs"].map(byId);
  const narrow = matchMedia("(max-width: 820px)");
  const show = (shown) => {
    runs.classList.toggle("shown", shown);
    veil.hidden = !shown;
    opener.setAttribute("aria-expanded", String(shown));
    document.querySelector("main").inert = shown;
  };
  const open = () => {
    if (!narrow.matches) return;
    show(true);
    (runs.querySelector("[aria-current=true]") ?? closer).focus();
  };
  // Returns whether there was anything to close.
  const close = () => {
    const shown = runs.classList.contains("shown");
    show(false);
    if (shown) opener.focus();
    return shown;
  };
  opener.addEventListener("click", open);
  closer.addEventListener("click", close);
  veil.addEventListener("click", close);
  narrow.addEventListener("change", () => show(false));
  return { open, close };
}
