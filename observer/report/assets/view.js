// The stretch of time that the picture shows.

export class View {
  constructor(from, to) {
    const margin = Math.max(1, (to - from) * 0.01);
    this.least = from - margin;
    this.most = to + margin;
    this.fit();
  }

  get length() {
    return this.to - this.from;
  }

  fit() {
    this.from = this.least;
    this.to = this.most;
  }

  // Zoom by a factor (below 1: in) around a moment.
  zoom(factor, around = (this.from + this.to) / 2) {
    const length = Math.min(this.most - this.least, Math.max(2, this.length * factor));
    const share = (around - this.from) / this.length;
    this.from = around - share * length;
    this.to = this.from + length;
    this.stay();
  }

  pan(ms) {
    this.from += ms;
    this.to += ms;
    this.stay();
  }

  reveal(from, to) {
    if (to - from > this.length) this.zoom((to - from) / this.length * 1.2, (from + to) / 2);
    if (from < this.from || to > this.to) this.pan((from + to) / 2 - (this.from + this.to) / 2);
  }

  stay() {
    const { length } = this;
    this.from = Math.min(Math.max(this.from, this.least), this.most - length);
    this.to = this.from + length;
  }
}
