"""The envelope of every line, and the list of all event types."""

from typing import Any

from msgspec import Struct

from agent.events.run_events import Complete, Error, Heartbeat, Info, Progress, RunStart
from agent.events.session_events import (
    ApiRetry,
    Compaction,
    Message,
    Prompt,
    RateLimit,
    SessionEnd,
    SessionStart,
    Thinking,
    Thought,
    Todo,
)
from agent.events.tool_events import SubagentComplete, SubagentProgress, SubagentStart, ToolInput, ToolResult, ToolUse
from agent.events.values import Event, Phase

EVENT_TYPES: tuple[type[Event], ...] = (
    RunStart,
    SessionStart,
    Prompt,
    Thought,
    Thinking,
    Message,
    Todo,
    ToolUse,
    ToolInput,
    ToolResult,
    SubagentStart,
    SubagentProgress,
    SubagentComplete,
    Progress,
    Heartbeat,
    ApiRetry,
    RateLimit,
    Compaction,
    Info,
    Error,
    SessionEnd,
    Complete,
)


class Line(Struct, kw_only=True):
    """One line of a run file. The keys always have the order of these fields, so that `grep` works."""

    seq: int
    timestamp: str
    run: str
    type: str
    phase: Phase
    iteration: int
    parent: str | None
    data: Any
