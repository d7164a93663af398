// What a run does, with durations that grow by themselves. The words are the server's, and come with the run.

import { formatAge, formatDuration } from "./units.js";
import { formatMoment } from "./zone.js";
/** @import { StatusParts } from "./answers.d.ts" */
/** @import { Run } from "./types.d.ts" */

// The age of the last event that arrived at the server: no clock of another machine is involved. Empty if it is not
// known.
/** @param {Run} run @param {number} passed */
export const ageOf = (run, passed) => (typeof run.silent_s !== "number" ? "" : formatAge(run.silent_s * 1000 + passed));

// A status in words; `passed` is the time in ms for which its duration has gone on. A time has its date unless it is on
// the day of `now`.
/** @param {StatusParts} status @param {number} [passed] @param {number} [now] */
export function statusText({ before, seconds, after, lead, until }, passed = 0, now = Date.now()) {
  const duration = typeof seconds === "number" ? formatDuration(seconds * 1000 + passed) : "";
  const moment = until ? formatMoment(Date.parse(until), now) : "";
  return [before, duration, after, moment && `${lead} ${moment}`].filter(Boolean).join(" ");
}
