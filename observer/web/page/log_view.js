// The log: the rows that the page holds, in a box that scrolls. Whatever changes above the row that is read, that one
// stays in place.

import { byId, oncePerFrame, syncChildren } from "./dom.js";
import { RowView } from "./row_view.js";
import { firstVisible } from "./visible_rows.js";

const END_TOLERANCE = 8; // pixels from the end that still count as the end
const PRELOAD_SCREENS = 2; // screens before an edge at which more rows are requested

export class LogView {
  // `context` is that of RowView. `onEdge("start" | "end")` is called near an edge, `onScroll()` on every move and
  // `onAction(name, row)` for actions of a row that are not the log's own, and `onCurrent()` when the keyboard gets to
  // another row.
  constructor(context, { onEdge, onScroll, onAction, onCurrent }) {
    Object.assign(this, { context, onEdge, onScroll, onAction, onCurrent });
    this.box = byId("log");
    this.list = byId("rows");
    this.views = new Map(); // by key
    this.expansion = new Map(); // by key, which rows were opened or folded; kept when the row is not
    this.currentKey = null; // of the row that the keyboard is at
    this.following = true;
    this.anchor = null; // the row that is read, and where it was last: { row, top }
    this.lastBox = null; // the box then, within what holds it: { top, width }
    this.ownScrollTop = null; // where the log itself scrolled to last
    this.rememberScroll();
    this.scheduleEdgeCheck = oncePerFrame(() => this.checkEdges());
    this.box.addEventListener("scroll", () => {
      this.saveAnchor();
      this.onScroll();
      this.scheduleEdgeCheck();
    }, { passive: true });
    new ResizeObserver(() => this.resized()).observe(this.box);
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("focusin", (event) => this.setCurrent(event.target.closest(".row")));
  }

  // Show all rows, as after a page of older events.
  show(builder) {
    this.keepAnchor(() => {
      const previous = this.views;
      this.views = new Map();
      const elementsOf = (rows) =>
        rows.map((row) => {
          const view = previous.get(row.key) ?? this.createView(row);
          this.views.set(row.key, view);
          view.update(row);
          if (row.children.length) view.setChildren(elementsOf(row.children));
          return view.element;
        });
      syncChildren(this.list, elementsOf(builder.rows));
    });
    builder.takeChanged();
    this.scheduleEdgeCheck();
  }

  // Show the rows that changed. New ones come at the end of a list, that of the run or of a subagent.
  extend(builder) {
    const changed = builder.takeChanged();
    if (!changed.size) return;
    this.keepAnchor(() => {
      for (const row of changed) {
        const view = this.views.get(row.key);
        if (view) view.update(row);
        else this.views.set(row.key, this.createView(row));
      }
      for (const row of changed) this.insert(row);
    });
    this.scheduleEdgeCheck();
  }

  // Put a new row at the end of its list.
  insert(row) {
    const view = this.views.get(row.key);
    const holder = row.holder && this.views.get(row.holder.key);
    if (holder && !holder.list?.isConnected) holder.renderCard();
    const list = row.holder ? holder?.list : this.list;
    if (list && view.element.parentElement !== list) {
      list.append(view.element);
      holder?.setChildren([...list.children]);
    }
  }

  createView(row) {
    const view = new RowView(row, this.context);
    const expansion = this.expansion.get(row.key);
    if (expansion) {
      Object.assign(view, expansion);
      view.rerender();
      if (view.open) view.loadOpened();
    }
    return view;
  }

  clear() {
    this.views.clear();
    this.expansion.clear();
    this.currentKey = null;
    this.list.replaceChildren();
  }

  // Call `change` so that what is visible stays in place: the end when following, else the row that is read.
  keepAnchor(change) {
    if (this.following && this.box.scrollTop < this.lastScrollTop) this.onScroll(); // its event is yet to come
    this.saveAnchor();
    change();
    this.restoreAnchor();
  }

  resized() {
    if (matchMedia("print").matches) return; // on paper nothing scrolls, and the screen comes back as it was
    if (this.following) this.scrollToEnd();
    this.saveAnchor();
  }

  saveAnchor() {
    this.followBox();
    const row = this.following ? null : this.firstVisible();
    this.anchor = row && { row, top: row.getBoundingClientRect().top };
  }

  // The box may have moved in what holds it or changed its width, as when the timeline appears: what is read stays, and
  // in view.
  followBox() {
    const { top: boxTop, width } = this.box.getBoundingClientRect();
    const holderTop = this.box.offsetParent?.getBoundingClientRect().top ?? 0; // in a report, all of that scrolls
    const top = boxTop - holderTop;
    if (!this.following && this.lastBox) {
      if (width !== this.lastBox.width) this.restoreAnchor();
      else if (this.box.scrollTop > 0) this.scrollBy(top - this.lastBox.top); // at its start, a log stays there
      const currentTop = this.views.get(this.currentKey)?.element.getBoundingClientRect().top;
      if (currentTop < boxTop && currentTop > this.lastBox.top + holderTop - 1) this.scrollBy(currentTop - boxTop);
    }
    this.lastBox = { top, width };
  }

