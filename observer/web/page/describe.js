// Describes what a run is doing: its verdict, whose words are the server's, with ages that grow by themselves; its agent and its figures.

import { lookup } from "./dom.js";
import { toolName } from "./labels.js";
import { formatAge, formatCount, formatDuration, formatNumber } from "./units.js";
import { formatMoment } from "./zone.js";

const AGENT_NAMES = lookup({ INITIALIZER: "Initializer Agent", CODING: "Coding Agent", VERIFYING: "Verifying Agent" });
const TOKEN_KINDS = ["input", "output", "cache_read", "cache_write"];

export function describeAgent(type, iteration) {
  const name = AGENT_NAMES.get(type) ?? (type ? "Agent" : "");
  return (type === "CODING" || type === "VERIFYING") && iteration ? `${name}, iteration ${iteration}` : name;
}

// All tokens of a run as the list has them, "" if it states none; a "+" says that what was written is not among them.
export function describeTotal({ tokens }) {
  const counts = TOKEN_KINDS.map((kind) => tokens?.[kind]).filter((count) => typeof count === "number");
  if (!counts.length && typeof tokens?.thinking !== "number") return "";
  return `${formatCount(counts.reduce((sum, count) => sum + Math.max(0, count), 0))}${typeof tokens.output === "number" ? "" : "+"} tokens`;
}

const VERDICT_ROLES = lookup({
  working: "good", "in tool": "tool", "waiting on model": "plain", retrying: "warning", "rate limited": "warning", "waiting on human": "blocked",
  idle: "dim", stalled: "bad", unknown: "dim", complete: "good", failed: "bad", interrupted: "warning", ended: "warning", crashed: "bad",
});
const FINAL_VERDICTS = new Set(["complete", "failed", "interrupted", "ended", "crashed"]);

export const roleOfVerdict = (verdict) => VERDICT_ROLES.get(verdict) ?? "plain";
// Whether the run does not go on until a person has answered.
export const needsPerson = (run) => run.verdict === "waiting on human";
// The age of the last event that arrived at the server, in words: no clock of another machine is involved. Empty if it is not known.
export const ageOf = (run, passed) => (typeof run.silent_s !== "number" ? "" : formatAge(run.silent_s * 1000 + passed));
export const isOver = (run) => FINAL_VERDICTS.has(run.verdict);

// Return what an unknown run lacks, and for how long it has been silent.
function describeMissing(run, passed) {
  const last = typeof run.seconds === "number" ? `last event ${formatDuration(run.seconds * 1000 + passed)} ago` : "";
  return [run.missing, last].filter(Boolean).join("; ");
}

// Return the verdict of a run with its details; `passed` is the time in ms since the server sent them. A time has its date unless it is
// on the day of `now`.
export function describeVerdict(run, passed = 0, now = Date.now()) {
  if (run.missing) return `${run.verdict}: ${describeMissing(run, passed)}`;
  const parts = [run.verdict];
  if (run.tool) parts.push(toolName(run.tool));
  if (run.waiting_for) parts.push(`(${run.waiting_for})`);
  if (typeof run.seconds === "number") parts.push((run.verdict === "stalled" ? "for " : "") + formatDuration(run.seconds * 1000 + (isOver(run) ? 0 : passed)));
  const until = formatMoment(Date.parse(run.until), now);
  if (until) parts.push(`${run.verdict === "working" ? "paused " : ""}until ${until}`);
  return parts.join(" ");
}

// From which event on a run is known, if the beginning of its file is gone.
export const describeBeginning = (run) =>
  (typeof run.known_from === "number" ? `known from event ${formatNumber(run.known_from)} on; what came before is gone` : "");

export const describeProgress = (run) => (typeof run.passing === "number" && typeof run.total === "number" ? `${run.passing}/${run.total}` : "");
export const passingShare = (run) => (run.total > 0 ? Math.min(1, Math.max(0, run.passing / run.total)) : 0);
