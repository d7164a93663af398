"""The blocks of a message as tables of the script: what the model writes, thinks and calls, and what servers answer."""

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import uuid4

from msgspec import Meta

from agent.rehearsal.tables import Positive, Seconds, Table

SIGNATURE = "cmVoZWFyc2Fs"
"""The API signs thinking; the CLI only returns the signature."""


class StreamDelays(Table, frozen=True, kw_only=True):
    """The speed at which a block is streamed: `chars` characters per event, one event every `ms` milliseconds."""

    chars: Positive = 40
    ms: Annotated[float, Meta(ge=0)] = 0


class _Block(Table, frozen=True, kw_only=True, tag_field="type"):
    """Base of blocks. `delay_s` is the delay before the block; `pace` overrides that of the script."""

    delay_s: Seconds = 0
    pace: StreamDelays | None = None


class Text(_Block, frozen=True, kw_only=True, tag="text"):
    """Text that the model writes."""

    text: str


class Thinking(_Block, frozen=True, kw_only=True, tag="thinking"):
    """Thinking of the model; empty where the API keeps it to itself and sends only the signature."""

    thinking: str
    signature: str = SIGNATURE


class RedactedThinking(_Block, frozen=True, kw_only=True, tag="redacted_thinking"):
    """Thinking that the API has encrypted."""

    data: str = SIGNATURE


class ToolUse(_Block, frozen=True, kw_only=True, tag="tool_use"):
    """A tool call; `Agent` with a `prompt` starts a subagent. Without an `id` it has a new one."""

    name: str
    input: dict[str, Any] = {}
    id: str | None = None


class ServerToolUse(_Block, frozen=True, kw_only=True, tag="server_tool_use"):
    """A call of a tool that the API itself runs, such as `web_search`. Without an `id` it has a new one."""

    name: str
    input: dict[str, Any] = {}
    id: str | None = None


class ServerToolResult(_Block, frozen=True, kw_only=True):
    """Base of the results of server tools: `content` in the API's form, or the code of an `error`.

    Without a `tool_use_id` it answers the first call before it in the turn that has no result yet.
    """

    content: list[Any] | dict[str, Any] | None = None
    error: str | None = None
    tool_use_id: str | None = None

    def __post_init__(self) -> None:
        if (self.content is None) == (self.error is None):
            raise ValueError("a result requires either `content` or `error`")


class WebSearchResult(ServerToolResult, frozen=True, kw_only=True, tag="web_search_tool_result"):
    """What `web_search` found."""


class WebFetchResult(ServerToolResult, frozen=True, kw_only=True, tag="web_fetch_tool_result"):
    """What `web_fetch` read."""


class CodeExecutionResult(ServerToolResult, frozen=True, kw_only=True, tag="code_execution_tool_result"):
    """What code printed."""


class BashResult(ServerToolResult, frozen=True, kw_only=True, tag="bash_code_execution_tool_result"):
    """What a command in the API's container printed."""


class TextEditorResult(ServerToolResult, frozen=True, kw_only=True, tag="text_editor_code_execution_tool_result"):
    """What an editor command in the API's container did."""


class ToolSearchResult(ServerToolResult, frozen=True, kw_only=True, tag="tool_search_tool_result"):
    """Which tools a search found."""


class Raw(_Block, frozen=True, kw_only=True, tag="raw"):
    """A block that is sent as it is, whether the API knows its `type` or not."""

    content: dict[str, Any]

    def __post_init__(self) -> None:
        if not isinstance(self.content.get("type"), str):
            raise TypeError("the `content` of a raw block requires a `type`, the name of the block")


Block = (
    Text
    | Thinking
    | RedactedThinking
    | ToolUse
    | ServerToolUse
    | WebSearchResult
    | WebFetchResult
    | CodeExecutionResult
    | BashResult
    | TextEditorResult
    | ToolSearchResult
    | Raw
)


def call_ids(blocks: Iterable[Block]) -> list[str | None]:
    """Return, for each block that is a call or a result, the ID of the call; calls without one get a new one.

    Raises ValueError when a result answers no call.
    """
    ids: list[str | None] = []
    unanswered: list[str] = []
    for block in blocks:
        id_ = None
        match block:
            case ToolUse():
                id_ = block.id or f"toolu_{uuid4().hex}"
            case ServerToolUse():
                id_ = block.id or f"srvtoolu_{uuid4().hex}"
                unanswered.append(id_)
            case ServerToolResult():
                id_ = block.tool_use_id or next(iter(unanswered), None)
                if id_ is None:
                    raise ValueError("a result requires a `server_tool_use` before it in the turn, or a `tool_use_id`")
                unanswered = [each for each in unanswered if each != id_]
        ids.append(id_)
    return ids
