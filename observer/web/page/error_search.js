// The search for an error beyond what is loaded: the server reads a long run in steps.

/** @import { RunReader } from "./run_reader.js" */
/** @import { Direction } from "./types.d.ts" */

// Find the next error "after" or "before" an offset: { at, words }, where `at` is its offset, null if there is none.
// Cancels the search for another one.
/** @param {RunReader} reader @param {number} offset @param {Direction} direction */
export async function findError(reader, offset, direction) {
  cancelErrorSearch(reader);
  const abort = (reader.errorAbort = new AbortController());
  const what = direction === "after" ? "next" : "previous";
  const position = { [direction]: reader.cursor(offset) };
  try {
    for (let [done, size] = [0, 0];;) {
      reader.callbacks.searching({ what, done, size });
      const answer = await reader.source.problem(reader.run, position, abort.signal);
      [done, size] = [answer.read_to, answer.size];
      if (done >= size) return answer;
    }
  } finally {
    if (reader.errorAbort === abort) {
      reader.errorAbort = null;
      reader.callbacks.searched();
    }
  }
}

// Cancel the search for an error. Returns whether there was one.
/** @param {RunReader} reader */
export function cancelErrorSearch(reader) {
  const abort = reader.errorAbort;
  reader.errorAbort = null;
  abort?.abort();
  if (abort) reader.callbacks.searched();
  return abort !== null;
}