  restoreAnchor() {
    if (this.following) this.scrollToEnd();
    else if (this.anchor?.row.isConnected) this.scrollBy(this.anchor.row.getBoundingClientRect().top - this.anchor.top);
  }

  scrollBy(pixels) {
    if (!pixels) return;
    this.box.scrollTop += pixels;
    this.ownScrollTop = this.box.scrollTop;
  }

  firstVisible() {
    return firstVisible(this.list, this.box);
  }

  get atEnd() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight <= END_TOLERANCE;
  }

  // The scroll event comes a frame later. If the user scrolls up before it, that is seen only against where this ended.
  scrollToEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.rememberScroll();
  }

  // Remember where the box is scrolled to: what the next scroll event is compared with.
  rememberScroll() {
    this.lastScrollTop = this.box.scrollTop;
  }

  checkEdges() {
    const { scrollTop, clientHeight, scrollHeight } = this.box;
    if (scrollTop < PRELOAD_SCREENS * clientHeight) this.onEdge("start");
    if (!this.following && scrollHeight - scrollTop - clientHeight < PRELOAD_SCREENS * clientHeight) this.onEdge("end");
  }

  // How far from view, in screens, the rows before an offset ("start") or after it ("end") are.
  distance(offset, edge) {
    const box = this.box.getBoundingClientRect();
    let distance = Infinity;
    for (const { row, element } of this.views.values()) {
      if (row.children.length || !element.isConnected || (edge === "start" ? row.offset >= offset : row.end < offset)) {
        continue;
      }
      const { top, bottom } = element.getBoundingClientRect();
      distance = Math.min(distance, edge === "start" ? box.top - bottom : top - box.bottom);
    }
    return distance / Math.max(1, this.box.clientHeight);
  }

  clicked(event) {
    const actor = event.target.closest("[data-act]");
    const row = event.target.closest(".row");
    if (!row) return;
    this.setCurrent(row);
    if (!actor || String(getSelection())) return;
    if (actor.dataset.act === "link") event.preventDefault();
    this.act(actor.dataset.act, row.view, actor);
  }

  act(name, view, actor = null) {
    const hadFocus = view.element.contains(document.activeElement);
    const { top } = view.element.getBoundingClientRect();
    if (name === "open") view.toggle();
    else if (name === "fold") view.toggleFold();
    else this.onAction(name, view.row, actor);
    this.expansion.set(view.row.key, { open: view.open, folded: view.folded });
    const moved = view.element.getBoundingClientRect().top - top;
    if (!this.following) this.scrollBy(moved);
    if (hadFocus && !view.element.contains(document.activeElement)) view.element.focus({ preventScroll: true });
  }

  setCurrent(row) {
    if (!row || row.view.row.key === this.currentKey) return;
    this.onCurrent();
    const previous = this.views.get(this.currentKey)?.element;
    if (previous) {
      previous.tabIndex = -1;
      previous.classList.remove("current");
    }
    this.currentKey = row.view.row.key;
    row.tabIndex = 0;
    row.classList.add("current");
  }

  // The view of the current row if it is in view.
  get currentInView() {
    const view = this.views.get(this.currentKey);
    if (!view?.element.isConnected) return null;
    const [row, box] = [view.element.getBoundingClientRect(), this.box.getBoundingClientRect()];
    return row.bottom > box.top && row.top < box.bottom ? view : null;
  }

  get currentView() {
    return this.views.get(this.currentKey) ?? this.firstVisible()?.view ?? null;
  }

  moveFocus(by) {
    const rows = [...this.list.querySelectorAll(".row")].filter((row) => row.offsetParent !== null);
    if (!rows.length) return;
    const current = rows.indexOf(this.views.get(this.currentKey)?.element);
    const index = current < 0 ? rows.indexOf(this.following ? rows.at(-1) : this.firstVisible()) : current + by;
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    row.focus({ preventScroll: true });
    this.setCurrent(row);
    row.scrollIntoView({ block: "nearest" });
  }

  reveal(row) {
    const view = this.views.get(row.key);
    if (!view) return;
    for (let { holder } = row; holder; holder = holder.holder) {
      const holderView = this.views.get(holder.key);
      if (holderView?.folded) holderView.toggleFold();
    }
    this.followBox();
    this.list.querySelector(".target")?.classList.remove("target");
    view.element.classList.add("target");
    const { top } = view.element.getBoundingClientRect();
    const target = this.box.getBoundingClientRect().top + this.box.clientHeight * 0.25;
    this.box.scrollBy({ top: top - target, behavior: "instant" });
    this.saveAnchor();
    this.setCurrent(view.element);
    view.element.focus({ preventScroll: true });
  }

  unmark() {
    this.list.querySelector(".target")?.classList.remove("target");
    if (this.list.contains(document.activeElement)) document.activeElement.blur();
  }

  tick(now) {
    for (const view of this.views.values()) view.tick(now);
  }

  // Render all rows again, as for another query or origin.
  rerender() {
    this.keepAnchor(() => {
      for (const view of this.views.values()) view.rerender();
    });
  }
}
