// Completes tool calls: a filter lets results through without their calls and calls without their results, which are
// looked up then, newest first.

import { createRecords } from "./row.js";
/** @import { RunReader } from "./run_reader.js" */
/** @import { RunView } from "./run_view.js" */
/** @import { KnownCalls, LinesQuery, LogRow } from "./types.d.ts" */

const MAX_LOOKUPS = 40; // at once
const MAX_KNOWN = 3000; // calls, and results, that are remembered: more than there are rows
const RETRY_MS = 3000; // before the result of a running call is looked up again
/** @type {unique symbol} */
const NO_ANSWER = Symbol("no answer"); // to be tried again

/** @param {LogRow} row @param {KnownCalls} known */
function isIncomplete(row, { inputs }) {
  if (row.type !== "tool" || !row.id) return false;
  return row.result
    ? row.call === null && !inputs.has(row.id)
    : !row.ended && !(Date.now() - (row.lookupTime ?? -Infinity) < RETRY_MS);
}

/** @template T @param {Map<string, T>} known @param {string} id @param {T} record */
function remember(known, id, record) {
  known.set(id, record);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN) known.delete(oldest);
}

// Find the call of a result, or the result of a call, beyond what is loaded. Returns the event, null if there is none,
// or undefined if there is none as far as the server searched.
/** @param {RunReader} reader @param {string} id @param {Omit<LinesQuery, "limit">} query */
async function findById(reader, id, query) {
  const grep = id.replace(/[^\w-]/g, "\\$&");
  const page = await reader.source.lines(reader.run, { ...query, limit: 1, grep }, reader.abort.signal);
  return createRecords(page.lines)[0] ?? (page[query.before ? "at_start" : "at_end"] ? null : undefined);
}

/** @param {RunView} view */
export async function completeCalls(view) {
  const { reader, filter, known, log } = view;
  // Without a generation, the rows are those of another reader.
  if (!filter.active || view.completingCalls || !reader?.generation) return;
  view.completingCalls = true;
  const rows = [...view.rows.rowByKey.values()].filter((row) => isIncomplete(row, known));
  for (const { id, key, offset, result } of rows.slice(-MAX_LOOKUPS).reverse()) {
    if (!id) continue;
    const position = reader.cursor(offset);
    const sought = result ? { type: "tool_use", before: position } : { type: "tool_result", after: position };
    const event = await findById(reader, id, sought).catch((error) => (error.status ? undefined : NO_ANSWER));
    if (reader !== view.reader || event === NO_ANSWER) break;
    if (result) remember(known.inputs, id, event ?? null);
    else if (event) remember(known.results, id, event);
    const row = view.rows.rowByKey.get(key);
    if (!row) continue;
    const neverEnded = event === null && view.isOver; // the run ended first
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
