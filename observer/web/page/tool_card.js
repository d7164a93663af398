// A tool call or a subagent as a card: what it is about, its status, what it changes or printed.

import { describeImage } from "./conversation.js";
import { describeCall, describeUsage } from "./describe.js";
import { changedLines, FIELDS_IN_CHANGES } from "./diff.js";
import { element, highlight, lookup } from "./dom.js";
import { compactJson, objectsOf, textOf } from "./event.js";
import { STATUS_ROLES, toolName } from "./labels.js";
import { statusElement } from "./row_parts.js";
import { diffElements, excerptElements, fieldElement, fullTextElement } from "./text_field.js";
import { formatDuration, formatSize, pluralize } from "./units.js";

// The output of these tools repeats a file: only its lines are counted.
const COUNTED_TOOLS = new Set(["Read", "NotebookRead", "Grep", "Glob"]);
const QUIET_TOOLS = new Set(["Write", "Edit", "MultiEdit", "NotebookEdit", "TodoWrite"]);
const EXCERPT_LINES = 6;
const FAILED_HEAD_LINES = 3;
const FAILED_TAIL_LINES = 8;
const DIFF_LINES = 12;
const OPEN_DIFF_LINES = 5000;
const MAX_FIELDS = 40;
const MAX_TODOS = 60;

// The status of a call: that of its result, else what is known without one.
export function statusOf(row) {
  if (row.status) return row.status;
  if (row.ended) return "did not end";
  if (row.resultBelow) return "result below";
  if (row.asking) return "waiting on human";
  return row.inputBytes !== null && row.inputBytes !== undefined ? "writing input" : "running";
}

const isRunning = (status) => status === "running" || status === "writing input";
export const roleOfCall = (status) => STATUS_ROLES.get(status) ?? (isRunning(status) ? "running" : status === "result below" ? "dim" : "bad");

export function callStatusElement(row) {
  const status = statusOf(row);
  if (!isRunning(status)) return statusElement(status, roleOfCall(status));
  const word = status === "running" ? status : `${status}, ${formatSize(row.inputBytes)}`;
  return statusElement(status, roleOfCall(status), element("i", { class: "spinner" }), word);
}

export function durationOf(row, now) {
  if (row.status === "blocked") return "";
  if (row.duration !== null) return formatDuration(row.duration);
  if (row.resultBelow) return "";
  if (!row.status && !row.ended) return row.time === null ? "" : formatDuration(Math.max(0, now - row.time));
  return row.status && !row.bad && row.callTime && row.endTime ? formatDuration(row.endTime - row.callTime) : "";
}

// The title of a card and a remark on it.
export function titleOfCall(row, project) {
  if (row.type === "agent") return [textOf(row.subagent, "description") || "a subagent started earlier", textOf(row.subagent, "agent_type")];
  if (row.input === null) return ["", row.status ? "call above" : ""];
  const [title, remark] = describeCall(row.name, row.input, project);
  return [title, [remark, outputLines(row)].filter(Boolean).join(" · ")];
}

function outputLines(row) {
  if (!COUNTED_TOOLS.has(row.name) || row.bad || !row.output) return "";
  return pluralize(row.output.split("\n").length - (row.output.endsWith("\n") ? 1 : 0), "line");
}

export const nameOfCall = (row) => (row.type === "agent" ? "Subagent" : toolName(row.name));

// What a subagent did so far, in a line.
function usageElement({ subagent }) {
  if (!subagent) return null;
  const current = !subagent.over && textOf(subagent, "last_tool") ? `now ${toolName(textOf(subagent, "last_tool"))}` : "";
  const usage = [describeUsage(subagent), current].filter(Boolean).join(" · ");
  return usage ? element("p", { class: "note" }, usage) : null;
}

// The body of a card above the rows of a subagent: what was called. `open` shows all that is known instead of an excerpt.
export function inputElements(row, { open, query }) {
  const parts = row.type === "agent" ? [] : [...reasonElements(row, query), ...fieldElements(row, open, query)];
  return [usageElement(row), ...parts].filter(Boolean);
}

// The body of a card below the rows of a subagent: the result.
export function resultElements(row, { open, query }) {
  return row.type === "agent" ? [] : outputElements(row, open, query).filter(Boolean);
}

function reasonElements(row, query) {
  if (!row.reason && row.status !== "blocked") return [];
  const text = [element("b", {}, row.status === "blocked" ? "This call was blocked and never ran. " : ""), ...highlight(row.reason ?? "", query)];
  const refused = row.command && row.command !== textOf(row.input ?? {}, "command") ? element("code", {}, row.command) : null;
  return [element("div", { class: "reason" }, element("p", {}, ...text), refused, row.rule ? element("span", { class: "chip" }, `rule ${row.rule}`) : null)];
}

function fieldElements(row, open, query) {
  if (row.input === null) return [];
  if (row.name === "TodoWrite") return [todoElement(objectsOf(row.input, "todos").map((todo) => ({ text: textOf(todo, "content"), status: todo.status })))];
  const lines = changedLines(row.name, row.input);
  const diff = lines.length ? diffElements(lines, open ? OPEN_DIFF_LINES : DIFF_LINES) : [];
  if (!open) return row.status === "blocked" && lines.length ? [] : diff;
  const fields = Object.entries(row.input).filter(([name]) => !lines.length || !FIELDS_IN_CHANGES.has(name)).slice(0, MAX_FIELDS);
  return [...fields.map(([name, value]) => fieldElement(name, typeof value === "string" ? value : compactJson(value), query)), ...diff];
}

// A list of things to do, each { text, status }.
export function todoElement(items) {
  const signs = lookup({ completed: "☑", in_progress: "◐" });
  return element("ul", { class: "todos" }, ...items.slice(0, MAX_TODOS).map(({ text, status }) =>
    element("li", { class: signs.has(status) ? status : "pending" }, `${signs.get(status) ?? "☐"} ${text}`)));
}

// What belongs to a result beside its output. Files beside a run are not served, so there is no link.
function attachmentElements(row) {
  const file = row.outputFile ? [element("p", { class: "note" }, `Full output (${formatSize(row.outputBytes)}): `, element("code", {}, row.outputFile), " in the runs directory.")] : [];
  const shortened = row.truncated ? [element("p", { class: "note" }, "The CLI had shortened this output, and the rest could not be had.")] : [];
  return [...file, ...shortened, ...(row.images ?? []).map((image) => element("p", { class: "note" }, describeImage(image)))];
}

function outputElements(row, open, query) {
  const attachments = attachmentElements(row);
  if (!row.output || (row.reason && row.output.includes(row.reason) && !open)) return attachments;
  if (open) return [element("p", { class: "label" }, "output"), fullTextElement(row.output, "output", query, "Output"), ...attachments];
  const failed = row.bad;
  if (!failed && QUIET_TOOLS.has(row.name)) return attachments;
  if (!failed && COUNTED_TOOLS.has(row.name) && !query) return attachments;
  const limits = { first: failed ? FAILED_HEAD_LINES : EXCERPT_LINES, last: failed ? FAILED_TAIL_LINES : 0 };
  return [...excerptElements(row.output, { ...limits, look: "output", query }), ...attachments];
}
