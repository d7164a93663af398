// The banner with messages of the page itself: a lost connection, a replaced run file, an error.

import { byId, element } from "./dom.js";
/** @import { Action } from "./types.d.ts" */

const BRIEF_MS = 4000;

export class Banner {
  constructor() {
    this.element = byId("banner");
  }

  // Show a message until another one replaces it. `role` is its colour, `action` is [label, function] for a button
  // beside it.
  /** @param {string} text @param {string} [role] @param {Action | null} [action] */
  show(text, role = "warning", action = null) {
    clearTimeout(this.timer);
    this.element.className = role;
    const shown = this.element.firstElementChild;
    const hasButton = Boolean(shown?.nextElementSibling);
    if (shown?.textContent !== text || hasButton !== (action !== null)) {
      this.element.replaceChildren(element("span", {}, text), ...(action ? [createButton(action)] : []));
    }
    this.element.hidden = false;
  }

  /** @param {string} text @param {string} [role] */
  showBriefly(text, role = "good") {
    this.show(text, role);
    this.timer = setTimeout(() => this.hide(), BRIEF_MS);
  }

  hide() {
    clearTimeout(this.timer);
    this.element.hidden = true;
  }
}

/** @param {Action} action */
function createButton([label, act]) {
  const button = element("button", { type: "button" }, label);
  button.addEventListener("click", act);
  return button;
}
