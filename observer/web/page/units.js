// Durations, sizes and counts in words: as observer/format/units.py says them.

export function duration(ms) {
  const s = ms / 1000;
  if (s < 0.0995) return `${Math.max(0, Math.round(ms))}ms`;
  if (s < 9.95) return `${s.toFixed(1)}s`;
  if (s < 60) return `${s.toFixed(0)}s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes}m ${String(Math.floor(s % 60)).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

// How long ago, so coarse that it does not flicker: "now", "12s", "5m", "3h", "2d".
export function age(ms) {
  const s = Math.max(0, ms / 1000);
  if (s < 3) return "now";
  if (s < 60) return `${Math.floor(s)}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m`;
  if (s < 172_800) return `${Math.floor(s / 3600)}h`;
  return `${Math.floor(s / 86_400)}d`;
}

export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let at = -1;
  do { bytes /= 1000; at += 1; } while (bytes >= 999.5 && at < units.length - 1);
  return `${bytes.toFixed(bytes < 9.95 ? 1 : 0)} ${units[at]}`;
}

export const many = (number) => (number < 1000 ? `${number}` : number < 999_950 ? `${(number / 1000).toFixed(1)}k` : `${(number / 1e6).toFixed(1)}M`);
export const count = (number) => number.toLocaleString("en-US");
export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
export const money = (dollars) => `$${dollars.toFixed(dollars > 0 && dollars < 0.01 ? 4 : 2)}`;

// A moment of the run as a clock that started with it; `step`, in ms, says how fine it has to be.
export function clock(ms, step = 1000) {
  const sign = ms < 0 ? "−" : "";
  const whole = Math.abs(ms) + 0.01;
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  const hours = Math.floor(whole / 3_600_000);
  const rest = `${two((whole / 60_000) % 60)}:${two((whole / 1000) % 60)}`;
  const digits = step >= 1000 ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : 3;
  const fraction = digits ? `.${String(Math.floor(whole % 1000)).padStart(3, "0").slice(0, digits)}` : "";
  return `${sign}${hours ? `${hours}:` : ""}${rest}${fraction}`;
}

// The time of day of a timestamp, in UTC: "01:20:19Z"; empty if it is none.
export function timeOfDay(timestamp) {
  const ms = Date.parse(timestamp);
  return Number.isNaN(ms) ? "" : `${new Date(ms).toISOString().slice(11, 19)}Z`;
}

// A moment in ms since 1970 by the calendar, in UTC.
export function calendar(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "" : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
