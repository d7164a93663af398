// The notes above and below the rows: what is still to be loaded, or that nothing is there.

import { byId, setText } from "./dom.js";
/** @import { RunReader } from "./run_reader.js" */

// Update them for a reader. `isFiltered` is whether filters are set, `isOver` whether a row closes the log.
/** @param {RunReader} reader @param {{ isFiltered: boolean, isOver: boolean }} state */
export function updateEdgeNotes({ cache, attached }, { isFiltered, isOver }) {
  const above = byId("above");
  above.hidden = cache.atStart && cache.events.length > 0;
  const nothing = isFiltered ? "No events match these filters." : "No events yet.";
  setText(above, cache.atStart ? nothing : "Loading earlier events …");
  const below = byId("below");
  below.hidden = attached;
  setText(below, "Loading later events …");
  byId("closing").hidden = !attached || !isOver;
}
