// Loads what the page needs to know of a run beyond the events it holds: its first line, and its timeline.

import { createRecords } from "./row.js";
/** @import { RunView } from "./run_view.js" */

/** @param {RunView} view @param {string} name */
export async function loadMetadata(view, name) {
  const page = await view.source.lines(name, { after: "start", limit: 1 }).catch(() => null);
  if (name !== view.name) return;
  const [first] = createRecords(page?.lines ?? []);
  if (first) {
    const { time, kind, about } = first;
    view.context.origin = time;
    if (kind === "run_start") view.header.setModel(about);
    view.log.rerender();
  }
  await loadTimeline(view, name);
}

// The server reads a long run in steps: each answer covers more of it.
/** @param {RunView} view @param {string} name */
export async function loadTimeline(view, name) {
  const { timeline, filter } = view;
  for (let [readTo, size] = [0, 1]; readTo < size;) {
    const answer = await view.source.timeline(name).catch(() => null);
    if (timeline !== view.timeline) return;
    if (!answer) break;
    timeline.load(answer);
    view.strip.schedulePaint();
    [readTo, size] = [answer.read_to <= readTo ? Infinity : answer.read_to, answer.size];
  }
  timeline.loaded = true; // even if the server failed: then it shows new events only
  for (const span of timeline.spans) if (span.kind === "tool") filter.addTool(span.name, span.label);
  for (const agent of timeline.agents) if (agent.id) filter.addAgent(agent.id, agent.name);
  view.observeAll(view.reader?.cache.events ?? []);
}
