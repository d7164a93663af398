"""The vocabulary of a run file, version 1: one Struct per event type, and the envelope around them.

`docs/run-file.md` explains every type with an example line; `run-file.schema.json`, which the observer
ships, is generated from this module (see `agent.schema`). Adding a field with a default is compatible;
renaming or removing one makes version 2.
"""

from enum import StrEnum
from typing import Any, ClassVar, Literal

from msgspec import Struct

FORMAT_VERSION = 1


class Phase(StrEnum):
    """Where the agent is: before its first session, or in a session of one of the three kinds."""

    STARTING = "starting"
    INITIALIZER = "initializer"
    CODING = "coding"
    SINGLE = "single"


class AgentType(StrEnum):
    """What a session is for. `SINGLE` is one prompt, the other two are the parts of the build loop."""

    INITIALIZER = "INITIALIZER"
    CODING = "CODING"
    SINGLE = "SINGLE"


class Outcome(StrEnum):
    """How a run ended."""

    SUCCESS = "success"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    BUDGET = "budget"


class StopReason(StrEnum):
    """Why a build ended."""

    ALL_PASS = "all_pass"  # noqa: S105 - no password
    MAX_SESSIONS = "max_sessions"
    MAX_BUDGET = "max_budget"
    MAX_HOURS = "max_hours"
    IDLE = "idle"
    ERRORS = "errors"
    SIGNAL = "signal"


class ToolStatus(StrEnum):
    """How a tool call ended; `blocked` means it never ran."""

    SUCCESS = "success"
    ERROR = "error"
    BLOCKED = "blocked"


class Event(Struct):
    """The `data` of one line. `type` is the name the line carries."""

    type: ClassVar[str]


class RunStart(Event, kw_only=True):
    """The first line of every file. `command` is the shell-quoted command line, `about` says what the run
    is for in a line, `heartbeat_s` is the interval in seconds, `resumed_from` an earlier run's id. `sandbox` says
    whether the tools could write in the project folder only, `unsafe` that no allowlist held their commands."""

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
    """A conversation begins."""

    type: ClassVar[str] = "session_start"
    iteration: int
    agent_type: AgentType
    session_id: str
    model: str | None = None
    tools: list[str] = []


class Thought(Event, kw_only=True):
    """A piece of text, as it arrived. Pieces of one `message` and `block` join without a separator.

    `replaces` names a message whose text so far is void because its stream broke: this text is the whole
    of it, told anew.
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
    """The model called a tool. `input` is the tool's own."""

    type: ClassVar[str] = "tool_use"
    id: str
    name: str
    input: dict[str, Any]


class ToolInput(Event, kw_only=True):
    """A long tool input is still being written: `bytes` so far. At most once a second a call."""

    type: ClassVar[str] = "tool_input"
    id: str
    name: str
    bytes: int


class ToolResult(Event, kw_only=True):
    """A tool ended. `duration_ms` is null when nobody measured it; `output_bytes` counts the whole output in
    UTF-8; `output_file`, relative to the runs folder, holds it when `output` is only its head and tail. A `blocked`
    call has a `reason`, the `rule` that refused it and, of a longer command line, the `command` that it refused."""

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
    """A subagent was spawned by the tool call `tool_use_id`."""

    type: ClassVar[str] = "subagent_start"
    id: str
    tool_use_id: str | None
    agent_type: str | None
    description: str


class SubagentProgress(Event, kw_only=True):
    """A sign of life from a subagent, with its totals so far."""

    type: ClassVar[str] = "subagent_progress"
    id: str
    tool_use_id: str | None
    tool_uses: int
    tokens: int
    last_tool: str | None
    duration_ms: int


class SubagentComplete(Event, kw_only=True):
    """A subagent ended. `status` is the SDK's word: completed, failed, stopped, killed."""

    type: ClassVar[str] = "subagent_complete"
    id: str
    tool_use_id: str | None
    status: str
    duration_ms: int | None
    tool_uses: int | None
    tokens: int | None
    summary: str


class Flip(Struct, kw_only=True):
    """A feature that changed sides."""

    name: str
    passes: bool


class Progress(Event, kw_only=True):
    """The count of passing features changed. `features` names them all where a run counts for the first time, and
    where other features were counted before; null elsewhere, and of more than a thousand."""

    type: ClassVar[str] = "progress"
    passing: int
    total: int
    changed: list[Flip] = []
    features: list[Flip] | None = None


class InFlight(Struct, kw_only=True):
    """A tool call that has not ended."""

    id: str
    name: str
    elapsed_s: float


HeartbeatState = Literal[
    "starting", "waiting_on_model", "writing", "in_tool", "retrying", "rate_limited", "pausing", "idle"
]


class Heartbeat(Event, kw_only=True):
    """The agent lives. `idle_s` is the time since the last sign of life of the model or a tool; `dropped`
    counts the heartbeats that had to be left out so far because the file could not take them in time. `until`, in
    RFC 3339, is when a wait ends whose end is known. `passing`, `total` and `cost_usd` say how far the run has come,
    for viewers that attach in the middle; null as long as nobody knows."""

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
    """The API failed and is asked again after `delay_ms`. `status` is the HTTP status, null when a stream broke."""

    type: ClassVar[str] = "api_retry"
    attempt: int
    max_retries: int
    delay_ms: float
    status: int | None
    error: str


class RateLimit(Event, kw_only=True):
    """The account's rate limit changed state; `resets_at` is RFC 3339, `utilization` a fraction."""

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
    """Something worth knowing. `kind` lets programs tell one sort from another."""

    type: ClassVar[str] = "info"
    message: str
    kind: str | None = None


class Error(Event, kw_only=True):
    """Something went wrong. `traceback` is there only for a bug."""

    type: ClassVar[str] = "error"
    message: str
    kind: str
    traceback: str | None = None


class SessionEnd(Event, kw_only=True):
    """A conversation ended. `cost_usd` is this session's own, never a running total."""

    type: ClassVar[str] = "session_end"
    outcome: Outcome
    turns: int
    duration_ms: int
    cost_usd: float | None = None
    usage: dict[str, Any] | None = None
    model_usage: dict[str, Any] | None = None
    result: str | None = None


class Blocked(Struct, kw_only=True):
    """A tool call that was refused; `command` may be shortened."""

    tool_use_id: str
    name: str
    rule: str | None
    command: str | None
    reason: str | None


class Complete(Event, kw_only=True):
    """The last line of every run that was not killed. `reason` says why a build ended, `blocked` lists what was
    refused on the way, `passing` and `total` are the last count."""

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
    """One line of a run file; the order of the fields is the order of the keys, so that `grep` works."""

    seq: int
    timestamp: str
    run: str
    type: str
    phase: Phase
    iteration: int
    parent: str | None
    data: Any
