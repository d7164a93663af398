// Names of tools, and the sign and colour of each status. A colour is named by its role: good, bad, warning, blocked, dim.

import { lookup } from "./dom.js";

export const toolName = (name) => (name.startsWith("mcp__") ? name.slice(5).replaceAll("__", " ") : name) || "tool";

export const STATUS_SIGNS = lookup({
  success: "✓", completed: "✓", error: "✗", failed: "✗", killed: "✗", rejected: "✗", blocked: "⊘", stopped: "■", interrupted: "■",
  budget: "■", void: "↺", "did not end": "…", active: "…", unknown: "…", "waiting on human": "?",
});
const STATUS_ROLES = lookup({
  success: "good", completed: "good", blocked: "blocked", interrupted: "warning", stopped: "warning", budget: "warning",
  allowed_warning: "warning", allowed: "dim", ended: "dim", void: "dim", "did not end": "dim", active: "dim", unknown: "dim", "waiting on human": "blocked",
});

// The role of a status; an unknown one is bad, none at all has no role.
export const roleOfStatus = (status) => STATUS_ROLES.get(status) ?? (status ? "bad" : "");
