// What the URL holds after "#": the run, the place in it, and the filters.
//
// #RUN is a run that is read at its end, #RUN:17 its line with seq 17, #RUN:@2048 the line at a byte. After "?" come
// the filters, by the names of LiveFilter.state, `follow` if the line is only selected, and the end is read, and twice
// `compare` if two runs are compared.

/** @import { Address, EventRecord, FilterState, Place, RowPlace } from "./types.d.ts" */

/** @param {string} run @param {RowPlace} row */
export function linkTo(run, row) {
  return `#${encodeURIComponent(run)}:${row.seq ?? `@${row.offset}`}`;
}

// The hash for a run, a row (null if there is none), whether the end is followed, filters, and runs that are compared.
/** @param {{ run: string, row: RowPlace | null, follow: boolean, filters: FilterState, compare?: string[] }} address */
export function formatHash({ run, row, follow, filters, compare = [] }) {
  const query = new URLSearchParams(filters);
  for (const name of compare) query.append("compare", name);
  if (row && follow) query.set("follow", "1");
  const address = row ? linkTo(run, row) : `#${encodeURIComponent(run)}`;
  return query.size ? `${address}?${query}` : address;
}

// Parse the hash of a URL: { run, place, follow, filters, compare }, where `place` is as RunReader.openAt takes it;
// `run` and `place` are null if it has none.
/** @param {string} hash @returns {Address & { run: string | null }} */
export function parseHash(hash) {
  const [address, query] = hash.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query ?? "");
  const compare = parameters.getAll("compare");
  parameters.delete("compare");
  const { follow, ...filters } = Object.fromEntries(parameters);
  const match = /^#([^:]+)(?::(@?)(\d{1,15}))?$/.exec(address);
  const run = match && decode(match[1]);
  if (!run) return { run: null, place: null, follow: false, filters: {}, compare: [] };
  const [, , isOffset, number] = match;
  const place = number === undefined ? null : isOffset ? { around: Number(number) } : { seq: Number(number) };
  return { run, place, follow: follow === "1", filters, compare };
}

/** @param {string} name */
function decode(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}

// Whether a place is that of an event.
/** @param {Place} place @param {EventRecord} event */
export const isAt = (
  place,
  event,
) => (place.seq === undefined ? event.offset === place.around : event.seq === place.seq);

// Copy a URL and return whether that worked: browsers refuse it on pages that are neither local nor encrypted.
/** @param {string} url */
export async function copyUrl(url) {
  try {
    await navigator.clipboard.writeText(url);
    return true;
  } catch {
    return false;
  }
}
