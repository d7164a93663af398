// Durations, sizes and counts in words: as observer/render/units.py says them.

function duration(ms) {
  const s = ms / 1000;
  if (s < 0.0995) return `${Math.max(0, Math.round(ms))}ms`;
  if (s < 9.95) return `${s.toFixed(1)}s`;
  if (s < 60) return `${s.toFixed(0)}s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes}m ${String(Math.floor(s % 60)).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let at = -1;
  do { bytes /= 1000; at += 1; } while (bytes >= 999.5 && at < units.length - 1);
  return `${bytes.toFixed(bytes < 9.95 ? 1 : 0)} ${units[at]}`;
}

const count = (number) => number.toLocaleString("en-US");
const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
const money = (dollars) => `$${dollars.toFixed(dollars > 0 && dollars < 0.01 ? 4 : 2)}`;

// A moment of the run as a clock that started with it; `step`, in ms, says how fine it has to be.
function clock(ms, step = 1000) {
  const sign = ms < 0 ? "−" : "";
  const whole = Math.abs(ms) + 0.01;
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  const hours = Math.floor(whole / 3_600_000);
  const rest = `${two((whole / 60_000) % 60)}:${two((whole / 1000) % 60)}`;
  const digits = step >= 1000 ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : 3;
  const fraction = digits ? `.${String(Math.floor(whole % 1000)).padStart(3, "0").slice(0, digits)}` : "";
  return `${sign}${hours ? `${hours}:` : ""}${rest}${fraction}`;
}

// The same moment by the calendar, in UTC.
function calendar(ms) {
  const date = new Date((story.origin ?? 0) * 1000 + ms);
  return Number.isNaN(date.getTime()) ? "" : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
