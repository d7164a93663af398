// Following the end of the run, or not: scrolling up pauses, scrolling down to the end or the button goes on.

import { byId, element, say } from "./dom.js";
import { plural } from "./units.js";

export class Follow {
  // `toEnd()` is called to bring the end of the run into sight.
  constructor(log, toEnd) {
    this.log = log;
    this.toEnd = toEnd;
    this.new = 0;
    this.top = this.height = 0; // of the box, when it was looked at last
    this.button = byId("to-end");
    this.button.addEventListener("click", () => this.toEnd());
    this.toggleButton = element("button", { type: "button", class: "quiet", title: "Follow what is written, or pause (f)" }, "Follow");
    this.toggleButton.addEventListener("click", () => this.toggle());
    this.show();
  }

  get following() {
    return this.log.following;
  }

  set following(value) {
    this.log.following = value;
  }

  // The box moved: up by somebody's hand, if there is no less to see; down, unless the log did it to keep its place.
  scrolled(attached) {
    const { scrollTop, scrollHeight } = this.log.box;
    const byHand = scrollTop !== this.log.placed;
    this.log.placed = null;
    if (this.following && !this.log.atEnd && scrollTop < this.top && scrollHeight >= this.height) this.pause();
    else if (!this.following && attached && this.log.atEnd && scrollTop > this.top && byHand) this.resume();
    this.top = scrollTop;
    this.height = scrollHeight;
  }

  pause() {
    this.following = false;
    this.log.remember();
    this.show();
  }

  resume() {
    this.following = true;
    this.new = 0;
    this.show();
    this.log.toEnd();
  }

  toggle() {
    if (this.following) this.pause();
    else this.toEnd();
  }

  // So many events came: those that somebody who does not follow has missed are counted.
  came(number) {
    if (this.following) return;
    this.new += number;
    this.show();
  }

  show() {
    this.button.hidden = this.following;
    say(this.button, this.new ? `↓ ${plural(this.new, "new event")}` : "↓ To the end");
    this.toggleButton.setAttribute("aria-pressed", String(this.following));
    say(this.toggleButton, this.following ? "Following" : "Paused");
  }
}
