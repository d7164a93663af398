// The stretch of time that a timeline shows. As long as nobody zooms, that is the whole run, however it grows.

export class View {
  // `shortest` is the shortest stretch that there is to see, in ms.
  constructor(shortest) {
    this.shortest = shortest;
    this.reach(0, 1);
    this.fit();
  }

  get length() {
    return this.to - this.from;
  }

  // The run lasts from `began` to `ended`.
  reach(began, ended) {
    const margin = Math.max(10 * this.shortest, (ended - began) * 0.01);
    this.least = began - margin;
    this.most = ended + margin;
    if (this.fitted) this.fit();
  }

  fit() {
    this.from = this.least;
    this.to = this.most;
    this.fitted = true;
  }

  // Zoom by a factor (below 1: in) around a moment.
  zoom(factor, around = (this.from + this.to) / 2) {
    const whole = this.most - this.least;
    const length = Math.min(whole, Math.max(this.shortest, this.length * factor));
    const share = (around - this.from) / this.length;
    this.from = around - share * length;
    this.to = this.from + length;
    this.fitted = length >= whole;
    this.stay();
  }

  pan(ms) {
    this.from += ms;
    this.to += ms;
    this.stay();
  }

  reveal(from, to) {
    if (to - from > this.length) this.zoom(((to - from) / this.length) * 1.2, (from + to) / 2);
    if (from < this.from || to > this.to) this.pan((from + to) / 2 - (this.from + this.to) / 2);
  }

  stay() {
    const { length } = this;
    this.from = Math.min(Math.max(this.from, this.least), this.most - length);
    this.to = this.from + length;
  }
}
