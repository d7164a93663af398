"""One turn as server-sent events with the delays between them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from agent.rehearsal.answer import Json, streamed_text
from agent.rehearsal.blocks import Block, Raw, StreamDelays
from agent.rehearsal.script import Turn

_EMPTY: dict[str, Json] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"input": {}},
    "server_tool_use": {"input": {}},
}
"""What a block of this type lacks when it starts, as it follows in pieces. A block of another type starts complete."""
_DELTAS = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
    "tool_use": ("input_json_delta", "partial_json"),
    "server_tool_use": ("input_json_delta", "partial_json"),
}
"""The type of its pieces, and the key of their text."""
_AT_THE_END = ("stop_reason", "stop_sequence", "stop_details")
"""The fields of a message that are known only at its end."""


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
        return RawEvent(self.type, msgspec.json.encode(self.data).decode()).encoded


@dataclass(frozen=True)
class RawEvent:
    """An event whose data are any characters, and the delay before it in seconds."""

    name: str
    text: str
    delay_s: float = 0

    @property
    def encoded(self) -> bytes:
        """The event as it is sent: a line of data for each line of the text."""
        lines = "\n".join(f"data: {line}" for line in self.text.split("\n"))
        return f"event: {self.name}\n{lines}\n\n".encode()


PING = StreamEvent({"type": "ping"})


def stream_events(turn: Turn, message: Json, delays: StreamDelays) -> list[StreamEvent]:
    """Return the events of the stream that carries `message`, which is `turn` as a message."""
    usage = message["usage"]
    unknown = dict.fromkeys(_AT_THE_END)
    start = {**message, **unknown, "content": [], "usage": {**usage, "output_tokens": 1}}
    events = [StreamEvent({"type": "message_start", "message": start}), PING]
    for index, (block, content) in enumerate(zip(turn.block, message["content"], strict=True)):
        events += _stream_block(index, block, content, block.pace or delays)
    delta = {key: message[key] for key in _AT_THE_END}
    events.append(StreamEvent({"type": "message_delta", "delta": delta, "usage": usage}))
    events.append(StreamEvent({"type": "message_stop"}))
    return events


def _stream_block(index: int, block: Block, content: Json, delays: StreamDelays) -> Iterator[StreamEvent]:
    """Yield the events of one block."""

    def event(part: str, delay_s: float = 0, **fields: Any) -> StreamEvent:
        return StreamEvent({"type": f"content_block_{part}", "index": index, **fields}, delay_s)

    kind = "raw" if isinstance(block, Raw) else content["type"]
    yield event("start", block.delay_s, content_block=content | _EMPTY.get(kind, {}))
    text = streamed_text(block)
    for start_char in range(0, len(text), delays.chars):
        delta, key = _DELTAS[kind]
        piece = {"type": delta, key: text[start_char : start_char + delays.chars]}
        yield event("delta", delays.ms / 1000, delta=piece)
    if kind == "thinking":
        yield event("delta", delta={"type": "signature_delta", "signature": content["signature"]})
    yield event("stop")
