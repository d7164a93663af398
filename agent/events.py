"""The event types of a run file, version 1: one Struct for each, and the envelope around them.

`docs/run-file.md` explains every type with an example line. `run-file.schema.json`, which the observer ships, is
generated from this module (see `agent.schema`). A new field with a default is a compatible change; renaming or
removing a field makes version 2.
"""

from enum import StrEnum
from typing import Any, ClassVar, Literal

from msgspec import Struct

FORMAT_VERSION = 1


class Phase(StrEnum):
    """The phase of the run: before its first session, or in a session of one of three kinds."""

    STARTING = "starting"
    INITIALIZER = "initializer"
    CODING = "coding"
    SINGLE = "single"


class AgentType(StrEnum):
    """The kind of a session. `SINGLE` is one prompt; the other two are the parts of a build."""

    INITIALIZER = "INITIALIZER"
    CODING = "CODING"
    SINGLE = "SINGLE"


class Outcome(StrEnum):
    """The outcome of a run."""

    SUCCESS = "success"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    BUDGET = "budget"


class StopReason(StrEnum):
    """The reason for which a build ended."""

    ALL_PASS = "all_pass"  # noqa: S105 - not a password
    MAX_SESSIONS = "max_sessions"
    MAX_BUDGET = "max_budget"
    MAX_HOURS = "max_hours"
    IDLE = "idle"
    ERRORS = "errors"
    REFUSED = "refused"
    SIGNAL = "signal"


class ToolStatus(StrEnum):
    """The result of a tool call; `blocked` means that it never ran."""

    SUCCESS = "success"
    ERROR = "error"
    BLOCKED = "blocked"


class Event(Struct):
    """The `data` of one line. `type` is the line's `type`."""

    type: ClassVar[str]


class RunStart(Event, kw_only=True):
    """The first line of every file. `command` is the shell-quoted command line, `about` the purpose of the run in one
    line, `heartbeat_s` the interval in seconds, `resumed_from` the id of an earlier run. With `sandbox`, tools could
    write only in the project directory; with `unsafe`, there was no allowlist for their commands."""

    type: ClassVar[str] = "run_start"
    format: int = FORMAT_VERSION
    command: str
    model: str | None = None
    project_dir: str
    pid: int
    host: str
    version: str
    heartbeat_s: float
    resumed_from: str | None = None
    about: str | None = None
    sandbox: bool = False
    unsafe: bool = False


class SessionStart(Event, kw_only=True):
    """A conversation started."""

    type: ClassVar[str] = "session_start"
    iteration: int
    agent_type: AgentType
    session_id: str
    model: str | None = None
    tools: list[str] = []


class Thought(Event, kw_only=True):
    """A piece of text, as it arrived. Join the pieces of one `message` and `block` without a separator.

    `replaces` names a message whose text so far is void because its stream broke: this text replaces all of it.
    """

    type: ClassVar[str] = "thought"
    text: str
    message: str
    block: int
    replaces: str | None = None


class Thinking(Event, kw_only=True):
    """A piece of the model's thinking, as it arrived; fields as in `thought`."""

    type: ClassVar[str] = "thinking"
    text: str
    message: str
    block: int
    replaces: str | None = None


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
    concerns."""

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


class Flip(Struct, kw_only=True):
    """A feature, and whether it passes now."""

    name: str
    passes: bool


class Progress(Event, kw_only=True):
    """The number of passing features changed. `features` lists all of them the first time in a run, and whenever the
    set of features is a different one; null otherwise, and if there are more than a thousand."""

    type: ClassVar[str] = "progress"
    passing: int
    total: int
    changed: list[Flip] = []
    features: list[Flip] | None = None


class InFlight(Struct, kw_only=True):
    """A tool call that has not ended yet."""

    id: str
    name: str
    elapsed_s: float


HeartbeatState = Literal[
    "starting", "waiting_on_model", "writing", "in_tool", "retrying", "rate_limited", "pausing", "idle"
]


class Heartbeat(Event, kw_only=True):
    """The agent is alive. `idle_s` is the time since the last sign of life from the model or a tool; `dropped` is the
    number of heartbeats skipped so far because the file could not be written in time; `until` (RFC 3339) is the end
    of a wait, if known. `passing`, `total` and `cost_usd` are the progress so far, for viewers that attach later; null
    while unknown."""

    type: ClassVar[str] = "heartbeat"
    elapsed_s: float
    idle_s: float
    state: HeartbeatState
    in_flight: list[InFlight] = []
    dropped: int = 0
    until: str | None = None
    passing: int | None = None
    total: int | None = None
    cost_usd: float | None = None


class ApiRetry(Event, kw_only=True):
    """A request to the API failed; it is retried after `delay_ms`. `status` is HTTP's, null if a stream broke."""

    type: ClassVar[str] = "api_retry"
    attempt: int
    max_retries: int
    delay_ms: float
    status: int | None
    error: str


class RateLimit(Event, kw_only=True):
    """The state of the account's rate limit changed. `resets_at` is RFC 3339, `utilization` a fraction."""

    type: ClassVar[str] = "rate_limit"
    status: str
    resets_at: str | None
    limit: str | None
    utilization: float | None


class Compaction(Event, kw_only=True):
    """The conversation was shortened to fit the model's context."""

    type: ClassVar[str] = "compaction"
    trigger: str
    tokens_before: int | None


class Info(Event, kw_only=True):
    """A message for people. `kind` lets programs distinguish messages."""

    type: ClassVar[str] = "info"
    message: str
    kind: str | None = None


class Error(Event, kw_only=True):
    """Something went wrong. `traceback` is set only for a bug."""

    type: ClassVar[str] = "error"
    message: str
    kind: str
    traceback: str | None = None


class SessionEnd(Event, kw_only=True):
    """A conversation ended. `cost_usd` is the cost of this session, not a running total."""

    type: ClassVar[str] = "session_end"
    outcome: Outcome
    turns: int
    duration_ms: int
    cost_usd: float | None = None
    usage: dict[str, Any] | None = None
    model_usage: dict[str, Any] | None = None
    result: str | None = None


class Blocked(Struct, kw_only=True):
    """A tool call that was blocked; `command` may be truncated."""

    tool_use_id: str
    name: str
    rule: str | None
    command: str | None
    reason: str | None


class Complete(Event, kw_only=True):
    """The last line of every run that was not killed. `reason` is why a build ended, `blocked` lists the blocked
    calls, `passing` and `total` are the last count of features."""

    type: ClassVar[str] = "complete"
    outcome: Outcome
    project_dir: str
    cost_usd: float | None
    duration_ms: int
    message: str
    reason: StopReason | None = None
    blocked: list[Blocked] = []
    passing: int | None = None
    total: int | None = None


EVENT_TYPES: tuple[type[Event], ...] = (
    RunStart,
    SessionStart,
    Thought,
    Thinking,
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
