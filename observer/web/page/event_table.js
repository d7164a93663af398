// The log of the report as a table of rows. Only those near the window are in the document, so its length does not matter.
//
// An `index` is that of a row in the data, a `position` is its place among the rows that the filter lets through.

import { element, oncePerFrame } from "./dom.js";
import { rows } from "./report_data.js";
import { RowHeights } from "./row_heights.js";
import { createTableRow } from "./table_row.js";
import { pluralize } from "./units.js";

const OVERSCAN = 700; // pixels beyond the window that are rendered ahead
const MAX_PRINTED = 2000; // rows
const ROW_HEIGHT = 30; // pixels of a closed row, if the style sheet does not say
const OPEN_ROW_HEIGHT = 180; // an estimate

export class EventTable {
  // `topEdge()` is the height of what covers the top of the window.
  constructor(topEdge) {
    this.topEdge = topEdge;
    this.before = createSpacer();
    this.after = createSpacer();
    this.list = element("ol", { class: "rows", "aria-label": "Events" }, this.before, this.after);
    this.empty = element("p", { class: "note none", hidden: true }, "No events match these filters.");
    this.unprinted = element("p", { class: "note", hidden: true });
    this.element = element("div", {}, this.list, this.empty, this.unprinted);
    this.shown = rows.map((_, index) => index); // indexes by position
    this.open = new Set(); // indexes
    this.rendered = new Map(); // elements by position
    this.current = 0; // the position that the keyboard is at
    this.target = null; // the index that a link points to
    this.used = false; // whether the user has opened or focused a row
    this.query = "";
    this.heights = new RowHeights(rows.length);
    addEventListener("scroll", oncePerFrame(() => this.render()), { passive: true });
    addEventListener("resize", () => this.remeasure());
    addEventListener("beforeprint", () => this.print());
    addEventListener("afterprint", () => {
      this.unprinted.hidden = true;
      this.render();
    });
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("keydown", (event) => this.keyPressed(event));
  }

  // Show these rows. If they are more than before, the row that was used last stays in view, else the list starts at its top.
  show(indexes, query) {
    const kept = this.used && indexes.length > this.shown.length ? indexes.indexOf(this.shown[this.current]) : -1;
    this.shown = indexes;
    this.query = query;
    this.current = Math.max(0, kept);
    this.empty.hidden = indexes.length > 0;
    this.removeRendered();
    this.arrange();
    this.render();
    const top = this.list.getBoundingClientRect().top - this.topEdge();
    if (kept >= 0) this.scrollTo(kept, "middle");
    else if (top < 0) scrollBy({ top, behavior: "instant" });
  }

  arrange() {
    const rowHeight = parseFloat(getComputedStyle(this.list).getPropertyValue("--row")) || ROW_HEIGHT;
    this.heights.arrange(this.shown, (index) => (this.open.has(index) ? OPEN_ROW_HEIGHT : rowHeight));
  }

  remeasure() {
    this.heights.measured.fill(0);
    this.arrange();
    this.render();
  }

  removeRendered() {
    for (const row of this.rendered.values()) row.remove();
    this.rendered.clear();
  }

  toggle(position) {
    const index = this.shown[position];
    if (!this.open.delete(index)) this.open.add(index);
    this.rerender(position);
  }

  setAllOpen(open) {
    this.open = new Set(open ? this.shown : []);
    this.removeRendered();
    this.remeasure();
  }

  rerender(position) {
    const hadFocus = this.rendered.get(position)?.contains(document.activeElement);
    this.rendered.get(position)?.remove();
    this.rendered.delete(position);
    this.heights.measured[this.shown[position]] = 0;
    this.arrange();
    this.render();
    if (hadFocus) this.focus(position);
  }

  // Render the rows near the window, or the first `printed` ones.
  render(printed = 0) {
    const top = -this.list.getBoundingClientRect().top;
    const first = printed ? 0 : this.heights.positionAt(Math.max(0, top - OVERSCAN));
    const end = printed || this.heights.positionAt(Math.max(0, top + innerHeight + OVERSCAN)) + 1;
    const last = Math.min(this.shown.length, end);
    for (const [position, row] of this.rendered) {
      if (position < first || position >= last) {
        row.remove();
        this.rendered.delete(position);
      }
    }
    let previous = this.before;
    for (let position = first; position < last; position += 1) {
      if (!this.rendered.has(position)) {
        this.rendered.set(position, this.createRow(position));
        previous.after(this.rendered.get(position));
      }
      previous = this.rendered.get(position);
    }
    this.setSpacers(first, last);
    if (this.measure(first, last, top)) this.setSpacers(first, last);
    this.updateTabOrder(first, last);
  }

