// The log: only the rows that are in sight are in the document, so that its length does not matter.

import { element, framed } from "./dom.js";
import { Heights } from "./row_heights.js";
import { rowElement } from "./table_row.js";
import { rows } from "./report_data.js";
import { plural } from "./units.js";

const AHEAD = 700; // pixels beyond the window that are ready for the next turn of the wheel
const PRINTED = 2000;
const OPEN_GUESS = 180;

export class Log {
  constructor() {
    this.before = element("li", { class: "space", "aria-hidden": "true", role: "presentation" });
    this.after = element("li", { class: "space", "aria-hidden": "true", role: "presentation" });
    this.list = element("ol", { class: "rows", "aria-label": "Events" }, this.before, this.after);
    this.none = element("p", { class: "note none", hidden: true }, "Nothing fits these filters.");
    this.unprinted = element("p", { class: "note", hidden: true });
    this.element = element("div", {}, this.list, this.none, this.unprinted);
    this.shown = rows.map((_, at) => at);
    this.open = new Set();
    this.made = new Map();
    this.current = 0; // the place that the keyboard is at
    this.wanted = "";
    this.heights = new Heights(rows.length, 30);
    this.later = framed(() => this.render());
    addEventListener("scroll", this.later, { passive: true });
    addEventListener("resize", () => this.remeasure());
    addEventListener("beforeprint", () => this.print());
    addEventListener("afterprint", () => {
      this.unprinted.hidden = true;
      this.render();
    });
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("keydown", (event) => this.pressed(event));
  }

  // Show these rows. Of more rows than before, what somebody looked at stays in sight; of fewer, the first ones are.
  show(shown, wanted) {
    const looked = this.touched && shown.length > this.shown.length ? shown.indexOf(this.shown[this.current]) : -1;
    this.shown = shown;
    this.wanted = wanted;
    this.current = Math.max(0, looked);
    this.none.hidden = shown.length > 0;
    this.forget();
    this.arrange();
    this.render();
    const above = this.list.getBoundingClientRect().top - (this.ceiling?.() ?? 0);
    if (looked >= 0) this.reveal(looked, "middle");
    else if (above < 0) scrollBy({ top: above, behavior: "instant" });
  }

  arrange() {
    const usual = parseFloat(getComputedStyle(this.list).getPropertyValue("--row")) || 30;
    this.heights.arrange(this.shown, (at) => (this.open.has(at) ? OPEN_GUESS : usual));
  }

  remeasure() {
    this.heights.known.fill(0);
    this.arrange();
    this.render();
  }

  forget() {
    for (const made of this.made.values()) made.remove();
    this.made.clear();
  }

  toggle(place) {
    const at = this.shown[place];
    if (!this.open.delete(at)) this.open.add(at);
    this.again(place);
  }

  openAll(opened) {
    this.open = new Set(opened ? this.shown : []);
    this.forget();
    this.heights.known.fill(0);
    this.arrange();
    this.render();
  }

  // Make a row anew.
  again(place) {
    const focused = this.made.get(place)?.contains(document.activeElement);
    this.made.get(place)?.remove();
    this.made.delete(place);
    this.heights.known[this.shown[place]] = 0;
    this.arrange();
    this.render();
    if (focused) this.focus(place);
  }

  render(printed = 0) {
    const top = -this.list.getBoundingClientRect().top;
    const first = printed ? 0 : this.heights.placeAt(Math.max(0, top - AHEAD));
    const end = printed || this.heights.placeAt(Math.max(0, top + innerHeight + AHEAD)) + 1;
    const last = Math.min(this.shown.length, end);
    for (const [place, made] of this.made) {
      if (place < first || place >= last) {
        made.remove();
        this.made.delete(place);
      }
    }
    let next = this.before;
    for (let place = first; place < last; place += 1) {
      if (!this.made.has(place)) {
        this.made.set(place, this.make(place));
        next.after(this.made.get(place));
      }
      next = this.made.get(place);
    }
    this.settle(first, last);
    if (this.measure(first, last, top)) this.settle(first, last);
    this.rove(first, last);
  }

