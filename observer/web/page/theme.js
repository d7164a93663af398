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

// `changed` is called when other colours hold, at once. Without this script there is nothing that the button could do.
export function startTheme(changed) {
  const button = byId("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const { dataset } = document.documentElement;
  const dark = () => (dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const tell = () => {
    button.title = `Switch to the ${dark() ? "light" : "dark"} theme (t)`;
    button.setAttribute("aria-label", button.title);
    changed();
  };
  const before = remembered();
  if (before === "dark" || before === "light") dataset.theme = before;
  button.addEventListener("click", () => {
    dataset.theme = dark() ? "light" : "dark";
    remember(dataset.theme);
    tell();
  });
  system.addEventListener("change", tell);
  startPaper(dataset, changed);
  button.hidden = false;
  tell();
}

// Paper is white.
function startPaper(dataset, changed) {
  let before;
  addEventListener("beforeprint", () => {
    before = dataset.theme;
    dataset.theme = "light";
    changed();
  });
  addEventListener("afterprint", () => {
    if (before === undefined) delete dataset.theme;
    else dataset.theme = before;
    changed();
  });
}
