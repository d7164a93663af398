// Formats durations, ages and counts, as observer/format/units.py does.

/** @param {number} ms */
export function formatDuration(ms) {
  const s = ms / 1000;
  if (s < 0.0995) return `${Math.max(0, Math.round(ms))}ms`;
  if (s < 9.95) return `${s.toFixed(1)}s`;
  if (s < 60) return `${s.toFixed(0)}s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes}m ${String(Math.floor(s % 60)).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

// An age, coarse enough not to flicker: "now", "12s", "5m", "3h", "2d".
/** @param {number} ms */
export function formatAge(ms) {
  const s = Math.max(0, ms / 1000);
  if (s < 3) return "now";
  if (s < 60) return `${Math.floor(s)}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m`;
  if (s < 172_800) return `${Math.floor(s / 3600)}h`;
  return `${Math.floor(s / 86_400)}d`;
}

// A number with all its digits, in groups of three.
/** @param {number} number */
export const formatNumber = (number) => number.toLocaleString("en-US");
/** @param {number} count @param {string} noun */
export const pluralize = (count, noun) => `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;

// A time since the start of the run as a clock; `step`, in ms, is the precision needed. The hours are left out if there
// are none.
/** @param {number} ms @param {number} [step] @param {boolean} [withHours] */
export function formatClock(ms, step = 1000, withHours = false) {
  const sign = ms < 0 ? "−" : "";
  const time = Math.abs(ms) + 0.01;
  /** @param {number} number */
  const twoDigits = (number) => String(Math.floor(number)).padStart(2, "0");
  const hours = Math.floor(time / 3_600_000);
  const minutes = `${twoDigits((time / 60_000) % 60)}:${twoDigits((time / 1000) % 60)}`;
  const digits = step >= 1000 ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : 3;
  const fraction = digits ? `.${String(Math.floor(time % 1000)).padStart(3, "0").slice(0, digits)}` : "";
  return `${sign}${hours || withHours ? `${hours}:` : ""}${minutes}${fraction}`;
}

// The same with a sign, where it could be taken for a time of day: "+1:02:03".
/** @param {number} ms */
export const formatOffset = (ms) => (ms < 0 ? "" : "+") + formatClock(ms);
