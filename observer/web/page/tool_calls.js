// Filters let results through without their calls, and calls without their results: those are looked up, newest first.

const MOST = 40; // rows that are looked up at once
const KEPT = 3000; // calls, and results, that are remembered: more than there are rows
const AGAIN_MS = 3000; // a call that has no result yet is asked after again
const FAILED = Symbol("the server does not answer"); // it will be asked again

function lacks(row, { inputs }) {
  if (row.type !== "tool" || !row.id) return false;
  return row.status ? row.input === null && !inputs.has(row.id) : !row.ended && !(Date.now() - row.asked < AGAIN_MS);
}

function keep(known, id, data) {
  known.set(id, data);
  if (known.size > KEPT) known.delete(known.keys().next().value);
}

export async function fillCalls(watching) {
  const { reader, filter, known, log } = watching;
  if (!filter.active || watching.filling || !reader.generation) return; // until it has begun, the rows are another one's
  watching.filling = true;
  const rows = [...watching.story.keyed.values()].filter((row) => lacks(row, known));
  for (const { id, key, offset, status } of rows.slice(-MOST).reverse()) {
    const found = await (status ? reader.call(id, offset) : reader.result(id, offset)).catch((error) => (error.status ? undefined : FAILED));
    if (reader !== watching.reader || found === FAILED) break;
    if (status) keep(known.inputs, id, found?.data);
    else if (found) keep(known.results, id, found.data);
    const row = watching.story.keyed.get(key);
    if (!row) continue;
    const never = found === null && watching.over; // its run ended before it did
    Object.assign(row, { asked: Date.now(), later: row.later && found !== null, ended: row.ended || never });
    watching.story.complete(row);
    log.views.get(key)?.update(row, true);
  }
  watching.filling = false;
}
