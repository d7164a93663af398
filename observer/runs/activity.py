"""Tells from the type of an event, or from what a heartbeat states, what a run does next. Pure."""

from observer.runs.verdict import Verdict

SIGNS_OF_PROGRESS = frozenset({
    "run_start", "session_start", "prompt", "thought", "thinking", "message", "todo", "tool_use", "tool_input",
    "tool_result", "subagent_start", "subagent_progress", "subagent_complete", "progress", "compaction", "session_end",
})  # fmt: skip
"""Types of events that show that the run gets on."""
AFTER = {
    "session_start": Verdict.WAITING_ON_MODEL,
    "prompt": Verdict.WAITING_ON_MODEL,
    "tool_result": Verdict.WAITING_ON_MODEL,
    "compaction": Verdict.WAITING_ON_MODEL,
    "thought": Verdict.WORKING,
    "thinking": Verdict.WORKING,
    "tool_use": Verdict.WORKING,
    "tool_input": Verdict.WORKING,
    "session_end": Verdict.WORKING,
    "api_retry": Verdict.RETRYING,
}
"""What the main agent does after an event of a type."""
BEATING = {
    "waiting_on_model": Verdict.WAITING_ON_MODEL,
    "retrying": Verdict.RETRYING,
    "rate_limited": Verdict.RATE_LIMITED,
    "waiting_for_prompt": Verdict.IDLE,
}
"""What it does if a heartbeat states this; else it works."""
