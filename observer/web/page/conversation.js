// What the events of a conversation state: prompts, to-do lists, images, tokens, and why a message ended. The words are those
// of observer/runs/conversation.py and tokens.py.

import { lookup } from "./dom.js";
import { numberOf, objectsOf, textOf, wordsOf } from "./event.js";
import { formatCount, formatSize } from "./units.js";

const USER_MESSAGE = "user_message"; // the kind of info by which the first writers recorded a prompt
const INNER_SOURCES = new Set(["cli", "subagent"]); // of prompts that do not begin a turn
const USUAL_STOPS = new Set(["", "end_turn", "tool_use", "stop_sequence"]);
const STOPS = lookup({
  refusal: "the model refused to answer",
  max_tokens: "the answer was cut off at its limit of tokens",
  model_context_window_exceeded: "the answer was cut off: the model's context is full",
  pause_turn: "the API paused the turn",
});
const GOOD_SERVER_STATES = new Set(["", "connected", "pending", "disabled"]);

// Return { text, source, images } for a prompt, null for any other event.
export function promptOf({ type, data }) {
  if (type === "prompt") return { text: wordsOf(data, "text"), source: textOf(data, "source") || "user", images: imagesOf(data) };
  return type === "info" && data.kind === USER_MESSAGE ? { text: wordsOf(data, "message"), source: "user", images: [] } : null;
}

export const beginsTurn = (source) => !INNER_SOURCES.has(source);

export const imagesOf = (data) => objectsOf(data, "images").map((image) => ({ type: textOf(image, "media_type") || "image", bytes: Math.max(0, numberOf(image, "bytes") ?? 0), file: textOf(image, "file") }));
export const describeImage = ({ type, bytes, file }) => `${type}, ${formatSize(bytes)}, ${file ? `in ${file}` : "not kept"}`;

// Return why a message ended, "" if in the usual way.
export function describeStop(data) {
  const reason = textOf(data, "stop_reason");
  return USUAL_STOPS.has(reason) ? "" : STOPS.get(reason) ?? `the message ended: ${reason.replaceAll("_", " ")}`;
}

// The MCP servers that a session started without, each with its state.
export const failedServers = (data) => objectsOf(data, "mcp_servers").filter((server) => !GOOD_SERVER_STATES.has(textOf(server, "status")))
  .map((server) => `${textOf(server, "name")} ${textOf(server, "status").replaceAll(/[-_]/g, " ")}`);

const tokensOf = (data) => (typeof data?.tokens === "object" && data.tokens !== null ? data.tokens : {});
const countOf = (tokens, ...keys) => keys.reduce((sum, key) => sum + Math.max(0, numberOf(tokens, key) ?? 0), 0);
const hasTokens = (tokens) => ["input", "output", "cache_read", "cache_write", "thinking"].some((key) => numberOf(tokens, key) !== null);

// The total of what `data.tokens` states, and what was read and written; "" if it states nothing.
export function describeTotal(data) {
  const tokens = tokensOf(data);
  const atLeast = numberOf(tokens, "output") === null ? "+" : "";
  return hasTokens(tokens) ? `${formatCount(countOf(tokens, "input", "output", "cache_read", "cache_write"))}${atLeast} tokens` : "";
}
export function describeParts(data) {
  const tokens = tokensOf(data);
  const written = numberOf(tokens, "output") === null ? "" : `, ${formatCount(countOf(tokens, "output"))} out`;
  return hasTokens(tokens) ? `${formatCount(countOf(tokens, "input", "cache_read", "cache_write"))} tokens in${written}` : "";
}

// The things to do that an event lists, each { text, status }; how many are done, and the current one.
export const todoOf = (data) => objectsOf(data, "items").map((item) => ({ text: textOf(item, "text"), status: textOf(item, "status") }));
export function describeTodo(items) {
  const done = `${items.filter((item) => item.status === "completed").length}/${items.length} done`;
  return [done, items.find((item) => item.status === "in_progress")?.text].filter(Boolean).join(": ");
}
