// A box that scrolls a list of rows. Whatever changes above the row that is read, that one stays in place.

import { firstVisible } from "./visible_rows.js";

const END_TOLERANCE = 8; // pixels from the end that still count as the end

export class ScrollBox {
  // `onScroll()` is called when the box has scrolled. A subclass has `currentRow`, which stays in view.
  /** @param {HTMLElement} box @param {HTMLElement} list @param {() => void} onScroll */
  constructor(box, list, onScroll) {
    this.box = box;
    this.list = list;
    this.onScroll = onScroll;
    this.following = true;
    /** @type {{ row: HTMLElement, top: number } | null} */
    this.anchor = null; // the row that is read, and where it was last
    /** @type {{ top: number, width: number } | null} */
    this.lastBox = null; // the box then, within what holds it
    /** @type {number | null} */
    this.ownScrollTop = null; // where the log itself scrolled to last
    this.lastScrollTop = box.scrollTop;
    new ResizeObserver(() => this.resized()).observe(box);
  }

  /** @returns {HTMLElement | null} */
  get currentRow() {
    return null;
  }

  // Call `change` so that what is visible stays in place: the end when following, else the row that is read.
  /** @param {() => void} change */
  keepAnchor(change) {
    this.noticeScroll();
    this.saveAnchor();
    change();
    this.restoreAnchor();
  }

  // The user may have scrolled up in this frame, and the event is yet to come.
  noticeScroll() {
    if (this.following && this.box.scrollTop < this.lastScrollTop) this.onScroll();
  }

  resized() {
    if (matchMedia("print").matches) return; // on paper nothing scrolls, and the screen comes back as it was
    this.noticeScroll();
    if (this.following) this.scrollToEnd();
    this.saveAnchor();
  }

  saveAnchor() {
    this.followBox();
    const row = this.following ? null : this.firstVisible();
    this.anchor = row && { row, top: row.getBoundingClientRect().top };
  }

  // The box may have moved in what holds it or changed its width, as when the timeline appears: what is read stays, and
  // in view.
  followBox() {
    const { top: boxTop, width } = this.box.getBoundingClientRect();
    const holderTop = this.box.offsetParent?.getBoundingClientRect().top ?? 0; // in a report, all of that scrolls
    const top = boxTop - holderTop;
    if (!this.following && this.lastBox) {
      if (width !== this.lastBox.width) this.restoreAnchor();
      else if (this.box.scrollTop > 0) this.scrollBy(top - this.lastBox.top); // at its start, a log stays there
      const currentTop = this.currentRow?.getBoundingClientRect().top;
      if (currentTop !== undefined && currentTop < boxTop && currentTop > this.lastBox.top + holderTop - 1) {
        this.scrollBy(currentTop - boxTop);
      }
    }
    this.lastBox = { top, width };
  }

  restoreAnchor() {
    if (this.following) this.scrollToEnd();
    else if (this.anchor?.row.isConnected) this.scrollBy(this.anchor.row.getBoundingClientRect().top - this.anchor.top);
  }

  /** @param {number} pixels */
  scrollBy(pixels) {
    if (!pixels) return;
    this.box.scrollTop += pixels;
    this.ownScrollTop = this.box.scrollTop;
  }

  firstVisible() {
    return firstVisible(this.list, this.box);
  }

  get atEnd() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight <= END_TOLERANCE;
  }

  // The scroll event comes a frame later. If the user scrolls up before it, that is seen only against where this ended.
  scrollToEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.rememberScroll();
  }

  // Remember where the box is scrolled to: what the next scroll event is compared with.
  rememberScroll() {
    this.lastScrollTop = this.box.scrollTop;
  }
}
