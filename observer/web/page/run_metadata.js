// Loads what the page needs to know of a run beyond the events it holds: its first line, and its timeline.

import { getJson, runPath } from "./api.js";
import { parseEvent, textOf } from "./event.js";

export async function loadMetadata(view, name) {
  const page = await getJson(runPath(name, "lines"), { after: "start", limit: 1 }).catch(() => null);
  if (name !== view.name) return;
  const [offset, end, line] = page?.lines[0] ?? [];
  if (line) {
    const event = parseEvent(line, offset, end);
    Object.assign(view.context, { origin: event.time, project: textOf(event.data, "project_dir").replace(/\/$/, "") });
    view.header.setModel(textOf(event.data, "model"));
    view.log.rerender();
  }
  await loadTimeline(view, name);
}

// The server reads a long run in steps: each answer covers more of it.
export async function loadTimeline(view, name) {
  const { timeline, filter } = view;
  for (let [readTo, size] = [0, 1]; readTo < size;) {
    const answer = await getJson(runPath(name, "timeline")).catch(() => null);
    if (timeline !== view.timeline) return;
    if (!answer) break;
    timeline.load(answer);
    view.strip.schedulePaint();
    [readTo, size] = [answer.read_to <= readTo ? Infinity : answer.read_to, answer.size];
  }
  timeline.loaded = true; // even if the server failed: then it shows new events only
  for (const span of timeline.spans) if (span.kind === "tool") filter.addTool(span.name);
  for (const agent of timeline.agents) if (agent.id) filter.addAgent(agent.id, agent.name);
  view.observeAll(view.reader?.cache.events ?? []);
}
