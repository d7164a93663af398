// The log: the rows that the page holds.

import { blur, byId, closest, oncePerFrame, syncChildren } from "./dom.js";
import { RowView } from "./row_view.js";
import { ScrollBox } from "./scroll_box.js";
/** @import { RowBuilder } from "./rows.js" */
/** @import { Edge, LogCallbacks, LogRow, RowContext, RowElement } from "./types.d.ts" */

const PRELOAD_SCREENS = 2; // screens before an edge at which more rows are requested

export class LogView extends ScrollBox {
  // `context` is that of RowView. `onEdge("start" | "end")` is called near an edge, `onScroll()` on every move and
  // `onAction(name, row)` for actions of a row that are not the log's own, and `onCurrent()` when the keyboard gets to
  // another row.
  /** @param {RowContext} context @param {LogCallbacks} callbacks */
  constructor(context, callbacks) {
    super(byId("log"), byId("rows"), callbacks.onScroll);
    this.context = context;
    this.callbacks = callbacks;
    /** @type {Map<string, RowView>} */
    this.views = new Map(); // by key
    /** @type {Map<string, { open: boolean, folded: boolean }>} */
    this.expansion = new Map(); // by key, which rows were opened or folded; kept when the row is not
    this.currentKey = ""; // of the row that the keyboard is at
    this.scheduleEdgeCheck = oncePerFrame(() => this.checkEdges());
    this.box.addEventListener("scroll", () => {
      this.saveAnchor();
      this.onScroll();
      this.scheduleEdgeCheck();
    }, { passive: true });
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("focusin", (event) => this.setCurrent(rowOf(event)));
  }

  // Show all rows, as after a page of older events.
  /** @param {RowBuilder} builder */
  show(builder) {
    this.keepAnchor(() => {
      const previous = this.views;
      this.views = new Map();
      /** @param {LogRow[]} rows @returns {HTMLElement[]} */
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
  /** @param {RowBuilder} builder */
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
  /** @param {LogRow} row */
  insert(row) {
    const view = this.views.get(row.key);
    const holder = row.holder && this.views.get(row.holder.key);
    if (holder && !holder.list?.isConnected) holder.renderCard();
    const list = row.holder ? holder?.list : this.list;
    if (list && view && view.element.parentElement !== list) {
      list.append(view.element);
      holder?.setChildren([...list.children]);
    }
  }

  /** @param {LogRow} row */
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
    this.currentKey = "";
    this.list.replaceChildren();
  }

  checkEdges() {
    const { scrollTop, clientHeight, scrollHeight } = this.box;
    if (scrollTop < PRELOAD_SCREENS * clientHeight) this.callbacks.onEdge("start");
    if (!this.following && scrollHeight - scrollTop - clientHeight < PRELOAD_SCREENS * clientHeight) {
      this.callbacks.onEdge("end");
    }
  }

  // How far from view, in screens, the rows before an offset ("start") or after it ("end") are.
  /** @param {number} offset @param {Edge} edge */
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

  /** @param {MouseEvent} event */
  clicked(event) {
    const actor = closest(event, "[data-act]");
    const row = rowOf(event);
    if (!row) return;
    this.setCurrent(row);
    const act = actor?.dataset.act;
    if (!act || String(getSelection())) return;
    if (act === "link") event.preventDefault();
    this.act(act, row.view, actor);
  }

  /** @param {string} name @param {RowView} view @param {HTMLElement | null} [actor] */
  act(name, view, actor = null) {
    const hadFocus = view.element.contains(document.activeElement);
    const { top } = view.element.getBoundingClientRect();
    if (name === "open") view.toggle();
    else if (name === "fold") view.toggleFold();
    else this.callbacks.onAction(name, view.row, actor);
    this.expansion.set(view.row.key, { open: view.open, folded: view.folded });
    const moved = view.element.getBoundingClientRect().top - top;
    if (!this.following) this.scrollBy(moved);
    if (hadFocus && !view.element.contains(document.activeElement)) view.element.focus({ preventScroll: true });
  }

  /** @param {RowElement | null | undefined} row */
  setCurrent(row) {
    if (!row || row.view.row.key === this.currentKey) return;
    this.callbacks.onCurrent();
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

  // The element of the current row.
  /** @override @returns {HTMLElement | null} */
  get currentRow() {
    return this.views.get(this.currentKey)?.element ?? null;
  }

  /** @returns {RowView | null} */
  get currentView() {
    return this.views.get(this.currentKey) ?? this.firstVisible()?.view ?? null;
  }

  /** @param {number} by */
  moveFocus(by) {
    const all = /** @type {NodeListOf<RowElement>} */ (this.list.querySelectorAll(".row"));
    const rows = [...all].filter((row) => row.offsetParent !== null);
    if (!rows.length) return;
    const current = rows.findIndex((row) => row.view.row.key === this.currentKey);
    const begin = this.following ? rows.length - 1 : rows.findIndex((row) => row === this.firstVisible());
    const row = rows[Math.min(rows.length - 1, Math.max(0, current < 0 ? begin : current + by))];
    row.focus({ preventScroll: true });
    this.setCurrent(row);
    row.scrollIntoView({ block: "nearest" });
  }

  /** @param {LogRow} row */
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
    if (this.list.contains(document.activeElement)) blur();
  }

  /** @param {number} now */
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

// The row that an event happened in.
/** @param {Event} event */
const rowOf = (event) => /** @type {RowElement | null} */ (closest(event, ".row"));
