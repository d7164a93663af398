// Stacks bars that overlap in time on levels. A bar is { start, end, ... } in ms; `end` is null while it is active.

const endOf = (bar) => bar.end ?? Infinity;

// Put each bar on the first level that is free when it starts. Beyond `maxLevels` bars share the last level. A level is
// { bars, reach }: reach[i] is the latest end of bars[0..i], for bisecting.
export function stackBars(unsorted, maxLevels) {
  const bars = [...unsorted].sort((a, b) => a.start - b.start || (endOf(a) === endOf(b) ? 0 : endOf(b) - endOf(a)));
  const ends = [];
  const levels = [];
  for (const bar of bars) {
    bar.level = ends.findIndex((end) => end <= bar.start);
    if (bar.level < 0) bar.level = Math.min(ends.length, maxLevels - 1);
    ends[bar.level] = Math.max(ends[bar.level] ?? -Infinity, endOf(bar));
    levels[bar.level] ??= { bars: [], reach: [] };
    levels[bar.level].bars.push(bar);
    levels[bar.level].reach.push(ends[bar.level]);
  }
  return { bars, levels };
}

// Yield the bars of a level that overlap the time from `start` to `end`.
export function* barsBetween({ bars, reach }, start, end) {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reach[middle] < start) low = middle + 1;
    else high = middle;
  }
  for (let index = low; index < bars.length && bars[index].start <= end; index += 1) yield bars[index];
}
