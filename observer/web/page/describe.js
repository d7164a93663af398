// What a call, an event or a verdict is about, in a few words; the same words as observer/runs/describe.py uses.

import { table } from "./dom.js";
import { toolName } from "./labels.js";
import { compact, listOf, numberOf, textOf } from "./event.js";
import { count, duration, many, money, plural, size, timeOfDay } from "./units.js";

const FIELDS = ["command", "file_path", "notebook_path", "path", "pattern", "query", "url", "skill", "description", "prompt", "name"];
const AGENTS = table({ INITIALIZER: "Initializer Agent", CODING: "Coding Agent" });
const lines = (text) => (text ? text.split("\n").length - (text.endsWith("\n") ? 1 : 0) : 0);
const where = (input) => textOf(input, "path") || textOf(input, "glob");

const OF_TOOL = table({
  Bash: (input) => [textOf(input, "command"), input.run_in_background === true ? "in the background" : ""],
  Write: (input) => [textOf(input, "file_path"), plural(lines(textOf(input, "content")), "line")],
  Edit: (input) => [textOf(input, "file_path"), `−${lines(textOf(input, "old_string"))} +${lines(textOf(input, "new_string"))}${input.replace_all === true ? ", everywhere" : ""}`],
  Read: (input) => [textOf(input, "file_path"), [input.offset ? `from line ${input.offset}` : "", Number.isFinite(input.limit) ? plural(input.limit, "line") : ""].filter(Boolean).join(", ")],
  Grep: (input) => [textOf(input, "pattern"), where(input) && `in ${where(input)}`],
  Glob: (input) => [textOf(input, "pattern"), where(input) && `in ${where(input)}`],
  Task: (input) => [textOf(input, "description") || textOf(input, "prompt"), textOf(input, "subagent_type")],
  Agent: (input) => [textOf(input, "description") || textOf(input, "prompt"), textOf(input, "subagent_type")],
  TodoWrite: (input) => {
    const todos = listOf(input, "todos");
    const current = todos.find((todo) => todo.status === "in_progress");
    return [current ? textOf(current, "content") : "", `${todos.filter((todo) => todo.status === "completed").length}/${todos.length} done`];
  },
});

// What a call is about, and a remark on it; paths inside `project` are told from there.
export function telling(name, input, project) {
  const [main, remark] = OF_TOOL.get(name)?.(input) ?? [FIELDS.map((field) => textOf(input, field)).find(Boolean) ?? (Object.keys(input).length ? compact(input) : ""), ""];
  const inside = (path) => (project && path.startsWith(`${project}/`) ? path.slice(project.length + 1) : path);
  return [inside(main), remark];
}

export function agentTitle(type, iteration) {
  const name = AGENTS.get(type) ?? (type ? "Agent" : "");
  return name === "Coding Agent" && iteration ? `${name} · iteration ${iteration}` : name;
}

const took = (data) => (numberOf(data, "duration_ms") === null ? "" : duration(numberOf(data, "duration_ms")));
const cost = (data) => (numberOf(data, "cost_usd") === null ? "" : money(numberOf(data, "cost_usd")));
const joined = (...parts) => parts.filter(Boolean).join(" · ");
export const agentsIn = (data) => joined(
  numberOf(data, "tool_uses") === null ? "" : plural(data.tool_uses, "tool"),
  numberOf(data, "tokens") === null ? "" : `${many(data.tokens)} tokens`,
  took(data),
);

