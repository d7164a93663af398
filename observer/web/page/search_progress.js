// Says how far a search is, and for what, as long as it lasts; with a button that cancels it.

import { byId, findIn, setText } from "./dom.js";
import { formatNumber } from "./units.js";

const DELAY_MS = 250; // a search that is over by then needs no message
const MB = 1_000_000;

export class SearchProgress {
  /** @param {() => void} onCancel */
  constructor(onCancel) {
    this.element = byId("search-progress");
    this.subject = findIn(this.element, ".subject");
    this.meter = findIn(this.element, ".meter");
    this.amount = findIn(this.element, "output");
    this.timer = 0;
    findIn(this.element, "button").addEventListener("click", onCancel);
  }

  // Show that `done` of `size` bytes were searched for `subject`; `size` is 0 before the first answer.
  /** @param {string} subject @param {number} done @param {number} size */
  update(subject, done, size) {
    const percent = size ? Math.min(100, Math.floor((100 * done) / size)) : 0;
    setText(this.subject, subject);
    setText(this.amount, size ? `${percent} % (${formatMB(done)} of ${formatMB(size)} MB)` : "");
    this.meter.setAttribute("aria-valuenow", String(percent));
    this.meter.style.setProperty("--share", String(percent / 100));
    this.timer ||= setTimeout(() => (this.element.hidden = false), DELAY_MS);
  }

  hide() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.element.hidden = true;
  }
}

/** @param {number} bytes */
const formatMB = (bytes) => (bytes < 10 * MB ? (bytes / MB).toFixed(1) : formatNumber(Math.round(bytes / MB)));
