// The dark or light theme: the system's, until the user presses the button. The choice is stored if the browser allows
// it.

import { byId } from "./dom.js";
import { loadChoice, storeChoice } from "./storage.js";

const STORAGE_KEY = "runtail-theme";
const { dataset } = document.documentElement;
const stored = loadChoice(STORAGE_KEY);
if (stored === "dark" || stored === "light") dataset.theme = stored; // before anything is drawn

// Start the button #theme. `onChange` is called at once and whenever colours change.
/** @param {() => void} onChange */
export function startTheme(onChange) {
  const button = byId("theme");
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (dataset.theme ?? (systemDark.matches ? "dark" : "light")) === "dark";
  const update = () => {
    button.title = `Switch to the ${isDark() ? "light" : "dark"} theme (t)`;
    button.setAttribute("aria-label", button.title);
    onChange();
  };
  button.addEventListener("click", () => {
    dataset.theme = isDark() ? "light" : "dark";
    storeChoice(STORAGE_KEY, dataset.theme);
    update();
  });
  systemDark.addEventListener("change", update);
  printInLightTheme(onChange);
  update();
}

/** @param {() => void} onChange */
function printInLightTheme(onChange) {
  /** @type {string | undefined} */
  let themeOnScreen;
  addEventListener("beforeprint", () => {
    themeOnScreen = dataset.theme;
    dataset.theme = "light";
    onChange();
  });
  addEventListener("afterprint", () => {
    if (themeOnScreen === undefined) delete dataset.theme;
    else dataset.theme = themeOnScreen;
    onChange();
  });
}
