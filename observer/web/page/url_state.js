// The state in the URL: #RUN for a run, #RUN:17 for its line with seq 17, #RUN:@2048 for the line at a byte.

export function linkTo(run, row) {
  return `#${encodeURIComponent(run)}:${row.seq ?? `@${row.offset}`}`;
}

// Parse the hash of a URL: { run, place }, where `place` is as RunReader.openAt takes it; both are null if it is not a link.
export function parseHash(hash) {
  const match = /^#([^:]+)(?::(@?)(\d{1,15}))?$/.exec(hash);
  if (!match) return { run: null, place: null };
  const [, run, isOffset, number] = match;
  const place = number === undefined ? null : isOffset ? { around: Number(number) } : { seq: Number(number) };
  try {
    return { run: decodeURIComponent(run), place };
  } catch {
    return { run: null, place: null };
  }
}

// Copy a URL and return whether that worked: browsers refuse it on pages that are neither local nor encrypted.
export async function copyUrl(url) {
  try {
    await navigator.clipboard.writeText(url);
    return true;
  } catch {
    return false;
  }
}
