"""The events that concern the run as a whole: its start, its progress, its heartbeats and its end."""

from typing import ClassVar, Literal

from msgspec import UNSET, Struct, UnsetType

from agent.events.values import Event, Outcome, StopReason, Tokens

FORMAT_VERSION = 1


class RunStart(Event, kw_only=True):
    """The first line of every file. `command` is the shell-quoted command line, `about` the purpose of the run in one
    line, `heartbeat_s` the interval in seconds, `resumed_from` the id of an earlier run, `recorded_from` the source
    whose events a recorder wrote down. `pid_start` is the start time of process `pid` (field 22 of /proc/PID/stat, in
    clock ticks; null where there is none), `lock` the kind of lock that the writer holds on the file while it lives.
    With `sandbox`, tools could write only in the project directory; with `unsafe`, there was no allowlist for their
    commands. In a viewer's copy of another program's session, what is not known of its writer is null, and
    `heartbeat_s` is 0."""

    type: ClassVar[str] = "run_start"
    format: int = FORMAT_VERSION
    command: str
    model: str | None = None
    project_dir: str
    pid: int | None
    pid_start: int | None = None
    host: str | None
    lock: Literal["ofd", "flock"] | None = None
    version: str
    heartbeat_s: float
    resumed_from: str | None = None
    recorded_from: str | None = None
    about: str | None = None
    sandbox: bool = False
    unsafe: bool = False


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
    "starting",
    "waiting_on_model",
    "writing",
    "in_tool",
    "retrying",
    "rate_limited",
    "waiting_on_human",
    "waiting_for_prompt",
    "pausing",
    "idle",
]


class Heartbeat(Event, kw_only=True):
    """The agent is alive. `idle_s` is the time since the last sign of life from the model or a tool; `dropped` is the
    number of heartbeats skipped so far because the file could not be written in time; `until` (RFC 3339) is the end
    of a wait, if known. `passing`, `total`, `cost_usd` and `tokens` are the progress of the run so far, for viewers
    that attach later; null while unknown. One more heartbeat is written when a wait for a person begins and when it
    ends. `cost_is_minimum` stands only in a viewer's copy of another program's session: true if not all prices are
    known, so that it has cost at least that much."""

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
    cost_is_minimum: bool | UnsetType = UNSET
    tokens: Tokens | None = None


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


class Blocked(Struct, kw_only=True):
    """A tool call that was blocked; `command` may be truncated."""

    tool_use_id: str
    name: str
    rule: str | None
    command: str | None
    reason: str | None


class Complete(Event, kw_only=True):
    """The last line of every run that was not killed. `reason` is why a build ended, `blocked` lists the blocked
    calls, `passing` and `total` are the last count of features, `tokens` the sum over all sessions.
    `cost_is_minimum` is that of a heartbeat."""

    type: ClassVar[str] = "complete"
    outcome: Outcome
    project_dir: str
    cost_usd: float | None
    cost_is_minimum: bool | UnsetType = UNSET
    duration_ms: int
    message: str
    reason: StopReason | None = None
    blocked: list[Blocked] = []
    passing: int | None = None
    total: int | None = None
    tokens: Tokens | None = None
