"""What the page says about events beyond their rows: what a filter offers, and what it holds only a part of. Pure.

`tests/observer/web/page_words.py` writes these words into a module of the page, which has no others about events.
"""

FILTER_TYPES = (
    ("Prompts", ("prompt",)),
    ("Text", ("thought", "message")),
    ("Thinking", ("thinking",)),
    ("Tool calls", ("tool_use", "tool_result")),
    ("Subagents", ("subagent_start", "subagent_progress", "subagent_complete")),
    ("To-do lists", ("todo",)),
    ("Progress", ("progress",)),
    ("Sessions", ("session_start", "session_end", "run_start", "complete")),
    ("Errors and notes", ("error", "api_retry", "rate_limit", "compaction", "info")),
    ("Heartbeats", ("heartbeat",)),
)
"""Types of events that are chosen together, and what they are called."""
FILTER_STATUSES = ("success", "error", "blocked", "failed", "completed", "interrupted")
"""How calls, subagents and sessions end."""
MAIN_AGENT = "Main agent"
SUBAGENT = "Subagent"
PROMPT = "Prompt"
SESSIONS, TOOLS, SUBAGENTS = "Sessions", "Tools", "Subagents"
"""The lanes of the timeline."""
EARLIER_SUBAGENT = "a subagent started earlier"
"""The title of a subagent whose call the page does not hold."""
CALL_ABOVE, RESULT_BELOW = "call above", "result below"
"""What the page does not hold of a call."""
REPLACED = "replaced"
"""The label of a text that was written again."""
STEP = "step"
"""What the rows of a subagent are counted in."""
