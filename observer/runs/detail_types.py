"""Names the fields of the output of `observe show -o json` and their types: the single source for its schema. Pure."""

from msgspec import Struct

from observer.runs.state.tokens import TokenCounts


class RunningDetails(Struct):
    """A call or a `subagent` that is running, or was when the run ended; `seconds` is for how long."""

    kind: str
    id: str
    name: str
    subject: str | None
    since: str | None
    seconds: float | None
    parent: str | None


class CallDetails(Struct):
    """A call that failed or was blocked; `at` is when, `error` the first lines of its output."""

    id: str
    seq: int | None
    tool: str
    subject: str | None
    at: str | None
    parent: str | None
    duration_s: float | None
    error: str | None
    reason: str | None
    rule: str | None


class TroubleDetails(Struct):
    """Something else that went wrong: the kind of an error, a session, an MCP server ..."""

    at: str | None
    kind: str
    text: str
    details: str | None
    parent: str | None
    seq: int | None


class SessionDetails(Struct):
    """A session; what only its end states is null until then."""

    iteration: int | None
    agent_type: str | None
    started: str | None
    ended: str | None
    outcome: str | None
    reason: str | None
    errors: list[str]
    turns: int | None
    duration_s: float | None
    cost_usd: float | None
    cost_is_minimum: bool
    tokens: TokenCounts | None


class ToolDetails(Struct):
    """The calls of one tool."""

    name: str
    calls: int
    failed: int
    blocked: int
    duration_s: float | None


class SubagentDetails(Struct):
    """A subagent; `parent` is the call that spawned its parent. `tokens` are those of its messages, `total_tokens` the
    number that its end states."""

    id: str
    call: str
    parent: str | None
    agent_type: str | None
    description: str | None
    status: str | None
    started: str | None
    duration_s: float | None
    tool_uses: int | None
    tokens: TokenCounts | None
    total_tokens: int | None


class ModelDetails(Struct):
    """The use of one model."""

    name: str
    messages: int
    tokens: TokenCounts | None


class FileDetails(Struct):
    """A file that was written, how often, and its lines that were added and removed, null if not all are known."""

    path: str
    writes: int
    lines_added: int | None
    lines_removed: int | None


class FlipDetails(Struct):
    """A feature that passed or failed in this run, when it had not before."""

    name: str
    passes: bool
    at: str | None
    iteration: int | None


class ContextDetails(Struct):
    """What the model read for the main agent's last message, and how much it can read, null if not known."""

    tokens: int
    window: int | None
    model: str


class ImageDetails(Struct):
    """An image beside a prompt; `file` is relative to the runs directory, null if it was not kept."""

    media_type: str
    bytes: int
    file: str | None


class PromptDetails(Struct):
    """A prompt: when, by whom, and to which subagent, if it was not for the main agent."""

    at: str | None
    source: str
    text: str
    parent: str | None
    images: list[ImageDetails]


class TodoDetails(Struct):
    """A thing to do, and its state."""

    text: str
    status: str


class RunDetails(Struct):
    """What `observe show -o json` prints beside the fields of `observe list`; unknown is null."""

    why: str | None
    details: list[str]
    outcome: str | None
    message: str | None
    reason: str | None
    running: list[RunningDetails]
    waiting: str | None
    context: ContextDetails | None
    failing_features: list[str]
    unnamed_failing_features: int
    passing_features: list[str]
    changed_features: list[FlipDetails]
    failed_calls: list[CallDetails]
    blocked_calls: list[CallDetails]
    troubles: list[TroubleDetails]
    command: str | None
    model: str | None
    project_dir: str | None
    host: str | None
    pid: int | None
    resumed_from: str | None
    recorded_from: str | None
    events: int
    malformed_lines: int
    tokens: TokenCounts | None
    sessions: list[SessionDetails]
    tools: list[ToolDetails]
    subagents: list[SubagentDetails]
    models: list[ModelDetails]
    files: list[FileDetails]
    prompts: list[PromptDetails]
    todo: list[TodoDetails]
