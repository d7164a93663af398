// Follows the end of the run: scrolling up pauses, scrolling to the end or a button resumes.

import { byId, element, setText } from "./dom.js";
import { pluralize } from "./units.js";
/** @import { LogView } from "./log_view.js" */

export class Autoscroll {
  // `goToEnd()` is called to show the end of the run.
  /** @param {LogView} log @param {() => void} goToEnd */
  constructor(log, goToEnd) {
    this.log = log;
    this.goToEnd = goToEnd;
    this.unseenEvents = 0; // that came while paused
    this.over = false; // whether nothing will come any more
    this.endButton = byId("to-end");
    this.endButton.addEventListener("click", () => this.goToEnd());
    this.toggleButton = element(
      "button",
      { type: "button", class: "quiet", title: "Follow new events, or pause (f)" },
      "Follow",
    );
    this.toggleButton.addEventListener("click", () => this.toggle());
    this.update();
  }

  get following() {
    return this.log.following;
  }

  // The box scrolled. Up pauses: a log that gets shorter is still at its end. Down to the end resumes, unless the log
  // itself scrolled. `attached` says whether the log ends where the run does.
  /** @param {boolean | undefined} attached */
  scrolled(attached) {
    const { scrollTop } = this.log.box;
    const byUser = scrollTop !== this.log.ownScrollTop;
    const top = this.log.lastScrollTop;
    this.log.ownScrollTop = null;
    if (this.following && !this.log.atEnd && scrollTop < top) this.pause();
    else if (!this.following && attached && this.log.atEnd && scrollTop > top && byUser) this.resume();
    this.log.rememberScroll();
  }

  pause() {
    this.log.following = false;
    this.log.saveAnchor();
    this.update();
  }

  resume() {
    this.log.following = true;
    this.unseenEvents = 0;
    this.update();
    this.log.scrollToEnd();
  }

  toggle() {
    if (this.following && !this.over) this.pause();
    else this.goToEnd();
  }

  // Set whether the run is over: there is nothing to follow then.
  /** @param {boolean} over */
  setOver(over) {
    this.over = over;
    this.update();
  }

  /** @param {number} events */
  countNew(events) {
    if (this.following) return;
    this.unseenEvents += events;
    this.update();
  }

  update() {
    this.endButton.hidden = this.following;
    setText(this.endButton, this.unseenEvents ? `↓ ${pluralize(this.unseenEvents, "new event")}` : "↓ To the end");
    this.toggleButton.hidden = this.over;
    this.toggleButton.setAttribute("aria-pressed", String(this.following));
    setText(this.toggleButton, this.following ? "Following" : "Paused");
  }
}
