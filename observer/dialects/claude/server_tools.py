"""Reads the calls and results of tools that the API itself runs: web search, code, MCP servers it connects to. Pure.

They are blocks of the model's message. In a stream the events of the Messages API have them, too.
"""

import json
from typing import Any, NamedTuple

from observer.format.fields import Fields, compact

_MCP_CALL = "mcp_tool_use"
_SUFFIX = "_tool_result"
_HIDDEN = "encrypted_"
"""Prefix of fields that only the API can read."""


class ServerCall(NamedTuple):
    """A call of a server tool. An MCP server's name is in that of the tool, as the CLI does it for its own."""

    tool_use_id: str
    name: str
    input: dict[str, Any]


class ServerResult(NamedTuple):
    """The result of a call of a server tool."""

    tool_use_id: str
    output: str
    is_error: bool


class McpCalls:
    """Puts the calls of MCP servers together, whose input arrives in pieces."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str | None, int], tuple[ServerCall, list[str]]] = {}

    def stream(self, event: dict[str, Any], parent: str | None) -> ServerCall | None:
        """Process a raw stream event of a conversation. Returns the call that it completes, if any."""
        match event:
            case {"type": "content_block_start", "index": int(index), "content_block": {"type": str(kind)} as block}:
                if kind == _MCP_CALL:
                    self._calls[parent, index] = _mcp_call(Fields(block)), []
            case {
                "type": "content_block_delta",
                "index": int(index),
                "delta": {"type": "input_json_delta", "partial_json": str(piece)},
            } if (parent, index) in self._calls:
                self._calls[parent, index][1].append(piece)
            case {"type": "content_block_stop", "index": int(index)} if (parent, index) in self._calls:
                call, pieces = self._calls.pop((parent, index))
                return call._replace(input=_input("".join(pieces))) if pieces else call
        return None


def call_in(block: Fields) -> ServerCall | None:
    """Return the call of a server tool that a complete block of a message is, if it is one."""
    match block.data:
        case {"type": "mcp_tool_use"}:
            return _mcp_call(block)
        case {"type": "server_tool_use", "id": str(id_), "name": str(name)}:
            return ServerCall(id_, name, block.object("input").data)
    return None


def result_in(block: Fields) -> ServerResult | None:
    """Return the result of a server tool that a block of a message is, if it is one."""
    match block.data:
        case {"type": str(kind), "tool_use_id": str(id_), "content": content} if kind.endswith(_SUFFIX):
            return ServerResult(id_, _text(content), bool(block.value("is_error")) or _is_error(content))
    return None


def _mcp_call(block: Fields) -> ServerCall:
    name = f"mcp__{block.value('server_name')}__{block.value('name')}"
    return ServerCall(block.text("id"), name, block.object("input").data)


def _input(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"malformed": text}


def _is_error(content: Any) -> bool:
    match content:
        case {"error_code": _} | {"type": "error"}:
            return True
        case {"return_code": int(code)}:
            return code != 0
    return False


def _text(content: Any) -> str:
    match content:
        case str():
            return content
        case list():
            return "\n\n".join(map(_text, content))
        case {"error_code": code}:
            return str(code)
        case {"type": "text", "text": str(text)}:
            return text
        case {"title": title, "url": url, "type": "web_search_result"}:
            return f"{title}\n{url}"
        case {"type": "web_fetch_result", "url": url, "content": {"source": {"type": "text", "data": str(text)}}}:
            return f"{url}\n{text}"
        case {"stdout": str(out), "stderr": str(err)}:
            return "\n".join(filter(None, [out, err]))
    return compact(_readable(content))


def _readable(content: Any) -> Any:
    """Return the content without what only the API can read."""
    match content:
        case dict():
            return {key: _readable(value) for key, value in content.items() if not str(key).startswith(_HIDDEN)}
        case list():
            return [_readable(value) for value in content]
    return content
