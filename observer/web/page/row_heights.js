// How high the rows of the log are, and so where each is: known for those that were measured, guessed for the others.

export class Heights {
  constructor(total, usual) {
    this.usual = usual;
    this.known = new Float64Array(total);
    this.offsets = new Float64Array(1);
  }

  // `order` are the rows that are shown; `guess` is the height of one that was never measured.
  arrange(order, guess) {
    this.offsets = new Float64Array(order.length + 1);
    for (let at = 0; at < order.length; at += 1) {
      this.offsets[at + 1] = this.offsets[at] + (this.known[order[at]] || guess(order[at]));
    }
  }

  get total() {
    return this.offsets[this.offsets.length - 1];
  }

  // The place of the row that covers `y`.
  placeAt(y) {
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
