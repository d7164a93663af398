// Describes a tool call, an event or a verdict in a few words. Many of them differ from those of observer/runs/describe.py:
// tests/describe.json has both, and holds where they differ.

import { describeParts, describeStop, describeTodo, describeTotal, failedServers, promptOf, todoOf } from "./conversation.js";
import { lookup } from "./dom.js";
import { compactJson, numberOf, objectsOf, textOf, wordsOf } from "./event.js";
import { toolName } from "./labels.js";
import { formatAge, formatCount, formatDuration, formatMoney, formatNumber, formatSize, pluralize } from "./units.js";
import { formatDateTime, formatMoment } from "./zone.js";

const MAX_HEADLINE = 400; // characters
const MAIN_FIELDS = ["command", "file_path", "notebook_path", "path", "pattern", "query", "url", "skill", "subject", "description", "prompt", "name"];
const AGENT_NAMES = lookup({ INITIALIZER: "Initializer Agent", CODING: "Coding Agent", VERIFYING: "Verifying Agent" });

const joined = (...parts) => parts.filter(Boolean).join(" · ");
const countLines = (text) => (text ? text.split("\n").length - (text.endsWith("\n") ? 1 : 0) : 0);
const searchRoot = (input) => textOf(input, "path") || textOf(input, "glob");
const searchWords = (input) => [textOf(input, "pattern"), searchRoot(input) && `in ${searchRoot(input)}`];
const subagentWords = (input) => [textOf(input, "description") || textOf(input, "prompt"), textOf(input, "subagent_type")];

const TOOL_WORDS = lookup({
  Bash: (input) => [textOf(input, "command"), input.run_in_background === true ? "in the background" : ""],
  Write: (input) => [textOf(input, "file_path"), pluralize(countLines(textOf(input, "content")), "line")],
  Edit: (input) => [textOf(input, "file_path"), `−${countLines(textOf(input, "old_string"))} +${countLines(textOf(input, "new_string"))}${input.replace_all === true ? ", everywhere" : ""}`],
  Read: (input) => [textOf(input, "file_path"), [input.offset ? `from line ${input.offset}` : "", Number.isFinite(input.limit) ? pluralize(input.limit, "line") : ""].filter(Boolean).join(", ")],
  Grep: searchWords,
  Glob: searchWords,
  Task: subagentWords,
  Agent: subagentWords,
  TodoWrite: (input) => {
    const todos = objectsOf(input, "todos");
    const current = todos.find((todo) => todo.status === "in_progress");
    return [current ? textOf(current, "content") : "", `${todos.filter((todo) => todo.status === "completed").length}/${todos.length} done`];
  },
});

// Return what a call is about, with paths relative to `project`, and a remark on it.
export function describeCall(name, input, project) {
  const firstField = () => MAIN_FIELDS.map((field) => textOf(input, field)).find(Boolean);
  const [main, remark] = TOOL_WORDS.get(name)?.(input) ?? [firstField() ?? (Object.keys(input).length ? compactJson(input) : ""), ""];
  return [project && main.startsWith(`${project}/`) ? main.slice(project.length + 1) : main, remark];
}

export function describeAgent(type, iteration) {
  const name = AGENT_NAMES.get(type) ?? (type ? "Agent" : "");
  return (type === "CODING" || type === "VERIFYING") && iteration ? `${name} · iteration ${iteration}` : name;
}

// The name of a subagent from its data: its type and what it is for.
export const subagentName = (data) => [textOf(data, "agent_type"), textOf(data, "description")].filter(Boolean).join(": ");

const durationIn = (data) => (numberOf(data, "duration_ms") === null ? "" : formatDuration(numberOf(data, "duration_ms")));
const costIn = (data) => (numberOf(data, "cost_usd") === null ? "" : formatMoney(numberOf(data, "cost_usd")));

export const describeUsage = (data) => joined(
  numberOf(data, "tool_uses") === null ? "" : pluralize(data.tool_uses, "tool"),
  numberOf(data, "tokens") === null ? "" : `${formatCount(data.tokens)} tokens`,
  durationIn(data),
);

