"""The events of a conversation with the model, apart from its tools."""

from typing import Any, ClassVar, Literal

from msgspec import UNSET, Struct, UnsetType

from agent.events.values import AgentType, Event, Image, Outcome, Tokens


class McpServer(Struct, kw_only=True):
    """A server of the Model Context Protocol, and its state in the SDK's words, as `connected` or `failed`."""

    name: str
    status: str


class SessionStart(Event, kw_only=True):
    """A conversation started. `cli_version`, `permission_mode`, `mcp_servers` and `cwd`, the working directory of the
    model's tools, come from the CLI; null if it does not say."""

    type: ClassVar[str] = "session_start"
    iteration: int
    agent_type: AgentType
    session_id: str
    model: str | None = None
    tools: list[str] = []
    cli_version: str | None = None
    permission_mode: str | None = None
    mcp_servers: list[McpServer] = []
    cwd: str | None = None


PromptSource = Literal["user", "harness", "cli", "subagent", "queued"]


class Prompt(Event, kw_only=True):
    """A text was sent to the model. `source` is a person (`user`), a program that runs the agent (`harness`), the CLI
    in the user's name (`cli`), the agent that started a subagent (`subagent`), or any of them while a turn was still
    running (`queued`)."""

    type: ClassVar[str] = "prompt"
    text: str
    source: PromptSource
    images: list[Image] = []


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
    """A piece of the model's thinking, as it arrived; fields as in `thought`. What the API has encrypted is `redacted`
    and has no text."""

    type: ClassVar[str] = "thinking"
    text: str
    message: str
    block: int
    replaces: str | None = None
    redacted: bool = False


class Message(Event, kw_only=True):
    """A message of the model is complete. `text` is all of its text, which came in pieces as `thought` events: it is
    there for searches, and not to be shown again. `stop_reason` is the API's; null if the message was cut off. In a
    viewer's copy of another program's session, `total_cost_usd` is what the run has cost so far, if its file does not
    say it; at least that much with `cost_is_minimum`."""

    type: ClassVar[str] = "message"
    id: str
    model: str | None
    stop_reason: str | None
    tokens: Tokens | None
    text: str
    total_cost_usd: float | UnsetType = UNSET
    cost_is_minimum: bool | UnsetType = UNSET


class TodoItem(Struct, kw_only=True):
    """One thing to do, and its state: `pending`, `in_progress` or `completed`."""

    text: str
    status: str


class Todo(Event, kw_only=True):
    """The model's list of things to do changed; `items` is all of it."""

    type: ClassVar[str] = "todo"
    items: list[TodoItem]


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


class SessionEnd(Event, kw_only=True):
    """A conversation ended. `cost_usd` is the cost of this session, not a running total, and `tokens` are all that it
    used, with its subagents and compactions; `terminal_reason` and `errors` are the SDK's. `message` says why it did
    not succeed. `cost_is_minimum` is that of a heartbeat."""

    type: ClassVar[str] = "session_end"
    outcome: Outcome
    turns: int
    duration_ms: int
    cost_usd: float | None = None
    cost_is_minimum: bool | UnsetType = UNSET
    usage: dict[str, Any] | None = None
    model_usage: dict[str, Any] | None = None
    result: str | None = None
    tokens: Tokens | None = None
    terminal_reason: str | None = None
    errors: list[str] = []
    session_id: str | None = None
    message: str | None = None
