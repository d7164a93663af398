// The log: the rows of the stretch that the page holds, in a box that scrolls. Whatever changes above what somebody
// reads, what they read stays where it is.

import { arrange, byId, framed } from "./dom.js";
import { RowView } from "./row_view.js";

const NEAR = 8; // pixels from the end that still count as the end
const AHEAD = 2; // screenfuls before an edge at which more is wished for

export class Log {
  // `about` is what rows share; `wants(where)` is called near an edge, "start" or "end"; `scrolled()` on every move.
  constructor(about, { wants, scrolled, act }) {
    Object.assign(this, { about, wants, scrolled, act });
    this.box = byId("log");
    this.list = byId("rows");
    this.views = new Map(); // by key
    this.kept = new Map(); // by key, what somebody opened or folded: it outlives the row
    this.current = null; // the key of the row that the keyboard is at
    this.following = true;
    this.read = null; // the row that is read, and where it stood when it was looked at last: { row, top }
    this.seen = null; // the box then: { top, width }
    this.placed = null; // where the log itself scrolled to just now: no hand did that
    this.moved = framed(() => this.look());
    this.box.addEventListener("scroll", () => {
      this.remember();
      this.scrolled();
      this.moved();
    }, { passive: true });
    new ResizeObserver(() => this.resized()).observe(this.box);
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("focusin", (event) => this.setCurrent(event.target.closest(".row")));
  }

  // Show the story anew, as after a page of older events.
  show(story) {
    this.steady(() => {
      const before = this.views;
      this.views = new Map();
      const place = (rows) => rows.map((row) => {
        const view = before.get(row.key) ?? this.make(row);
        this.views.set(row.key, view);
        view.update(row);
        if (row.children.length) view.arrange(place(row.children));
        return view.element;
      });
      arrange(this.list, place(story.rows));
    });
    story.changed();
    this.moved();
  }

  // Show what changed since the last time: what is new stands at the end of a list, that of the run or of a subagent.
  extend(story) {
    const changed = story.changed();
    if (!changed.size) return;
    this.steady(() => {
      for (const row of changed) {
        const known = this.views.get(row.key);
        if (known) known.update(row);
        else {
          const view = this.make(row);
          this.views.set(row.key, view);
        }
      }
      for (const row of changed) this.put(row);
    });
    this.moved();
  }

  // Put a new row into its list; it is the last one there, or nearly so.
  put(row) {
    const view = this.views.get(row.key);
    const holder = row.holder && this.views.get(row.holder.key);
    if (holder && !holder.list?.isConnected) holder.card();
    const list = row.holder ? holder?.list : this.list;
    if (list && view.element.parentElement !== list) {
      list.append(view.element);
      holder?.arrange([...list.children]);
    }
  }

  make(row) {
    const view = new RowView(row, this.about);
    const kept = this.kept.get(row.key);
    if (kept) {
      Object.assign(view, kept);
      view.again();
    }
    return view;
  }

  empty() {
    this.views.clear();
    this.kept.clear();
    this.current = null;
    this.list.replaceChildren();
  }

  // Do `work` so that what is in sight stays: at the end when following, else at the row that is read.
  steady(work) {
    this.remember();
    work();
    this.restore();
  }

  resized() {
    if (matchMedia("print").matches) return; // on paper nothing scrolls, and the screen comes back as it was
    if (this.following) this.toEnd();
    this.remember();
  }

  // Look at what is read; whoever follows reads the end.
  remember() {
    this.settle();
    const row = this.following ? null : this.anchor();
    this.read = row && { row, top: row.getBoundingClientRect().top };
  }

  // The box may be elsewhere or have another width, as when the timeline takes its room: what is read does not move.
  settle() {
    const { top, width } = this.box.getBoundingClientRect();
    if (!this.following && this.seen) {
      if (width !== this.seen.width) this.restore();
      else this.shift(top - this.seen.top);
    }
    this.seen = { top, width };
  }

  // Bring what is read back to where it stood.
  restore() {
    if (this.following) this.toEnd();
    else if (this.read?.row.isConnected) this.shift(this.read.row.getBoundingClientRect().top - this.read.top);
  }

  shift(by) {
    if (!by) return;
    this.box.scrollTop += by;
    this.placed = this.box.scrollTop;
  }

  // The first row in sight that will hardly go away: one of a subagent when the box stands amid them.
  anchor() {
    const top = this.box.getBoundingClientRect().top;
    let [list, found] = [this.list, null];
    while (list) {
      const row = firstBelow(list.children, top);
      if (!row) break;
      found = row;
      const nested = row.view.list;
      list = nested?.isConnected && !nested.hidden && nested.getBoundingClientRect().top < top ? nested : null;
    }
    return found;
  }

