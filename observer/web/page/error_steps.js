// Goes from error to error in the log, wherever the reader is. The server knows where they are, and says which one it
// is of how many.

import { findError } from "./error_search.js";
import { isCancelled } from "./failures.js";
/** @import { RunReader } from "./run_reader.js" */
/** @import { RunView } from "./run_view.js" */
/** @import { Direction } from "./types.d.ts" */

// Go to the event at an offset; a filter that excludes it is cleared.
/** @param {RunView} view @param {number} offset */
export async function goToShown(view, offset) {
  await view.goTo(offset);
  if (view.filter.active && view.reader?.cache.eventFrom(offset)?.offset !== offset) {
    view.filter.clearSilently();
    await view.goTo(offset);
  }
  view.error = { offset, key: view.log.currentKey };
}

// Go to the next error "after" or "before" what is read, and beyond the last one to the first.
/** @param {RunView} view @param {Direction} direction */
export async function goToError(view, direction) {
  const { reader } = view;
  if (!reader?.generation) return;
  try {
    const { at, words } = await findError(reader, placeOf(view, reader, direction), direction);
    if (reader !== view.reader) return;
    view.callbacks.stepped(words);
    if (at !== null) await goToShown(view, at);
  } catch (error) {
    if (!isCancelled(error)) view.fail(error);
  }
}

// The offset from which an error "after" or "before" is looked for: that of the error that was gone to or of the
// current row, if it is still in view; else, of a run that is read at its end, that, or the first row in view.
/** @param {RunView} view @param {RunReader} reader @param {Direction} direction */
function placeOf({ log, autoscroll, error }, reader, direction) {
  const isAfter = direction === "after";
  const current = log.currentInView;
  if (current && error?.key === log.currentKey) return error.offset + (isAfter ? 1 : 0);
  if (current) return isAfter ? current.row.end : current.row.offset;
  if (autoscroll.following) return reader.size;
  return log.firstVisible()?.view.row.offset ?? reader.cache.last;
}
