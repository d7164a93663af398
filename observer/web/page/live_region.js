// What somebody hears who does not see the page: now and then, in a few words, never each event.

import { byId, say } from "./dom.js";
import { clean } from "./sanitize.js";
import { toolName } from "./labels.js";
import { headline, isTrouble } from "./describe.js";
import { textOf } from "./event.js";
import { plural } from "./units.js";

const EVERY_MS = 10_000;

export class Announcer {
  constructor() {
    this.place = byId("said");
    this.fresh = 0;
    this.urgent = null;
    setInterval(() => this.speak(), EVERY_MS);
  }

  take(events) {
    for (const event of events) {
      this.fresh += 1;
      if (isTrouble(event) || event.type === "complete" || event.type === "progress" || event.type === "session_start") {
        this.urgent = event.type === "tool_result" ? `${toolName(textOf(event.data, "name"))}: ${textOf(event.data, "status")}` : headline(event);
      }
    }
  }

  speak() {
    if (!this.fresh) return;
    say(this.place, clean([plural(this.fresh, "new event"), this.urgent].filter(Boolean).join(". ").slice(0, 240)));
    this.fresh = 0;
    this.urgent = null;
  }

  // Say something at once.
  now(text) {
    this.place.textContent = "";
    this.place.textContent = text;
  }
}
