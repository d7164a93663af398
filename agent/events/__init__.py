"""The events of a run file, version 1: one Struct for each type, and the envelope around them.

`docs/run-file.md` explains every type with an example line. `run-file.schema.json`, which the observer ships, is
generated from these types (see `agent.schema`). A new field with a default is a compatible change; renaming or
removing a field makes version 2.

Modules, each importing only those above it:

    values          the base of all events, and values that several share
    run_events      the run: its start, its progress, its heartbeats and its end
    session_events  a conversation with the model
    tool_events     tool calls and subagents
    line            the envelope, and the list of all types
"""

from agent.events.line import EVENT_TYPES, Line
from agent.events.run_events import (
    FORMAT_VERSION,
    Blocked,
    Complete,
    Error,
    Flip,
    Heartbeat,
    HeartbeatState,
    InFlight,
    Info,
    Progress,
    RunStart,
)
from agent.events.session_events import (
    ApiRetry,
    Compaction,
    McpServer,
    Message,
    Prompt,
    PromptSource,
    RateLimit,
    SessionEnd,
    SessionStart,
    Thinking,
    Thought,
    Todo,
    TodoItem,
)
from agent.events.tool_events import SubagentComplete, SubagentProgress, SubagentStart, ToolInput, ToolResult, ToolUse
from agent.events.values import AgentType, Event, Image, Outcome, Phase, StopReason, Tokens, ToolStatus

__all__ = [
    "EVENT_TYPES",
    "FORMAT_VERSION",
    "AgentType",
    "ApiRetry",
    "Blocked",
    "Compaction",
    "Complete",
    "Error",
    "Event",
    "Flip",
    "Heartbeat",
    "HeartbeatState",
    "Image",
    "InFlight",
    "Info",
    "Line",
    "McpServer",
    "Message",
    "Outcome",
    "Phase",
    "Progress",
    "Prompt",
    "PromptSource",
    "RateLimit",
    "RunStart",
    "SessionEnd",
    "SessionStart",
    "StopReason",
    "SubagentComplete",
    "SubagentProgress",
    "SubagentStart",
    "Thinking",
    "Thought",
    "Todo",
    "TodoItem",
    "Tokens",
    "ToolInput",
    "ToolResult",
    "ToolStatus",
    "ToolUse",
]
