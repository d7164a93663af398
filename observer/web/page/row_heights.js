// The heights of the rows of a long list, and so the place of each: measured for rows that were visible, estimated for others.

export class RowHeights {
  constructor(count) {
    this.measured = new Float64Array(count); // by index of the row; 0 if it was not measured
    this.offsets = new Float64Array(1); // by position in the list, with the total at the end
  }

  // Set which rows the list has; `estimate(index)` is the height of one that was never measured.
  arrange(indexes, estimate) {
    this.offsets = new Float64Array(indexes.length + 1);
    for (let position = 0; position < indexes.length; position += 1) {
      this.offsets[position + 1] = this.offsets[position] + (this.measured[indexes[position]] || estimate(indexes[position]));
    }
  }

  get total() {
    return this.offsets[this.offsets.length - 1];
  }

  // The position of the row at `y`.
  positionAt(y) {
    let low = 0;
    let high = this.offsets.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.offsets[middle] <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
