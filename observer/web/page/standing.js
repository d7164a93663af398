// A run's verdict in words and colour. As observer/runs/describe_status.py.

import { table } from "./dom.js";
import { toolName } from "./naming.js";
import { duration } from "./units.js";

const ROLES = table({
  working: "good", "in tool": "tool", "waiting on model": "plain", retrying: "warning", "rate limited": "warning", "waiting on human": "blocked",
  stalled: "bad", complete: "good", failed: "bad", interrupted: "warning", crashed: "bad",
});
const FINAL = new Set(["complete", "failed", "interrupted", "crashed"]);

export const roleOfVerdict = (verdict) => ROLES.get(verdict) ?? "plain";
export const isOver = (run) => FINAL.has(run.verdict);

// The verdict with what belongs to it; `passed` are the ms since the server said so.
export function said(run, passed = 0) {
  const parts = [run.verdict];
  if (run.tool) parts.push(toolName(run.tool));
  if (typeof run.seconds === "number") parts.push((run.verdict === "stalled" ? "for " : "") + duration(run.seconds * 1000 + (isOver(run) ? 0 : passed)));
  if (run.until) parts.push(`until ${run.until.slice(11, 19)}Z`);
  return parts.join(" ");
}

export const progress = (run) => (typeof run.passing === "number" && typeof run.total === "number" ? `${run.passing}/${run.total}` : "");
export const share = (run) => (run.total > 0 ? Math.min(1, Math.max(0, run.passing / run.total)) : 0);
