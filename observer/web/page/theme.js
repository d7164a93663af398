// Dark or light: as the system says, until somebody presses the button; that is remembered where the browser lets us.

import { byId } from "./dom.js";

const KEPT = "runtail-theme";

function remembered() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // storage may be forbidden: then the choice lasts as long as the page
  }
}

function remember(theme) {
  try {
    localStorage.setItem(KEPT, theme);
  } catch {
    // as above
  }
}

export function startTheme(changed) {
  const button = byId("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const tell = () => {
    button.title = `Switch to the ${dark() ? "light" : "dark"} theme (t)`;
    button.setAttribute("aria-label", button.title);
    changed();
  };
  const before = remembered();
  if (before === "dark" || before === "light") root.dataset.theme = before;
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    remember(root.dataset.theme);
    tell();
  });
  system.addEventListener("change", tell);
  tell();
}
