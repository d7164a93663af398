// The dark or light theme: the system's, until the user presses the button. The choice is stored if the browser allows it.

import { byId } from "./dom.js";

const STORAGE_KEY = "runtail-theme";

function loadTheme() {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null; // storage may be forbidden: then the choice lasts as long as the page
  }
}

function storeTheme(theme) {
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // as above
  }
}

// Start the button #theme, which is hidden until then. `onChange` is called at once and whenever colours change.
export function startTheme(onChange) {
  const button = byId("theme");
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const { dataset } = document.documentElement;
  const isDark = () => (dataset.theme ?? (systemDark.matches ? "dark" : "light")) === "dark";
  const update = () => {
    button.title = `Switch to the ${isDark() ? "light" : "dark"} theme (t)`;
    button.setAttribute("aria-label", button.title);
    onChange();
  };
  const stored = loadTheme();
  if (stored === "dark" || stored === "light") dataset.theme = stored;
  button.addEventListener("click", () => {
    dataset.theme = isDark() ? "light" : "dark";
    storeTheme(dataset.theme);
    update();
  });
  systemDark.addEventListener("change", update);
  printInLightTheme(dataset, onChange);
  button.hidden = false;
  update();
}

function printInLightTheme(dataset, onChange) {
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
