// The range of time that a timeline shows: the whole run as long as the user does not zoom, however it grows.

export class TimeRange {
  // `minLength` is the shortest range that can be shown, in ms.
  /** @param {number} minLength */
  constructor(minLength) {
    this.minLength = minLength;
    this.start = this.min = 0;
    this.end = this.max = 1;
    this.fitted = true; // whether all of the run is shown
    this.setBounds(0, 1);
  }

  get length() {
    return this.end - this.start;
  }

  // Set when the run started and ended.
  /** @param {number} runStart @param {number} runEnd */
  setBounds(runStart, runEnd) {
    const margin = Math.max(10 * this.minLength, (runEnd - runStart) * 0.01);
    this.min = runStart - margin;
    this.max = runEnd + margin;
    if (this.fitted) this.fit();
  }

  fit() {
    this.start = this.min;
    this.end = this.max;
    this.fitted = true;
  }

  // Zoom by a factor (below 1: in) around a time.
  /** @param {number} factor @param {number} [around] */
  zoom(factor, around = (this.start + this.end) / 2) {
    const maxLength = this.max - this.min;
    const length = Math.min(maxLength, Math.max(this.minLength, this.length * factor));
    const share = (around - this.start) / this.length;
    this.start = around - share * length;
    this.end = this.start + length;
    this.fitted = length >= maxLength;
    this.clamp();
  }

  /** @param {number} ms */
  pan(ms) {
    this.start += ms;
    this.end += ms;
    this.clamp();
  }

  /** @param {number} start @param {number} end */
  reveal(start, end) {
    if (end - start > this.length) this.zoom(((end - start) / this.length) * 1.2, (start + end) / 2);
    if (start < this.start || end > this.end) this.pan((start + end) / 2 - (this.start + this.end) / 2);
  }

  clamp() {
    const { length } = this;
    this.start = Math.min(Math.max(this.start, this.min), this.max - length);
    this.end = this.start + length;
  }
}
