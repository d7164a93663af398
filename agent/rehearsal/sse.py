"""One turn as a Messages API answer: server-sent events with the waits between them, or one message. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from agent.rehearsal.script import Block, Cut, Stall, StreamDelays, Text, Thinking, ToolUse, Turn

CHARS_PER_TOKEN = 4  # the usual rule of thumb for English; a rehearsal costs nothing, its numbers only look right
_SIGNATURE = "cmVoZWFyc2Fs"
"""Real thinking is signed by the API; the CLI only hands the signature back."""
_DELTA_KEYS = ("text", "thinking", "partial_json")

Json = dict[str, Any]


@dataclass(frozen=True)
class Piece:
    """One event of a stream, and the seconds of silence before it."""

    event: Json
    wait_s: float = 0

    @property
    def encoded(self) -> bytes:
        """The event as it goes over the wire."""
        return b"event: %b\ndata: %b\n\n" % (self.event["type"].encode(), msgspec.json.encode(self.event))


class Performance:
    """A turn as it is told once: `message` is the whole of it, with new ids; `pieces` is the same, written by and by.

    Tokens that the turn leaves out are derived from the lengths of the request and of the answer.
    """

    def __init__(self, turn: Turn, pace: StreamDelays, model: str, request_bytes: int) -> None:
        self._turn = turn
        self._pace = pace
        self.message: Json = {
            "id": f"msg_{uuid4().hex}",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [_content(block) for block in turn.block],
            "stop_reason": "tool_use" if any(isinstance(block, ToolUse) for block in turn.block) else "end_turn",
            "stop_sequence": None,
            "usage": _tokens(turn, request_bytes),
        }

    def pieces(self) -> list[Piece]:
        """The events of the stream."""
        usage = self.message["usage"]
        start = {**self.message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
        pieces = [Piece({"type": "message_start", "message": start}), Piece({"type": "ping"})]
        for index, (block, content) in enumerate(zip(self._turn.block, self.message["content"], strict=True)):
            pieces += _written(index, block, content, block.pace or self._pace)
        end = {"stop_reason": self.message["stop_reason"], "stop_sequence": None}
        pieces.append(Piece({"type": "message_delta", "delta": end, "usage": usage}))
        pieces.append(Piece({"type": "message_stop"}))
        return pieces


def parted(pieces: list[Piece], fault: Cut | Stall) -> tuple[list[Piece], list[Piece]]:
    """`pieces` before and after the place where `fault` strikes: at the latest, just before the message ends."""
    chars_left, blocks_left = fault.after_chars or 0, fault.after_blocks
    for at, piece in enumerate(pieces):
        if piece.event["type"] == "message_delta" or blocks_left == 0:
            return pieces[:at], pieces[at:]
        if blocks_left is not None:
            blocks_left -= piece.event["type"] == "content_block_stop"
            continue
        written = len(_delta_text(piece))
        if written > chars_left:
            first, second = _halves(piece, chars_left)
            return [*pieces[:at], *first], [second, *pieces[at + 1 :]]
        chars_left -= written
    return pieces, []


def _tokens(turn: Turn, request_bytes: int) -> Json:
    usage: Json = msgspec.to_builtins(turn.usage)
    if turn.usage.input_tokens is None:
        usage["input_tokens"] = request_bytes // CHARS_PER_TOKEN
    if turn.usage.output_tokens is None:
        usage["output_tokens"] = 1 + sum(len(_writing(block)) for block in turn.block) // CHARS_PER_TOKEN
    return usage


def _content(block: Block) -> Json:
    match block:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Thinking(thinking=thinking):
            return {"type": "thinking", "thinking": thinking, "signature": _SIGNATURE}
        case ToolUse(name=name, input=input_):
            return {"type": "tool_use", "id": f"toolu_{uuid4().hex}", "name": name, "input": input_}


def _written(index: int, block: Block, content: Json, pace: StreamDelays) -> Iterator[Piece]:
    """A block as it is written, piece by piece."""
    blank: Json = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}
    start = content | blank[content["type"]]
    yield Piece({"type": "content_block_start", "index": index, "content_block": start}, block.delay_s)
    kind, key = {
        "text": ("text_delta", "text"),
        "thinking": ("thinking_delta", "thinking"),
        "tool_use": ("input_json_delta", "partial_json"),
    }[content["type"]]
    writing = _writing(block)
    for at in range(0, len(writing), pace.chars):
        delta = {"type": kind, key: writing[at : at + pace.chars]}
        yield Piece({"type": "content_block_delta", "index": index, "delta": delta}, pace.ms / 1000)
    if isinstance(block, Thinking):
        delta = {"type": "signature_delta", "signature": _SIGNATURE}
        yield Piece({"type": "content_block_delta", "index": index, "delta": delta})
    yield Piece({"type": "content_block_stop", "index": index})


def _writing(block: Block) -> str:
    """What the model writes for a block, character for character."""
    match block:
        case Text(text=text):
            return text
        case Thinking(thinking=thinking):
            return thinking
        case ToolUse(input=input_):
            return msgspec.json.encode(input_).decode()


def _delta_text(piece: Piece) -> str:
    delta: Json = piece.event.get("delta", {})
    return next((delta[key] for key in _DELTA_KEYS if key in delta), "")


def _halves(piece: Piece, chars: int) -> tuple[list[Piece], Piece]:
    """A delta split after `chars` characters; the first half is missing when it would be empty."""
    if chars == 0:
        return [], piece
    delta = piece.event["delta"]
    key = next(key for key in _DELTA_KEYS if key in delta)
    first = {**piece.event, "delta": {**delta, key: delta[key][:chars]}}
    second = {**piece.event, "delta": {**delta, key: delta[key][chars:]}}
    return [Piece(first, piece.wait_s)], Piece(second)
