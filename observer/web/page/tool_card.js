// A tool call as a card: what it is about, how it goes or ended, what it changes or printed.

import { element, marked, table } from "./dom.js";
import { change, SHOWN_BY_CHANGE } from "./diff.js";
import { compact, listOf, textOf } from "./event.js";
import { ROLES, SIGNS, toolName } from "./labels.js";
import { agentsIn, telling } from "./describe.js";
import { changes, field, shortened, whole } from "./text_field.js";
import { duration, plural, size } from "./units.js";

const WORDS = table({ success: "", completed: "", ended: "" });
// Their outputs say again what stands in a file; those of the others are told in a line or not at all.
const COUNTED = new Set(["Read", "NotebookRead", "Grep", "Glob"]);
const QUIET = new Set(["Write", "Edit", "MultiEdit", "NotebookEdit", "TodoWrite"]);
const EXCERPT = 6;
const FAILED_TAIL = 8;
const DIFF_LINES = 12;

// What a call's state is called: "running", "never ended", or the status of its result.
export const statusOf = (row) => row.status || (row.ended ? "never ended" : row.later ? "ends further down" : row.writing !== null && row.writing !== undefined ? "being written" : "running");
export const roleOf = (status) => ROLES.get(status) ?? (status === "running" || status === "being written" ? "running" : status === "ends further down" ? "dim" : "bad");

export function statusElement(row) {
  const status = statusOf(row);
  const running = roleOf(status) === "running";
  const word = WORDS.get(status) ?? (running && status !== "running" ? `${status}, ${size(row.writing)}` : status);
  const sign = running ? element("i", { class: "spinner" }) : SIGNS.get(status) ? `${SIGNS.get(status)} ` : null;
  return element("span", { class: `status ${roleOf(status)}`, title: status }, sign, word, WORDS.has(status) ? element("span", { class: "unseen" }, status) : null);
}

export function tookOf(row, now) {
  if (row.took !== null) return duration(row.took);
  if (row.later) return "";
  if (!row.status && !row.ended) return row.at === null ? "" : duration(Math.max(0, now - row.at));
  return row.status && row.status !== "blocked" && row.began && row.ends ? duration(row.ends - row.began) : "";
}

export function titleOf(row, project) {
  if (row.type === "agent") return [textOf(row.subagent, "description") || "a subagent that began earlier", textOf(row.subagent, "agent_type")];
  if (row.input === null) return ["", row.status ? "the call stands further up" : ""];
  const [main, remark] = telling(row.name, row.input, project);
  return [main, [remark, counted(row)].filter(Boolean).join(" · ")];
}

// How much a call found whose output says again what stands in a file.
function counted(row) {
  if (!COUNTED.has(row.name) || row.bad || !row.output) return "";
  return plural(row.output.split("\n").length - (row.output.endsWith("\n") ? 1 : 0), "line");
}

export const nameOf = (row) => (row.type === "agent" ? "Subagent" : toolName(row.name));

// What a subagent did so far, in a line.
function agentLine(row) {
  const told = row.subagent;
  if (!told) return null;
  const last = !told.over && textOf(told, "last_tool") ? `now ${toolName(textOf(told, "last_tool"))}` : "";
  const said = [agentsIn(told), last].filter(Boolean).join(" · ");
  return said ? element("p", { class: "note" }, said) : null;
}

// The body of a card: an excerpt, or with `open` everything that is known. First what was asked, which stands before
// the rows of a subagent, then what came of it.
export function beforeOf(row, { open, wanted }) {
  const parts = row.type === "agent" ? [] : [...why(row, wanted), ...given(row, open, wanted)];
  return [agentLine(row), ...parts].filter(Boolean);
}

export function afterOf(row, { open, wanted }) {
  return row.type === "agent" ? [] : printed(row, open, wanted).filter(Boolean);
}

function why(row, wanted) {
  if (!row.reason && row.status !== "blocked") return [];
  const said = [element("b", {}, row.status === "blocked" ? "This call was blocked and never ran. " : ""), ...marked(row.reason ?? "", wanted)];
  const part = row.command && row.command !== textOf(row.input ?? {}, "command") ? element("code", {}, row.command) : null;
  return [element("div", { class: "reason" }, element("p", {}, ...said), part, row.rule ? element("span", { class: "chip" }, `rule ${row.rule}`) : null)];
}

function given(row, open, wanted) {
  if (row.input === null) return [];
  if (row.name === "TodoWrite") return [todos(row.input)];
  const lines = change(row.name, row.input);
  const shown = lines.length ? changes(lines, open ? 5000 : DIFF_LINES) : [];
  if (!open) return row.status === "blocked" && lines.length ? [] : shown;
  const others = Object.entries(row.input).filter(([name]) => !lines.length || !SHOWN_BY_CHANGE.has(name)).slice(0, 40);
  return [...others.map(([name, value]) => field(name, typeof value === "string" ? value : compact(value), wanted)), ...shown];
}

function todos(input) {
  const signs = table({ completed: "☑", in_progress: "◐" });
  return element("ul", { class: "todos" }, ...listOf(input, "todos").slice(0, 60).map((todo) =>
    element("li", { class: signs.has(todo.status) ? todo.status : "pending" }, `${signs.get(todo.status) ?? "☐"} ${textOf(todo, "content")}`)));
}

function printed(row, open, wanted) {
  const kept = row.outputFile ? element("p", { class: "note" }, `The whole output, ${size(row.outputBytes)}, is in `, element("code", {}, row.outputFile), " of the runs folder.") : null;
  if (!row.output || (row.reason && row.output.includes(row.reason) && !open)) return [kept];
  if (open) return [element("p", { class: "label" }, "output"), whole(row.output, "output", wanted, "Output"), kept];
  const failed = row.bad;
  if (!failed && QUIET.has(row.name)) return [kept];
  if (!failed && COUNTED.has(row.name) && !wanted) return [kept];
  return [...shortened(row.output, { first: failed ? 3 : EXCERPT, last: failed ? FAILED_TAIL : 0, look: "output", wanted }), kept];
}
