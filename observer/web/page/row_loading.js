// Loads more of what the log shows of a run: a long line, or all of an event.

import { isCancelled } from "./failures.js";
/** @import { RunView } from "./run_view.js" */
/** @import { LogRow } from "./types.d.ts" */

// Load a long line and show it in its place.
/** @param {RunView} view @param {LogRow} row */
export async function loadLine(view, { offset }) {
  const { reader } = view;
  const event = reader?.cache.events.find((cached) => cached.offset === offset);
  if (!reader || !event) return;
  try {
    const loaded = await reader.loadLine(event);
    if (loaded) reader.cache.replace(event, loaded);
    view.rebuild();
  } catch (error) {
    view.callbacks.failed(error);
  }
}

// Load a row that shows all of an event, or of a text; null if it cannot be had.
/** @param {RunView} view @param {number} end @param {number} [firstEnd] */
export async function loadRow(view, end, firstEnd) {
  try {
    return (await view.reader?.loadRow(end, firstEnd)) ?? null;
  } catch (error) {
    if (!isCancelled(error)) view.callbacks.failed(error);
    return null;
  }
}
