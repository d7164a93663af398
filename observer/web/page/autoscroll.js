// Follows the end of the run: scrolling up pauses, scrolling to the end or a button resumes.

import { byId, element, setText } from "./dom.js";
import { pluralize } from "./units.js";

export class Autoscroll {
  // `goToEnd()` is called to show the end of the run.
  constructor(log, goToEnd) {
    this.log = log;
    this.goToEnd = goToEnd;
    this.unseenEvents = 0; // that came while paused
    this.lastTop = this.lastHeight = 0; // of the box
    this.endButton = byId("to-end");
    this.endButton.addEventListener("click", () => this.goToEnd());
    this.toggleButton = element("button", { type: "button", class: "quiet", title: "Follow new events, or pause (f)" }, "Follow");
    this.toggleButton.addEventListener("click", () => this.toggle());
    this.update();
  }

  get following() {
    return this.log.following;
  }

  // The box scrolled. Up pauses, unless there is less to see; down to the end resumes, unless the log itself scrolled. `attached`
  // says whether the log ends where the run does.
  scrolled(attached) {
    const { scrollTop, scrollHeight } = this.log.box;
    const byUser = scrollTop !== this.log.ownScrollTop;
    this.log.ownScrollTop = null;
    if (this.following && !this.log.atEnd && scrollTop < this.lastTop && scrollHeight >= this.lastHeight) this.pause();
    else if (!this.following && attached && this.log.atEnd && scrollTop > this.lastTop && byUser) this.resume();
    this.lastTop = scrollTop;
    this.lastHeight = scrollHeight;
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
    if (this.following) this.pause();
    else this.goToEnd();
  }

  countNew(events) {
    if (this.following) return;
    this.unseenEvents += events;
    this.update();
  }

  update() {
    this.endButton.hidden = this.following;
    setText(this.endButton, this.unseenEvents ? `↓ ${pluralize(this.unseenEvents, "new event")}` : "↓ To the end");
    this.toggleButton.setAttribute("aria-pressed", String(this.following));
    setText(this.toggleButton, this.following ? "Following" : "Paused");
  }
}
