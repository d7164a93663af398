// The zone in which the page shows times, and times as text in it, as observer/format/zone.py does.

/** @import { ReportData, Zone } from "./types.d.ts" */

const MINUTE_MS = 60_000;

// A zone has a name for people, and for each time in ms since 1970 an offset from UTC in minutes and a label such as
// CET.
/** @type {Zone} */
export const UTC = { name: "UTC", offsetAt: () => 0, labelAt: () => "UTC" };

// The zone of the browser.
/** @returns {Zone} */
export function viewerZone() {
  const names = new Intl.DateTimeFormat("en", { timeZoneName: "short" });
  /** @param {number} ms */
  const offsetAt = (ms) => -new Date(ms).getTimezoneOffset();
  /** @param {number} ms */
  const labelAt = (ms) => {
    const name = names.formatToParts(ms).find((part) => part.type === "timeZoneName")?.value ?? "";
    return /^[A-Z]+$/.test(name) ? name : `UTC${offsetText(offsetAt(ms))}`;
  };
  return { name: names.resolvedOptions().timeZone, offsetAt, labelAt };
}

// The zone of a report: `spans` says from which time in ms on an offset and a label hold, in order of time.
/** @param {ReportData["zone"]} zone @returns {Zone} */
export function zoneOf({ name, spans }) {
  /** @param {number} ms */
  const spanAt = (ms) => spans.findLast(([from]) => from <= ms) ?? spans[0];
  return { name, offsetAt: (ms) => spanAt(ms)[1], labelAt: (ms) => spanAt(ms)[2] };
}

let zone = UTC;
/** @param {Zone} chosen */
export const setZone = (chosen) => {
  zone = chosen;
};
export const zoneName = () => zone.name;

/** @param {number} minutes */
function offsetText(minutes) {
  const size = Math.abs(minutes);
  /** @param {number} number */
  const twoDigits = (number) => String(Math.floor(number)).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${twoDigits(size / 60)}:${twoDigits(size % 60)}`;
}

// The local time as a Date whose UTC fields are those of the zone; null for an invalid time.
/** @param {number | null} ms */
function localDate(ms) {
  if (ms === null || Number.isNaN(new Date(ms).getTime())) return null;
  const local = new Date(ms + zone.offsetAt(ms) * MINUTE_MS);
  return Number.isNaN(local.getTime()) ? null : local;
}

/** @param {Date} local */
const dateText = (local) => local.toISOString().split("T")[0];
/** @param {Date} local */
const clockText = (local) => local.toISOString().split("T")[1].slice(0, 8);

// Date, time of day and zone of a time in ms since 1970: "2026-11-28 01:20:19 UTC"; "" for an invalid one.
/** @param {number | null} ms */
export function formatDateTime(ms) {
  const local = localDate(ms);
  return ms === null || local === null ? "" : `${dateText(local)} ${clockText(local)} ${zone.labelAt(ms)}`;
}

// Time of day and zone, with the date if that is not the day of `near`, or clocks were changed between them.
/** @param {number | null} ms @param {number | null} near */
export function formatMoment(ms, near) {
  const local = localDate(ms);
  const other = localDate(near);
  if (ms === null || local === null) return "";
  const isNear = near !== null && other !== null && dateText(local) === dateText(other) &&
    zone.offsetAt(ms) === zone.offsetAt(near);
  return isNear ? `${clockText(local)} ${zone.labelAt(ms)}` : formatDateTime(ms);
}
