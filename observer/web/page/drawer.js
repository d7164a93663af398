// The list of runs as a drawer, on a narrow screen.

import { byId, findIn } from "./dom.js";

export function startDrawer() {
  const [runs, backdrop, openButton, closeButton] = ["runs", "backdrop", "open-runs", "close-runs"].map(byId);
  const narrow = matchMedia("(max-width: 820px)");
  /** @param {boolean} isOpen */
  const setOpen = (isOpen) => {
    runs.classList.toggle("shown", isOpen);
    backdrop.hidden = !isOpen;
    openButton.setAttribute("aria-expanded", String(isOpen));
    findIn(document, "main").inert = isOpen;
  };
  const open = () => {
    if (!narrow.matches) return;
    setOpen(true);
    const selected = /** @type {HTMLElement | null} */ (runs.querySelector("[aria-current=true]"));
    (selected ?? closeButton).focus();
  };
  // Close the drawer and return whether it was open.
  const close = () => {
    const wasOpen = runs.classList.contains("shown");
    setOpen(false);
    if (wasOpen) openButton.focus();
    return wasOpen;
  };
  openButton.addEventListener("click", open);
  closeButton.addEventListener("click", close);
  backdrop.addEventListener("click", close);
  narrow.addEventListener("change", () => setOpen(false));
  return { open, close };
}