  // Paper has no scroll bar: the first rows are all there, and how many are not is said.
  print() {
    this.unprinted.textContent = `… ${plural(this.shown.length - PRINTED, "more row")} of the log, not printed`;
    this.unprinted.hidden = this.shown.length <= PRINTED;
    this.render(PRINTED);
  }

  settle(first, last) {
    const { offsets, total } = this.heights;
    this.before.style.height = `${offsets[Math.min(first, offsets.length - 1)]}px`;
    this.after.style.height = `${Math.max(0, total - offsets[Math.min(last, offsets.length - 1)])}px`;
  }

  // Measure what is new; when it stands above the window, scroll by the difference so that nothing jumps.
  measure(first, last, top) {
    let changed = false;
    let above = 0;
    for (let place = first; place < last; place += 1) {
      const at = this.shown[place];
      if (this.heights.known[at]) continue;
      const height = this.made.get(place).getBoundingClientRect().height;
      const guessed = this.heights.offsets[place + 1] - this.heights.offsets[place];
      this.heights.known[at] = height;
      if (Math.abs(height - guessed) < 0.5) continue;
      changed = true;
      if (this.heights.offsets[place + 1] < top) above += height - guessed;
    }
    if (changed) this.arrange();
    if (above) scrollBy({ top: above, behavior: "instant" });
    return changed;
  }

  make(place) {
    const at = this.shown[place];
    const state = { open: this.open.has(at), place, size: this.shown.length, current: place === this.current, wanted: this.wanted };
    const made = rowElement(rows[at], state);
    made.dataset.place = place;
    if (at === this.aim) made.classList.add("aim");
    return made;
  }

  // One row is in the tab order: the current one, or the first in sight.
  rove(first, last) {
    const chosen = this.current >= first && this.current < last ? this.current : first;
    for (const [place, made] of this.made) made.firstChild.tabIndex = place === chosen ? 0 : -1;
  }

  clicked(event) {
    const head = event.target.closest(".head");
    if (!head) return;
    this.current = Number(head.parentElement.dataset.place);
    this.touched = true;
    this.toggle(this.current);
  }

  pressed(event) {
    const head = event.target.closest(".head");
    if (!head || event.altKey || event.ctrlKey || event.metaKey) return;
    const place = Number(head.parentElement.dataset.place);
    const page = Math.max(1, Math.floor(innerHeight / 40) - 4);
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.focus(Math.min(this.shown.length - 1, Math.max(0, place + steps[event.key])));
  }

  focus(place) {
    this.current = place;
    this.touched = true;
    this.reveal(place, "nearest");
    this.made.get(place)?.firstChild.focus({ preventScroll: true });
  }

  // Scroll until the row is in sight. The first time lands where the guesses say, the next ones where it is.
  reveal(place, where) {
    for (let turn = 0; turn < 4; turn += 1) {
      const listTop = this.list.getBoundingClientRect().top;
      const top = listTop + this.heights.offsets[place];
      const bottom = listTop + this.heights.offsets[place + 1];
      const ceiling = this.ceiling?.() ?? 0;
      const nearest = Math.max(ceiling + 4, Math.min(top, innerHeight - (bottom - top) - 8));
      const goal = where === "middle" ? ceiling + (innerHeight - ceiling) * 0.25 : nearest;
      if (Math.abs(top - goal) > 1) scrollBy({ top: top - goal, behavior: "instant" });
      this.render();
    }
  }

  // Show a row and open it; returns whether it is among those shown.
  jump(at) {
    const place = this.shown.indexOf(at);
    if (place < 0) return false;
    const before = this.shown.indexOf(this.aim);
    this.aim = at;
    this.open.add(at);
    if (before >= 0) this.again(before);
    this.again(place);
    this.current = place;
    this.reveal(place, "middle");
    this.focus(place);
    return true;
  }
}
