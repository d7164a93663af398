// Stacks bars that overlap in time on levels. A bar is { start, end, ... } in ms; `end` is null while it is active.

/** @import { Level, TimelineSpan } from "./types.d.ts" */

/** @param {TimelineSpan} bar */
const endOf = (bar) => bar.end ?? Infinity;

// Put each bar on the first level that is free when it starts. Beyond `maxLevels` bars share the last level. A level is
// { bars, reach }: reach[i] is the latest end of bars[0..i], for bisecting.
/** @param {TimelineSpan[]} unsorted @param {number} maxLevels */
export function stackBars(unsorted, maxLevels) {
  const bars = [...unsorted].sort((a, b) => a.start - b.start || (endOf(a) === endOf(b) ? 0 : endOf(b) - endOf(a)));
  /** @type {number[]} */
  const ends = [];
  /** @type {Level[]} */
  const levels = [];
  for (const bar of bars) {
    const free = ends.findIndex((end) => end <= bar.start);
    const level = free < 0 ? Math.min(ends.length, maxLevels - 1) : free;
    bar.level = level;
    ends[level] = Math.max(ends[level] ?? -Infinity, endOf(bar));
    levels[level] ??= { bars: [], reach: [] };
    levels[level].bars.push(bar);
    levels[level].reach.push(ends[level]);
  }
  return { bars, levels };
}

// Yield the bars of a level that overlap the time from `start` to `end`.
/** @param {Level} level @param {number} start @param {number} end */
export function* barsBetween({ bars, reach }, start, end) {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reach[middle] < start) low = middle + 1;
    else high = middle;
  }
  for (let index = low; index < bars.length && bars[index].start <= end; index += 1) yield bars[index];
}
