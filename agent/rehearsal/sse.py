"""One turn as a Messages API answer: a message, or server-sent events with the delays between them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from agent.rehearsal.script import Block, Cut, Stall, StreamDelays, Text, Thinking, ToolUse, Turn

CHARS_PER_TOKEN = 4
"""The usual rule of thumb for English. A rehearsal costs nothing; its numbers need only be plausible."""
_SIGNATURE = "cmVoZWFyc2Fs"
"""The API signs thinking; the CLI only returns the signature."""
_DELTA_KEYS = ("text", "thinking", "partial_json")

Json = dict[str, Any]


@dataclass(frozen=True)
class StreamEvent:
    """One event of a stream, and the delay before it in seconds."""

    data: Json
    delay_s: float = 0

    @property
    def type(self) -> str:
        """The event's name."""
        name: str = self.data["type"]
        return name

    @property
    def encoded(self) -> bytes:
        """The event as it is sent."""
        return b"event: %b\ndata: %b\n\n" % (self.type.encode(), msgspec.json.encode(self.data))


class ScriptedMessage:
    """A turn as one answer with new ids: `message` is the complete message, `stream()` the same as events.

    `request_bytes`, the length of the request, stands for its number of tokens where the turn does not say it.
    """

    def __init__(self, turn: Turn, delays: StreamDelays, model: str, request_bytes: int) -> None:
        self._turn = turn
        self._delays = delays
        self.message: Json = {
            "id": f"msg_{uuid4().hex}",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [_content(block) for block in turn.block],
            "stop_reason": "tool_use" if any(isinstance(block, ToolUse) for block in turn.block) else "end_turn",
            "stop_sequence": None,
            "usage": _usage(turn, request_bytes),
        }

    def stream(self) -> list[StreamEvent]:
        """Return the events of the stream."""
        usage = self.message["usage"]
        start = {**self.message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
        events = [StreamEvent({"type": "message_start", "message": start}), StreamEvent({"type": "ping"})]
        for index, (block, content) in enumerate(zip(self._turn.block, self.message["content"], strict=True)):
            events += _stream_block(index, block, content, block.pace or self._delays)
        delta = {"stop_reason": self.message["stop_reason"], "stop_sequence": None}
        events.append(StreamEvent({"type": "message_delta", "delta": delta, "usage": usage}))
        events.append(StreamEvent({"type": "message_stop"}))
        return events


def split_at_fault(events: list[StreamEvent], fault: Cut | Stall) -> tuple[list[StreamEvent], list[StreamEvent]]:
    """Return the events before and after `fault`. It occurs before the end of the message at the latest."""
    chars_left, blocks_left = fault.after_chars or 0, fault.after_blocks
    for index, event in enumerate(events):
        if event.type == "message_delta" or blocks_left == 0:
            return events[:index], events[index:]
        if blocks_left is not None:
            blocks_left -= event.type == "content_block_stop"
            continue
        length = len(_delta_text(event))
        if length > chars_left:
            first, second = _split_delta(event, chars_left)
            return [*events[:index], *first], [second, *events[index + 1 :]]
        chars_left -= length
    return events, []


def _usage(turn: Turn, request_bytes: int) -> Json:
    usage: Json = msgspec.to_builtins(turn.usage)
    if turn.usage.input_tokens is None:
        usage["input_tokens"] = request_bytes // CHARS_PER_TOKEN
    if turn.usage.output_tokens is None:
        usage["output_tokens"] = 1 + sum(len(_streamed_text(block)) for block in turn.block) // CHARS_PER_TOKEN
    return usage


def _content(block: Block) -> Json:
    match block:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Thinking(thinking=thinking):
            return {"type": "thinking", "thinking": thinking, "signature": _SIGNATURE}
        case ToolUse(name=name, input=input_):
            return {"type": "tool_use", "id": f"toolu_{uuid4().hex}", "name": name, "input": input_}


def _stream_block(index: int, block: Block, content: Json, delays: StreamDelays) -> Iterator[StreamEvent]:
    """Yield the events of one block."""
    empty: Json = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}
    start = content | empty[content["type"]]
    yield StreamEvent({"type": "content_block_start", "index": index, "content_block": start}, block.delay_s)
    kind, key = {
        "text": ("text_delta", "text"),
        "thinking": ("thinking_delta", "thinking"),
        "tool_use": ("input_json_delta", "partial_json"),
    }[content["type"]]
    text = _streamed_text(block)
    for start_char in range(0, len(text), delays.chars):
        delta = {"type": kind, key: text[start_char : start_char + delays.chars]}
        yield StreamEvent({"type": "content_block_delta", "index": index, "delta": delta}, delays.ms / 1000)
    if isinstance(block, Thinking):
        delta = {"type": "signature_delta", "signature": _SIGNATURE}
        yield StreamEvent({"type": "content_block_delta", "index": index, "delta": delta})
    yield StreamEvent({"type": "content_block_stop", "index": index})


def _streamed_text(block: Block) -> str:
    """Return the characters that the deltas of a block carry."""
    match block:
        case Text(text=text):
            return text
        case Thinking(thinking=thinking):
            return thinking
        case ToolUse(input=input_):
            return msgspec.json.encode(input_).decode()


def _delta_text(event: StreamEvent) -> str:
    delta: Json = event.data.get("delta", {})
    return next((delta[key] for key in _DELTA_KEYS if key in delta), "")


def _split_delta(event: StreamEvent, chars: int) -> tuple[list[StreamEvent], StreamEvent]:
    """Split a delta after `chars` characters; without a first part when that is 0."""
    if chars == 0:
        return [], event
    delta = event.data["delta"]
    key = next(key for key in _DELTA_KEYS if key in delta)
    first = {**event.data, "delta": {**delta, key: delta[key][:chars]}}
    second = {**event.data, "delta": {**delta, key: delta[key][chars:]}}
    return [StreamEvent(first, event.delay_s)], StreamEvent(second)
