// The spans of a run laid out in lanes: sessions, the main agent's calls, subagents. What overlaps is stacked.

// A lane is { label, levels }; a level { bars, reach }: `reach` is how far the bars up to there go, for searching.
export function layOut({ spans, agents }, most) {
  const lanes = [
    lane("Sessions", spans.filter((span) => span.kind === "session"), 1),
    lane("Tools", spans.filter((span) => span.kind === "tool" && span.agent === 0), most),
    lane("Subagents", spans.filter((span) => span.kind === "subagent"), most + 1),
  ].filter((one) => one.levels.length > 0);
  const inner = new Map();
  for (const span of spans) {
    if (span.kind === "tool" && span.agent > 0) inner.set(span.agent, [...(inner.get(span.agent) ?? []).slice(-400), span]);
  }
  return { lanes, inner, agents };
}

const endOf = (span) => span.to ?? Infinity;

// Every bar gets the first level that is free when it begins; beyond the last one they lie on one another.
function lane(label, spans, most) {
  const ends = [];
  const levels = [];
  for (const span of [...spans].sort((one, other) => one.from - other.from || one.offset - other.offset)) {
    let level = ends.findIndex((end) => end <= span.from);
    if (level < 0) level = Math.min(ends.length, most - 1);
    ends[level] = Math.max(ends[level] ?? -Infinity, endOf(span));
    levels[level] ??= { bars: [], reach: [] };
    levels[level].bars.push(span);
    levels[level].reach.push(ends[level]);
  }
  return { label, levels };
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
