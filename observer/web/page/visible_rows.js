// Which rows of a list are in view, by bisection, as they are below one another.

/** @import { RowElement } from "./types.d.ts" */

// The first row in view in a box; one of a subagent if its rows are at the top of the box.
/** @param {Element} list @param {Element} box @returns {RowElement | null} */
export function firstVisible(list, box) {
  const { top } = box.getBoundingClientRect();
  /** @type {RowElement | null} */
  let visible = null;
  for (let rows = /** @type {Element | null} */ (list); rows;) {
    const row = firstRowBelow(rows.children, top);
    if (!row) break;
    visible = row;
    const nested = row.view.list;
    rows = nested?.isConnected && !nested.hidden && nested.getBoundingClientRect().top < top ? nested : null;
  }
  return visible;
}

// The data of the first and the last row in view, null if there is none.
/** @param {Element} list @param {Element} box */
export function visibleRows(list, box) {
  const first = firstVisible(list, box);
  const last = firstRowBelow(list.children, box.getBoundingClientRect().bottom - 1) ?? /** @type {RowElement | null} */
    (list.lastElementChild);
  return first && last && [first.view.row, last.view.row];
}

// The first of some rows that ends below `y`.
/** @param {HTMLCollection} rows @param {number} y @returns {RowElement | null} */
function firstRowBelow(rows, y) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].getBoundingClientRect().bottom <= y) low = middle + 1;
    else high = middle;
  }
  return /** @type {RowElement | undefined} */ (rows[low]) ?? null;
}
