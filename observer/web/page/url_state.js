// The address of an event: #RUN, #RUN:17 for the line with seq 17, #RUN:@2048 for the line at a byte.

export function linkOf(run, row) {
  return `#${encodeURIComponent(run)}:${row.seq ?? `@${row.offset}`}`;
}

// What an address means: { run, place }, where `place` is as Reader.openAt takes it.
export function placeIn(hash) {
  const found = /^#([^:]+)(?::(@?)(\d{1,15}))?$/.exec(hash);
  if (!found) return { run: null, place: null };
  const [, run, isOffset, number] = found;
  const place = number === undefined ? null : isOffset ? { around: Number(number) } : { seq: Number(number) };
  try {
    return { run: decodeURIComponent(run), place };
  } catch {
    return { run: null, place: null };
  }
}

// Copying is refused on pages that are neither local nor encrypted: then the address bar has to do.
export async function copyLink(address) {
  try {
    await navigator.clipboard.writeText(address);
    return true;
  } catch {
    return false;
  }
}