const firstLine = (text) => text.trim().split("\n", 1)[0];
const countImages = (images) => (images.length ? pluralize(images.length, "image") : "");
const describePrompt = ({ text, source, images }) => joined([source, firstLine(text)].filter(Boolean).join(": "), countImages(images));
const modeOf = (data) => textOf(data, "permission_mode").replace(/^default$/, "");

// What a session works with, and the MCP servers that it started without.
export function sessionFacts(data) {
  const servers = objectsOf(data, "mcp_servers").length;
  return joined(
    textOf(data, "model"), textOf(data, "cli_version") && `CLI ${data.cli_version}`, modeOf(data) && `mode ${modeOf(data)}`, servers ? pluralize(servers, "MCP server") : "",
  );
}
export const serverFailures = (data) => failedServers(data).map((server) => `MCP server ${server}`);

function outcomeOfSession(data) {
  const outcome = textOf(data, "outcome");
  const reason = textOf(data, "terminal_reason").replace(/^completed$/, "").replaceAll("_", " ");
  return [outcome, outcome === "success" ? "" : reason || firstLine(wordsOf(data, "message"))].filter(Boolean).join(": ");
}

const EVENT_WORDS = lookup({
  run_start: (data) => joined(textOf(data, "about") || textOf(data, "command"), textOf(data, "recorded_from") && `recorded from ${data.recorded_from}`),
  session_start: (data, event) => joined(describeAgent(textOf(data, "agent_type"), numberOf(data, "iteration") ?? event.iteration), sessionFacts(data), ...serverFailures(data)),
  session_end: (data) => joined(outcomeOfSession(data), numberOf(data, "turns") === null ? "" : pluralize(data.turns, "turn"), durationIn(data), costIn(data), describeParts(data)),
  prompt: (_, event) => describePrompt(promptOf(event)),
  message: (data) => joined(describeStop(data), textOf(data, "model"), describeParts(data)),
  todo: (data) => describeTodo(todoOf(data)),
  progress: (data) => `${countOf(data, "passing")}/${countOf(data, "total")} passing`,
  api_retry: (data) => {
    const attempt = [numberOf(data, "attempt"), numberOf(data, "max_retries")].filter((number) => number !== null).join("/");
    const delay = numberOf(data, "delay_ms") === null ? "" : `in ${formatDuration(data.delay_ms)}`;
    const reason = [numberOf(data, "status"), textOf(data, "error")].filter(Boolean).join(" ");
    return [["retry", attempt, delay].filter(Boolean).join(" "), reason].filter(Boolean).join(": ");
  },
  rate_limit: (data) => joined(textOf(data, "status").replaceAll("_", " "), textOf(data, "limit").replaceAll("_", " "), numberOf(data, "utilization") === null ? "" : `${Math.round(data.utilization * 100)}% used`, textOf(data, "resets_at") && `resets ${formatDateTime(Date.parse(data.resets_at)) || data.resets_at}`),
  compaction: (data) => joined("the conversation was shortened", numberOf(data, "tokens_before") === null ? "" : `it had ${formatCount(data.tokens_before)} tokens`),
  info: (data, event) => (promptOf(event) ? describePrompt(promptOf(event)) : wordsOf(data, "message")),
  error: (data) => wordsOf(data, "message").split("\n", 1)[0] || textOf(data, "kind"),
  subagent_start: (data) => joined(textOf(data, "agent_type"), textOf(data, "description")),
  subagent_progress: (data) => describeUsage(data),
  subagent_complete: (data) => joined(textOf(data, "status"), describeUsage(data)),
  heartbeat: (data) => joined(textOf(data, "state").replaceAll("_", " "), numberOf(data, "elapsed_s") === null ? "" : formatDuration(data.elapsed_s * 1000), costIn(data), describeTotal(data)),
  complete: (data) => joined(textOf(data, "outcome") || "ended", wordsOf(data, "message"), durationIn(data), costIn(data), describeParts(data)),
  malformed: (data) => `malformed line: ${textOf(data, "reason")}, ${formatSize(numberOf(data, "bytes") ?? 0)}`,
  long: (data) => `${joined(textOf(data, "type").replaceAll("_", " "), `line of ${formatSize(numberOf(data, "bytes") ?? 0)}`)}, too long to load automatically`,
});