  // The rows at the top and the bottom of what is in sight.
  inSight() {
    const box = this.box.getBoundingClientRect();
    const first = this.anchor();
    const last = firstBelow(this.list.children, box.bottom - 1) ?? this.list.lastElementChild;
    return first && [first.view.row, last.view.row];
  }

  get atEnd() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight <= NEAR;
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
  }

  // Wish for more when an edge comes near.
  look() {
    const { scrollTop, clientHeight, scrollHeight } = this.box;
    if (scrollTop < AHEAD * clientHeight) this.wants("start");
    if (!this.following && scrollHeight - scrollTop - clientHeight < AHEAD * clientHeight) this.wants("end");
  }

  // How far from sight, in screenfuls, the rows are that stand before an offset ("start") or after it ("end").
  distance(offset, where) {
    const box = this.box.getBoundingClientRect();
    let least = Infinity;
    for (const { row, element } of this.views.values()) {
      if (row.children.length || !element.isConnected || (where === "start" ? row.offset >= offset : row.end < offset)) continue;
      const place = element.getBoundingClientRect();
      least = Math.min(least, where === "start" ? box.top - place.bottom : place.top - box.bottom);
    }
    return least / Math.max(1, this.box.clientHeight);
  }

  clicked(event) {
    const acted = event.target.closest("[data-act]");
    const row = event.target.closest(".row");
    if (!row) return;
    this.setCurrent(row);
    if (!acted || String(getSelection())) return;
    if (acted.dataset.act === "link") event.preventDefault();
    this.do(acted.dataset.act, row.view);
  }

  do(name, view) {
    const held = view.element.contains(document.activeElement);
    const top = view.element.getBoundingClientRect().top;
    if (name === "open") view.toggle();
    else if (name === "fold") view.toggleFold();
    else this.act(name, view.row);
    this.kept.set(view.row.key, { open: view.open, folded: view.folded });
    const moved = view.element.getBoundingClientRect().top - top;
    if (!this.following) this.shift(moved);
    if (held && !view.element.contains(document.activeElement)) view.element.focus({ preventScroll: true });
  }

  setCurrent(row) {
    if (!row || row.view.row.key === this.current) return;
    this.leave();
    this.current = row.view.row.key;
    row.tabIndex = 0;
    row.classList.add("current");
  }

  leave() {
    const before = this.views.get(this.current)?.element;
    if (!before) return;
    before.tabIndex = -1;
    before.classList.remove("current");
  }

  get currentView() {
    return this.views.get(this.current) ?? this.anchor()?.view ?? null;
  }

  // Go some rows on or back by keyboard.
  step(by) {
    const rows = [...this.list.querySelectorAll(".row")].filter((row) => row.offsetParent !== null);
    if (!rows.length) return;
    const at = rows.indexOf(this.views.get(this.current)?.element);
    const first = at < 0 ? rows.indexOf(this.following ? rows.at(-1) : this.anchor()) : at + by;
    this.focus(rows[Math.min(rows.length - 1, Math.max(0, first))]);
  }

  focus(row) {
    row.focus({ preventScroll: true });
    this.setCurrent(row);
    row.scrollIntoView({ block: "nearest" });
  }

  // Bring a row into sight, and mark it.
  reveal(row) {
    const view = this.views.get(row.key);
    if (!view) return;
    for (let holder = row.holder; holder; holder = holder.holder) {
      const held = this.views.get(holder.key);
      if (held?.folded) held.toggleFold();
    }
    this.settle();
    this.list.querySelector(".aim")?.classList.remove("aim");
    view.element.classList.add("aim");
    const { top } = view.element.getBoundingClientRect();
    const goal = this.box.getBoundingClientRect().top + this.box.clientHeight * 0.25;
    this.box.scrollBy({ top: top - goal, behavior: "instant" });
    this.remember();
    this.setCurrent(view.element);
    view.element.focus({ preventScroll: true });
  }

  tick(now) {
    for (const view of this.views.values()) view.tick(now);
  }

  // Make all rows anew: another search, another origin.
  again() {
    this.steady(() => {
      for (const view of this.views.values()) view.again();
    });
  }
}

// The first of a list's rows that ends below a height, by bisection: they stand one below the other.
function firstBelow(rows, y) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].getBoundingClientRect().bottom <= y) low = middle + 1;
    else high = middle;
  }
  return rows[low] ?? null;
}
