// Goes from error to error in the log, wherever the reader is. The server knows where they are, and says which one it
// is of how many.

// Go to the event at an offset; a filter that excludes it is cleared.
export async function goToShown(view, offset) {
  await view.goTo(offset);
  if (view.filter.active && view.reader.cache.eventFrom(offset)?.offset !== offset) {
    view.filter.clearSilently();
    await view.goTo(offset);
  }
  view.error = { offset, key: view.log.currentKey };
}

// Go to the next error "after" or "before" what is read, and beyond the last one to the first.
export async function goToError(view, direction) {
  const { reader } = view;
  if (!reader?.generation) return;
  try {
    const { at, words } = await reader.findError(placeOf(view, direction), direction);
    if (reader !== view.reader) return;
    view.callbacks.stepped(words);
    if (at !== null) await goToShown(view, at);
  } catch (error) {
    if (error.name !== "AbortError") view.fail(error);
  }
}

// The offset from which an error "after" or "before" is looked for: that of the error that was gone to or of the
// current row, if it is still in view; else, of a run that is read at its end, that, or the first row in view.
function placeOf({ log, reader, autoscroll, error }, direction) {
  const isAfter = direction === "after";
  const current = log.currentInView;
  if (current && error?.key === log.currentKey) return error.offset + (isAfter ? 1 : 0);
  if (current) return isAfter ? current.row.end : current.row.offset;
  if (autoscroll.following) return reader.size;
  return log.firstVisible()?.view.row.offset ?? reader.cache.last;
}
