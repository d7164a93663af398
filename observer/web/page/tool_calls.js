// Completes tool calls: a filter lets results through without their calls and calls without their results, which are
// looked up then, newest first.

const MAX_LOOKUPS = 40; // at once
const MAX_KNOWN = 3000; // calls, and results, that are remembered: more than there are rows
const RETRY_MS = 3000; // before the result of a running call is looked up again
const NO_ANSWER = Symbol("no answer"); // to be tried again

function isIncomplete(row, { inputs }) {
  if (row.type !== "tool" || !row.id) return false;
  return row.result
    ? row.call === null && !inputs.has(row.id)
    : !row.ended && !(Date.now() - row.lookupTime < RETRY_MS);
}

function remember(known, id, record) {
  known.set(id, record);
  if (known.size > MAX_KNOWN) known.delete(known.keys().next().value);
}

export async function completeCalls(view) {
  const { reader, filter, known, log } = view;
  // Without a generation, the rows are those of another reader.
  if (!filter.active || view.completingCalls || !reader.generation) return;
  view.completingCalls = true;
  const rows = [...view.rows.rowByKey.values()].filter((row) => isIncomplete(row, known));
  for (const { id, key, offset, result } of rows.slice(-MAX_LOOKUPS).reverse()) {
    const event = await (result ? reader.findCall(id, offset) : reader.findResult(id, offset)).catch((
      error,
    ) => (error.status ? undefined : NO_ANSWER));
    if (reader !== view.reader || event === NO_ANSWER) break;
    if (result) remember(known.inputs, id, event ?? null);
    else if (event) remember(known.results, id, event);
    const row = view.rows.rowByKey.get(key);
    if (!row) continue;
    const neverEnded = event === null && view.over; // the run ended first
    Object.assign(row, {
      lookupTime: Date.now(),
      resultBelow: row.resultBelow && event !== null,
      ended: row.ended || neverEnded,
    });
    view.rows.addKnown(row);
    log.views.get(key)?.update(row, true);
  }
  view.completingCalls = false;
}
