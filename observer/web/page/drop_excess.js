// Drops rows that are too many, if they are out of view.

import { MAX_EVENTS } from "./line_cache.js";
/** @import { LogView } from "./log_view.js" */
/** @import { RunReader } from "./run_reader.js" */
/** @import { Edge } from "./types.d.ts" */

const DROP_DISTANCE = 1.5; // screens that rows must be out of view before they are dropped
const DROP_ALWAYS = 4 * MAX_EVENTS; // events beyond which rows are dropped wherever they are

// Drop what is too much at an edge. Returns whether anything was dropped.
/** @param {RunReader} reader @param {LogView} log @param {Edge} edge */
export function dropExcess(reader, log, edge) {
  const { cache } = reader;
  const { excess } = cache;
  if (!excess) return false;
  const index = edge === "start" ? excess : cache.events.length - excess;
  if (cache.events.length < DROP_ALWAYS && log.distance(cache.events[index].offset, edge) < DROP_DISTANCE) return false;
  if (edge === "start") cache.dropFirst(excess);
  else {
    cache.dropLast(excess);
    reader.attached = false;
  }
  return true;
}
