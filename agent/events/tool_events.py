"""The events of tool calls and of subagents, which tool calls start."""

from typing import Any, ClassVar

from agent.events.values import Event, Image, ToolStatus


class ToolUse(Event, kw_only=True):
    """The model called a tool. The fields of `input` depend on the tool."""

    type: ClassVar[str] = "tool_use"
    id: str
    name: str
    input: dict[str, Any]


class ToolInput(Event, kw_only=True):
    """A long tool input is still being written; it has `bytes` so far. At most once a second for each call."""

    type: ClassVar[str] = "tool_input"
    id: str
    name: str
    bytes: int


class ToolResult(Event, kw_only=True):
    """A tool call ended. `duration_ms` is null if it was not measured. `output_bytes` is the size of the full output
    in UTF-8; a long one is in `output_file`, relative to the runs directory, and `output` is its beginning and end. A
    `blocked` call has a `reason`, the `rule` that blocked it and the part of the command line, `command`, that it
    concerns. `truncated` is true if the CLI had shortened the output and the rest could not be had."""

    type: ClassVar[str] = "tool_result"
    tool_use_id: str
    name: str
    status: ToolStatus
    duration_ms: int | None = None
    output: str
    output_bytes: int
    output_file: str | None = None
    reason: str | None = None
    rule: str | None = None
    command: str | None = None
    truncated: bool = False
    images: list[Image] = []


class SubagentStart(Event, kw_only=True):
    """The tool call `tool_use_id` started a subagent."""

    type: ClassVar[str] = "subagent_start"
    id: str
    tool_use_id: str | None
    agent_type: str | None
    description: str


class SubagentProgress(Event, kw_only=True):
    """A subagent is still running; its totals so far."""

    type: ClassVar[str] = "subagent_progress"
    id: str
    tool_use_id: str | None
    tool_uses: int
    tokens: int
    last_tool: str | None
    duration_ms: int


class SubagentComplete(Event, kw_only=True):
    """A subagent ended. `status` comes from the SDK: completed, failed, stopped or killed."""

    type: ClassVar[str] = "subagent_complete"
    id: str
    tool_use_id: str | None
    status: str
    duration_ms: int | None
    tool_uses: int | None
    tokens: int | None
    summary: str
