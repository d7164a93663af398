// What tools and states are called, and how each state looks.

import { table } from "./dom.js";

export const toolName = (name) => (name.startsWith("mcp__") ? name.slice(5).replaceAll("__", " ") : name) || "tool";

export const SIGNS = table({
  success: "✓", completed: "✓", error: "✗", failed: "✗", killed: "✗", rejected: "✗", blocked: "⊘", stopped: "■", interrupted: "■",
  budget: "■", void: "↺", "never ended": "…",
});
export const ROLES = table({
  success: "good", completed: "good", blocked: "blocked", interrupted: "warning", stopped: "warning", budget: "warning",
  allowed_warning: "warning", allowed: "dim", ended: "dim", void: "dim", "never ended": "dim",
});

// The look of what ended so; a state that nobody knows is no good one, and what has none yet goes on.
export const roleOfStatus = (status) => ROLES.get(status) ?? (status ? "bad" : "");
