// The banner with messages of the page itself: a lost connection, a replaced run file, an error.

import { byId, element } from "./dom.js";

const BRIEF_MS = 4000;

export class Banner {
  constructor() {
    this.element = byId("banner");
  }

  // Show a message until another one replaces it. `role` is its colour, `action` is [label, function] for a button
  // beside it.
  show(text, role = "warning", action = null) {
    clearTimeout(this.timer);
    this.element.className = role;
    const button = action && element("button", { type: "button" }, action[0]);
    button?.addEventListener("click", action[1]);
    const hasButton = Boolean(this.element.lastChild?.matches?.("button"));
    if (this.element.firstChild?.textContent !== text || Boolean(button) !== hasButton) {
      this.element.replaceChildren(element("span", {}, text), ...(button ? [button] : []));
    }
    this.element.hidden = false;
  }

  showBriefly(text, role = "good") {
    this.show(text, role);
    this.timer = setTimeout(() => this.hide(), BRIEF_MS);
  }

  hide() {
    clearTimeout(this.timer);
    this.element.hidden = true;
  }
}
