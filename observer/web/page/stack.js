// Bars that overlap, one above the other. A bar is { from, to, … }, in ms; one without `to` goes on.

const endOf = (bar) => bar.to ?? Infinity;

// Every bar gets the first level that is free when it begins; beyond the last of `most` they lie on one another, and
// the lane is `crowded`. A level is { bars, reach }: `reach` is how far the bars up to there go, for searching.
export function stack(found, most) {
  const bars = [...found].sort((one, other) => one.from - other.from || (endOf(one) === endOf(other) ? 0 : endOf(other) - endOf(one)));
  const ends = [];
  const levels = [];
  let crowded = false;
  for (const bar of bars) {
    bar.level = ends.findIndex((end) => end <= bar.from);
    if (bar.level < 0) {
      bar.level = Math.min(ends.length, most - 1);
      crowded ||= ends.length === most;
    }
    ends[bar.level] = Math.max(ends[bar.level] ?? -Infinity, endOf(bar));
    levels[bar.level] ??= { bars: [], reach: [] };
    levels[bar.level].bars.push(bar);
    levels[bar.level].reach.push(ends[bar.level]);
  }
  return { bars, levels, crowded };
}

// The bars of a level that touch a stretch of time.
export function* within({ bars, reach }, from, to) {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reach[middle] < from) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < bars.length && bars[at].from <= to; at += 1) yield bars[at];
}
