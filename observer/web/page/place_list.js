// Steps through a list of places in a file, in order, and says in words which one it is of how many.

import { formatNumber } from "./units.js";

// A position is { after }, { before } or { at }, an offset. The index of the place after, before or at it: beyond the
// last one follows the first again, and `again` says so; -1 if there is none at it, or no position is given.
/** @param {number[]} offsets @param {Partial<Record<"after" | "before" | "at", number>>} position */
export function nearest(offsets, { after, before, at }) {
  if (after !== undefined) {
    const index = offsets.findIndex((offset) => offset >= after);
    return index < 0 ? { index: 0, again: ", again from the start" } : { index, again: "" };
  }
  if (before !== undefined) {
    const index = offsets.findLastIndex((offset) => offset < before);
    return index < 0 ? { index: offsets.length - 1, again: ", again from the end" } : { index, again: "" };
  }
  return { index: at === undefined ? -1 : offsets.indexOf(at), again: "" };
}

// Such as "error 2 of 5, again from the start"; `least` is put before the number of all.
/** @param {string} noun @param {number[]} offsets @param {{ index: number, again: string }} found
 * @param {string} [least] */
export function ordinal(noun, offsets, { index, again }, least = "") {
  return `${noun} ${formatNumber(index + 1)} of ${least}${formatNumber(offsets.length)}${again}`;
}
