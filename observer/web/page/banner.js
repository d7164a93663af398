// What the page itself has to say: that the server is gone or back, that a run began anew, what is wrong.

import { byId, element } from "./dom.js";

const BRIEF_MS = 4000;

export class Notice {
  constructor() {
    this.place = byId("notice");
  }

  // Say it until something else is said; `role` is its colour, `action` [label, work] a button beside it.
  show(text, role = "warning", action = null) {
    clearTimeout(this.timer);
    this.place.className = role;
    const button = action && element("button", { type: "button" }, action[0]);
    button?.addEventListener("click", action[1]);
    if (this.place.firstChild?.textContent !== text || !button !== !this.place.lastChild?.matches?.("button")) this.place.replaceChildren(element("span", {}, text), ...(button ? [button] : []));
    this.place.hidden = false;
  }

  // Say it for a moment.
  brief(text, role = "good") {
    this.show(text, role);
    this.timer = setTimeout(() => this.hide(), BRIEF_MS);
  }

  hide() {
    clearTimeout(this.timer);
    this.place.hidden = true;
  }
}
