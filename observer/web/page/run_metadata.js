// What the page learns of a run besides the stretch that it holds: its first line, and what happened when.

import { get, ofRun } from "./api.js";
import { parse, textOf } from "./event.js";

export async function learn(watching, name) {
  const found = await get(ofRun(name, "lines"), { after: "start", limit: 1 }).catch(() => null);
  if (name !== watching.name) return;
  const [offset, end, line] = found?.lines[0] ?? [];
  if (line) {
    const event = parse(line, offset, end);
    Object.assign(watching.about, { origin: event.at, project: textOf(event.data, "project_dir").replace(/\/$/, "") });
    watching.head.know({ model: textOf(event.data, "model") });
    watching.log.again();
  }
  await learnTimes(watching, name);
}

// The server reads a long run for its timeline piece by piece: each answer has more.
export async function learnTimes(watching, name) {
  const { timeline, filter } = watching;
  for (let [read, size] = [0, 1]; read < size;) {
    const found = await get(ofRun(name, "timeline")).catch(() => null);
    if (timeline !== watching.timeline) return;
    if (!found) break;
    timeline.load(found);
    watching.strip.later();
    [read, size] = [found.read_to <= read ? Infinity : found.read_to, found.size];
  }
  timeline.loaded = true; // or as good as: the server would not tell
  for (const span of timeline.spans) if (span.kind === "tool") filter.knowTool(span.name);
  for (const agent of timeline.agents) if (agent.id) filter.knowAgent(agent.id, agent.name);
  watching.noticeAll(watching.reader?.held.events ?? []);
}
