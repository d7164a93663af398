// Announces events to screen readers: from time to time and in a few words, never each event.

import { byId, setText } from "./dom.js";
import { lineOf } from "./row.js";
import { clean } from "./sanitize.js";
import { pluralize } from "./units.js";
/** @import { EventRecord } from "./types.d.ts" */

const INTERVAL_MS = 10_000;
const MAX_TEXT = 240; // characters
const NOTABLE_TYPES = new Set(["complete", "progress", "session_start"]);

export class LiveRegion {
  constructor() {
    this.element = byId("announcements");
    this.newEvents = 0;
    this.notable = null; // the last notable event, in words
    setInterval(() => this.announce(), INTERVAL_MS);
  }

  /** @param {EventRecord[]} events */
  add(events) {
    for (const event of events) {
      this.newEvents += 1;
      if (event.trouble || NOTABLE_TYPES.has(event.kind)) this.notable = lineOf(event);
    }
  }

  announce() {
    if (!this.newEvents) return;
    setText(
      this.element,
      clean([pluralize(this.newEvents, "new event"), this.notable].filter(Boolean).join(". ").slice(0, MAX_TEXT)),
    );
    this.newEvents = 0;
    this.notable = null;
  }

  /** @param {string} text */
  announceNow(text) {
    this.element.textContent = "";
    this.element.textContent = text;
  }
}
