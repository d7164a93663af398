// The stretch of time that the timeline shows. As long as nobody zooms, that is the whole run, however it grows.

export class View {
  constructor() {
    this.least = 0;
    this.most = 1;
    this.fitted = true;
    this.fit();
  }

  get length() {
    return this.to - this.from;
  }

  // The run lasts from 0 to `ended` (ms).
  reach(ended) {
    const margin = Math.max(200, ended * 0.01);
    this.least = -margin;
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
    const length = Math.min(whole, Math.max(20, this.length * factor));
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
    if (from < this.from || to > this.to) this.pan((from + to) / 2 - (this.from + this.to) / 2);
  }

  stay() {
    const { length } = this;
    this.from = Math.min(Math.max(this.from, this.least), this.most - length);
    this.to = this.from + length;
  }
}
