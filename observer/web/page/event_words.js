// Words about events. Generated from observer/web/summaries/event_words.py by tests/observer/web/page_words.py.

export const FILTER_TYPES = [
  ["prompt", "Prompts"],
  ["thought,message", "Text"],
  ["thinking", "Thinking"],
  ["tool_use,tool_result", "Tool calls"],
  ["subagent_start,subagent_progress,subagent_complete", "Subagents"],
  ["todo", "To-do lists"],
  ["progress", "Progress"],
  ["session_start,session_end,run_start,complete", "Sessions"],
  ["error,api_retry,rate_limit,compaction,info", "Errors and notes"],
  ["heartbeat", "Heartbeats"],
];
export const FILTER_STATUSES = [
  "success",
  "error",
  "blocked",
  "failed",
  "completed",
  "interrupted",
];
export const MAIN_AGENT = "Main agent";
export const SUBAGENT = "Subagent";
export const PROMPT = "Prompt";
export const SESSIONS = "Sessions";
export const TOOLS = "Tools";
export const SUBAGENTS = "Subagents";
export const EARLIER_SUBAGENT = "a subagent started earlier";
export const CALL_ABOVE = "call above";
export const RESULT_BELOW = "result below";
export const REPLACED = "replaced";
export const STEP = "step";
