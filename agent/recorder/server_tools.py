"""Reads the results of tools that the API itself runs, such as web search. Pure.

They are blocks of the model's message. The SDK (0.2.189) drops nearly all of them; the events of the stream have them.
"""

import json
from typing import Any, NamedTuple

_SUFFIX = "_tool_result"
_HIDDEN = "encrypted_"
"""Prefix of fields that only the API can read."""


class ServerResult(NamedTuple):
    """The result of a call of a server tool."""

    tool_use_id: str
    output: str
    is_error: bool


def result_in(event: dict[str, Any]) -> ServerResult | None:
    """Return the result that a raw stream event contains, if any."""
    match event:
        case {
            "type": "content_block_start",
            "content_block": {"type": str(kind), "tool_use_id": str(id_), "content": content},
        } if kind.endswith(_SUFFIX):
            return server_result(id_, content)
    return None


def server_result(tool_use_id: str, content: Any) -> ServerResult:
    """Return the result of a call; `content` is that of its block."""
    return ServerResult(tool_use_id, _text(content), _is_error(content))


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
    return json.dumps(_readable(content), ensure_ascii=False, default=str)


def _readable(content: Any) -> Any:
    """Return the content without what only the API can read."""
    match content:
        case dict():
            return {key: _readable(value) for key, value in content.items() if not key.startswith(_HIDDEN)}
        case list():
            return [_readable(value) for value in content]
    return content
