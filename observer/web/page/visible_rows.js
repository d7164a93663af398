// Which rows of a list are in view, by bisection, as they are below one another.

// The first row in view in a box; one of a subagent if its rows are at the top of the box.
export function firstVisible(list, box) {
  const { top } = box.getBoundingClientRect();
  let visible = null;
  while (list) {
    const row = firstRowBelow(list.children, top);
    if (!row) break;
    visible = row;
    const nested = row.view.list;
    list = nested?.isConnected && !nested.hidden && nested.getBoundingClientRect().top < top ? nested : null;
  }
  return visible;
}

// The data of the first and the last row in view, null if there is none.
export function visibleRows(list, box) {
  const first = firstVisible(list, box);
  const last = firstRowBelow(list.children, box.getBoundingClientRect().bottom - 1) ?? list.lastElementChild;
  return first && [first.view.row, last.view.row];
}

// The first of some rows that ends below `y`.
function firstRowBelow(rows, y) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].getBoundingClientRect().bottom <= y) low = middle + 1;
    else high = middle;
  }
  return rows[low] ?? null;
}