  // Paper does not scroll: print the first rows, and say how many are missing.
  print() {
    this.unprinted.textContent = `… ${pluralize(this.shown.length - MAX_PRINTED, "more row")} of the log, not printed`;
    this.unprinted.hidden = this.shown.length <= MAX_PRINTED;
    this.render(MAX_PRINTED);
  }

  // Give the spacers the height of the rows that are not rendered.
  setSpacers(first, last) {
    const { offsets, total } = this.heights;
    this.before.style.height = `${offsets[Math.min(first, offsets.length - 1)]}px`;
    this.after.style.height = `${Math.max(0, total - offsets[Math.min(last, offsets.length - 1)])}px`;
  }

  // Measure new rows and return whether a height changed. If rows above the window did, scroll by the difference.
  measure(first, last, top) {
    let changed = false;
    let changeAbove = 0;
    for (let position = first; position < last; position += 1) {
      const index = this.shown[position];
      if (this.heights.measured[index]) continue;
      const { height } = this.rendered.get(position).getBoundingClientRect();
      const estimated = this.heights.offsets[position + 1] - this.heights.offsets[position];
      this.heights.measured[index] = height;
      if (Math.abs(height - estimated) < 0.5) continue;
      changed = true;
      if (this.heights.offsets[position + 1] < top) changeAbove += height - estimated;
    }
    if (changed) this.arrange();
    if (changeAbove) scrollBy({ top: changeAbove, behavior: "instant" });
    return changed;
  }

  createRow(position) {
    const index = this.shown[position];
    const state = { open: this.open.has(index), position, count: this.shown.length, current: position === this.current, query: this.query };
    const row = createTableRow(rows[index], state);
    row.dataset.position = position;
    if (index === this.target) row.classList.add("target");
    return row;
  }

  // One row is in the tab order: the current one, or the first one rendered.
  updateTabOrder(first, last) {
    const reachable = this.current >= first && this.current < last ? this.current : first;
    for (const [position, row] of this.rendered) row.firstChild.tabIndex = position === reachable ? 0 : -1;
  }

  clicked(event) {
    const head = event.target.closest(".head");
    if (!head) return;
    this.current = Number(head.parentElement.dataset.position);
    this.used = true;
    this.toggle(this.current);
  }

  keyPressed(event) {
    const head = event.target.closest(".head");
    if (!head || event.altKey || event.ctrlKey || event.metaKey) return;
    const position = Number(head.parentElement.dataset.position);
    const page = Math.max(1, Math.floor(innerHeight / 40) - 4);
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.focus(Math.min(this.shown.length - 1, Math.max(0, position + steps[event.key])));
  }

  focus(position) {
    this.current = position;
    this.used = true;
    this.scrollTo(position, "nearest");
    this.rendered.get(position)?.firstChild.focus({ preventScroll: true });
  }

  // Scroll until the row is in view. The first turn goes by estimated heights, the next ones by measured ones.
  scrollTo(position, alignment) {
    for (let turn = 0; turn < 4; turn += 1) {
      const listTop = this.list.getBoundingClientRect().top;
      const top = listTop + this.heights.offsets[position];
      const bottom = listTop + this.heights.offsets[position + 1];
      const topEdge = this.topEdge();
      const nearest = Math.max(topEdge + 4, Math.min(top, innerHeight - (bottom - top) - 8));
      const goal = alignment === "middle" ? topEdge + (innerHeight - topEdge) * 0.25 : nearest;
      if (Math.abs(top - goal) > 1) scrollBy({ top: top - goal, behavior: "instant" });
      this.render();
    }
  }

  // Open and mark a row and go to it. Returns whether the filter lets it through.
  goTo(index) {
    const position = this.shown.indexOf(index);
    if (position < 0) return false;
    const previous = this.shown.indexOf(this.target);
    this.target = index;
    this.open.add(index);
    if (previous >= 0) this.rerender(previous);
    this.rerender(position);
    this.current = position;
    this.scrollTo(position, "middle");
    this.focus(position);
    return true;
  }
}

const createSpacer = () => element("li", { class: "space", "aria-hidden": "true", role: "presentation" });