const OF_TYPE = table({
  run_start: (data) => textOf(data, "about") || textOf(data, "command"),
  session_start: (data, event) => joined(agentTitle(textOf(data, "agent_type"), numberOf(data, "iteration") ?? event.iteration), textOf(data, "model")),
  session_end: (data) => joined(textOf(data, "outcome"), numberOf(data, "turns") === null ? "" : plural(data.turns, "turn"), took(data), cost(data)),
  progress: (data) => `${count(numberOf(data, "passing") ?? 0)}/${count(numberOf(data, "total") ?? 0)} passing`,
  api_retry: (data) => {
    const attempt = [numberOf(data, "attempt"), numberOf(data, "max_retries")].filter((number) => number !== null).join("/");
    const delay = numberOf(data, "delay_ms") === null ? "" : `in ${duration(data.delay_ms)}`;
    const reason = [numberOf(data, "status"), textOf(data, "error")].filter(Boolean).join(" ");
    return [["retry", attempt, delay].filter(Boolean).join(" "), reason].filter(Boolean).join(": ");
  },
  rate_limit: (data) => joined(textOf(data, "status").replaceAll("_", " "), textOf(data, "limit").replaceAll("_", " "), numberOf(data, "utilization") === null ? "" : `${Math.round(data.utilization * 100)}% used`, textOf(data, "resets_at") && `resets ${timeOfDay(data.resets_at) || data.resets_at}`),
  compaction: (data) => joined("the conversation was shortened", numberOf(data, "tokens_before") === null ? "" : `it had ${many(data.tokens_before)} tokens`),
  info: (data) => textOf(data, "message"),
  error: (data) => textOf(data, "message").split("\n", 1)[0] || textOf(data, "kind"),
  subagent_start: (data) => joined(textOf(data, "agent_type"), textOf(data, "description")),
  subagent_progress: (data) => agentsIn(data),
  subagent_complete: (data) => joined(textOf(data, "status"), agentsIn(data)),
  heartbeat: (data) => joined(textOf(data, "state").replaceAll("_", " "), numberOf(data, "elapsed_s") === null ? "" : duration(data.elapsed_s * 1000)),
  complete: (data) => joined(textOf(data, "outcome"), textOf(data, "message"), took(data), cost(data)),
  malformed: (data) => `a line that holds no event: ${textOf(data, "reason")}, ${size(numberOf(data, "bytes") ?? 0)}`,
  long: (data) => `${joined(textOf(data, "type").replaceAll("_", " "), `a line of ${size(numberOf(data, "bytes") ?? 0)}`)}, too long to be shown unasked`,
});

// What an event says, in one line.
export const headline = (event) => (OF_TYPE.get(event.type)?.(event.data, event) ?? compact(event.data)).slice(0, 400);

const BAD_STATUSES = new Set(["error", "blocked", "failed", "rejected", "stopped", "killed"]);
const ALARMING = new Set(["stuck", "crashed", "unsafe", "backoff", "rate_limited"]);

// Whether an event is what somebody looks for who asks what went wrong. As observer/runs/filter.py.
export function isTrouble({ type, data }) {
  if (type === "error" || type === "api_retry" || type === "malformed") return true;
  if (type === "tool_result" || type === "subagent_complete" || type === "rate_limit") return BAD_STATUSES.has(data.status);
  if (type === "session_end" || type === "complete") return data.outcome !== "success";
  return type === "info" && ALARMING.has(data.kind);
}

// The verdict of a run, and its colour.
const VERDICT_ROLES = table({
  working: "good", "in tool": "tool", "waiting on model": "plain", retrying: "warning", "rate limited": "warning", "waiting on human": "blocked",
  stalled: "bad", complete: "good", failed: "bad", interrupted: "warning", crashed: "bad",
});
const FINAL = new Set(["complete", "failed", "interrupted", "crashed"]);

export const roleOfVerdict = (verdict) => VERDICT_ROLES.get(verdict) ?? "plain";
export const isOver = (run) => FINAL.has(run.verdict);

// The verdict with what belongs to it; `passed` are the ms since the server said so.
export function said(run, passed = 0) {
  const parts = [run.verdict];
  if (run.tool) parts.push(toolName(run.tool));
  if (typeof run.seconds === "number") parts.push((run.verdict === "stalled" ? "for " : "") + duration(run.seconds * 1000 + (isOver(run) ? 0 : passed)));
  const until = timeOfDay(run.until);
  if (until) parts.push(`${run.verdict === "working" ? "paused " : ""}until ${until}`);
  return parts.join(" ");
}

export const progress = (run) => (typeof run.passing === "number" && typeof run.total === "number" ? `${run.passing}/${run.total}` : "");
export const share = (run) => (run.total > 0 ? Math.min(1, Math.max(0, run.passing / run.total)) : 0);
