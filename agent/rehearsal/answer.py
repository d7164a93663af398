"""A turn as a complete message of the Messages API, with new ids. Pure but for these."""

from typing import Any
from uuid import uuid4

import msgspec

from agent.rehearsal.blocks import (
    Block,
    Raw,
    RedactedThinking,
    ServerToolResult,
    ServerToolUse,
    Text,
    Thinking,
    ToolUse,
    call_ids,
)
from agent.rehearsal.script import StopReason, Turn

CHARS_PER_TOKEN = 4
"""The usual rule of thumb for English. A rehearsal costs nothing; its numbers need only be plausible."""
_COUNTED = {"web_search": "web_search_requests", "web_fetch": "web_fetch_requests"}
"""The server tools whose calls the API counts, and the names of the counts."""

Json = dict[str, Any]


def answer(turn: Turn, model: str, request_bytes: int) -> Json:
    """Return the message. `model` is that of the request; `request_bytes` stands for its number of tokens."""
    return {
        "id": f"msg_{uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": turn.model or model,
        "content": [_content(*pair) for pair in zip(turn.block, call_ids(turn.block), strict=True)],
        "stop_reason": turn.stop_reason or _stop_reason(turn),
        "stop_sequence": turn.stop_sequence,
        "stop_details": turn.stop_details,
        "usage": _usage(turn, request_bytes),
    }


def streamed_text(block: Block) -> str:
    """Return the characters of a block that are streamed in pieces."""
    match block:
        case Text(text=text):
            return text
        case Thinking(thinking=thinking):
            return thinking
        case ToolUse(input=input_) | ServerToolUse(input=input_):
            return msgspec.json.encode(input_).decode()
    return ""


def _stop_reason(turn: Turn) -> StopReason:
    calls = any(isinstance(block, ToolUse) for block in turn.block)
    return StopReason.TOOL_USE if calls else StopReason.END_TURN


def _content(block: Block, id_: str | None) -> Json:
    match block:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Thinking(thinking=thinking, signature=signature):
            return {"type": "thinking", "thinking": thinking, "signature": signature}
        case RedactedThinking(data=data):
            return {"type": "redacted_thinking", "data": data}
        case ToolUse(name=name, input=input_):
            return {"type": "tool_use", "id": id_, "name": name, "input": input_}
        case ServerToolUse(name=name, input=input_):
            return {"type": "server_tool_use", "id": id_, "name": name, "input": input_}
        case ServerToolResult(content=content, error=error):
            kind = block.__struct_config__.tag
            if error is not None:
                return {"type": kind, "tool_use_id": id_, "content": {"type": f"{kind}_error", "error_code": error}}
            return {"type": kind, "tool_use_id": id_, "content": content}
        case Raw(content=content):
            return content


def _usage(turn: Turn, request_bytes: int) -> Json:
    stated = turn.usage
    written = 1 + sum(len(streamed_text(block)) for block in turn.block) // CHARS_PER_TOKEN
    usage: Json = {
        "input_tokens": request_bytes // CHARS_PER_TOKEN if stated.input_tokens is None else stated.input_tokens,
        "output_tokens": written if stated.output_tokens is None else stated.output_tokens,
        "cache_creation_input_tokens": stated.cache_creation_input_tokens,
        "cache_read_input_tokens": stated.cache_read_input_tokens,
    }
    thinking = [block for block in turn.block if isinstance(block, Thinking | RedactedThinking)]
    if thinking or stated.thinking_tokens is not None:
        thought = sum(len(streamed_text(block)) for block in thinking) // CHARS_PER_TOKEN
        tokens = thought if stated.thinking_tokens is None else stated.thinking_tokens
        usage["output_tokens_details"] = {"thinking_tokens": tokens}
    calls = [_COUNTED[b.name] for b in turn.block if isinstance(b, ServerToolUse) and b.name in _COUNTED]
    if calls:
        usage["server_tool_use"] = {count: calls.count(count) for count in _COUNTED.values()}
    return usage
