// Answers questions about runs by asking the server. embedded_run.js answers the same ones from what is in a report.

import { buildUrl, getJson, runPath } from "./api.js";
import { EventStream } from "./event_stream.js";
/** @import { RunSource } from "./types.d.ts" */

/** @type {RunSource} */
export const server = {
  // A page of rows, as docs/serve.md describes it; `query` has the position and the filters.
  lines: (run, query, signal) => getJson(runPath(run, "lines"), { ...query, as: "rows" }, signal),

  // The row that shows all of an event, or of a text; `query` is { at, first }.
  row: (run, query, signal) => getJson(runPath(run, "row"), query, signal),

  // The next problem after or before a cursor.
  problem: (run, query, signal) => getJson(runPath(run, "problem"), query, signal),

  // The next hit of a filter after or before a cursor, or the number of hits.
  hit: (run, query, signal) => getJson(runPath(run, "hit"), query, signal),

  timeline: (run) => getJson(runPath(run, "timeline")),
  panel: (run) => getJson(runPath(run, "panel")),

  // The rows from a cursor on, as they come; `handlers` and `onState` are those of EventStream.
  follow: (run, query, from, handlers, onState) =>
    new EventStream(
      (lastId) => buildUrl(runPath(run, "events"), { ...query, as: "rows", from: lastId ? null : from, last: lastId }),
      handlers,
      onState,
    ),

  // The address of an image beside a run, null if the run may not have it.
  imageUrl: (run, file) => (file.startsWith(`${run}/`) ? buildUrl(runPath(run, "image"), { file }) : null),
};