// Return an event in one line.
export const headline = (event) => (EVENT_WORDS.get(event.type)?.(event.data, event) ?? compactJson(event.data)).slice(0, MAX_HEADLINE);

const GOOD_STATUSES = new Set(["", "success", "completed"]);
const STALL_AFTER_S = 600;
const ALARMING_KINDS = new Set(["stuck", "crashed", "unsafe", "backoff", "rate_limited"]);

// A number of features in words.
const countOf = (data, key) => (Number.isSafeInteger(data[key]) && data[key] >= 0 ? formatNumber(data[key]) : "?");
const NAMES_OF_A_CALL = ["command", "name", "tool_use_id"];

// Whether the end of a run lists a blocked call; a text is a command.
function listsBlocked(data) {
  const items = Array.isArray(data.blocked) ? data.blocked.filter(Boolean) : [];
  return items.some((item) => typeof item === "string" || (typeof item === "object" && NAMES_OF_A_CALL.some((key) => wordsOf(item, key))));
}

// Whether a heartbeat says that nothing has happened for long, and the run waits for nothing known.
function isStandstill(data) {
  const waits = textOf(data, "until") || textOf(data, "state") === "rate_limited";
  return (numberOf(data, "idle_s") ?? 0) > STALL_AFTER_S && !waits && objectsOf(data, "in_flight").length === 0;
}

// Whether an event is of interest to someone who looks for what went wrong; as observer/runs/trouble.py decides.
export function isTrouble({ type, data }) {
  if (type === "error" || type === "api_retry" || type === "malformed") return true;
  if (type === "tool_result" || type === "subagent_complete") return !GOOD_STATUSES.has(textOf(data, "status"));
  if (type === "rate_limit") return !["", "allowed"].includes(textOf(data, "status"));
  if (type === "complete") return data.outcome !== "success" || listsBlocked(data);
  if (type === "session_end") return data.outcome !== "success";
  if (type === "progress") return objectsOf(data, "changed").some((item) => item.passes !== true);
  if (type === "thought" || type === "thinking") return textOf(data, "replaces") !== "";
  if (type === "heartbeat") return textOf(data, "state") === "waiting_on_human" || isStandstill(data);
  if (type === "message") return describeStop(data) !== "";
  if (type === "session_start") return failedServers(data).length > 0;
  return type === "info" && ALARMING_KINDS.has(data.kind);
}

const VERDICT_ROLES = lookup({
  working: "good", "in tool": "tool", "waiting on model": "plain", retrying: "warning", "rate limited": "warning", "waiting on human": "blocked",
  stalled: "bad", unknown: "dim", complete: "good", failed: "bad", interrupted: "warning", ended: "warning", crashed: "bad",
});
const FINAL_VERDICTS = new Set(["complete", "failed", "interrupted", "ended", "crashed"]);

export const roleOfVerdict = (verdict) => VERDICT_ROLES.get(verdict) ?? "plain";
// Whether the run does not go on until a person has answered.
export const needsPerson = (run) => run.verdict === "waiting on human";
// The age of the last event that arrived at the server, in words: no clock of another machine is involved. Empty if it is not known.
export const ageOf = (run, passed) => (numberOf(run, "silent_s") === null ? "" : formatAge(run.silent_s * 1000 + passed));
export const isOver = (run) => FINAL_VERDICTS.has(run.verdict);

// Return what an unknown run lacks, and for how long it has been silent.
function describeMissing(run, passed) {
  const last = typeof run.seconds === "number" ? `last event ${formatDuration(run.seconds * 1000 + passed)} ago` : "";
  return [textOf(run, "missing"), last].filter(Boolean).join("; ");
}

// Return the verdict of a run with its details; `passed` is the time in ms since the server sent them. A time has its date unless it is
// on the day of `now`.
export function describeVerdict(run, passed = 0, now = Date.now()) {
  if (run.missing) return `${run.verdict}: ${describeMissing(run, passed)}`;
  const parts = [run.verdict];
  if (run.tool) parts.push(toolName(run.tool));
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
