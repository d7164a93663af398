// Filters let results through without their calls: those are looked up, the newest first.

import { inputOf } from "./line.js";

const MOST = 40; // calls that are looked up at once

export async function fillCalls(watching) {
  const { reader, filter, known, story, log } = watching;
  if (!filter.active || watching.filling) return;
  watching.filling = true;
  const bare = [...story.keyed.values()].filter((row) => row.type === "tool" && row.input === null && row.status && row.id && !known.has(row.id));
  for (const row of bare.slice(-MOST).reverse()) {
    const found = await reader.call(row.id, row.offset).catch(() => null);
    if (reader !== watching.reader) break;
    known.set(row.id, found ? inputOf(found.data) : null);
    const now = watching.story.keyed.get(row.key);
    if (!found || !now) continue;
    now.input = inputOf(found.data);
    log.views.get(row.key)?.update(now, true);
  }
  watching.filling = false;
}
