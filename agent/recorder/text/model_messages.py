"""Records the end of each message of the model: one `message` with its figures and its whole text.

A message of the main agent is streamed; a subagent's arrives in parts under one message id, and nothing says which is
the last. It ends when the next message begins, or the subagent. One whose stream broke ends with the message that
repeats it, as its text may go on until then.
"""

from collections.abc import Callable, Iterator
from typing import Any

from claude_agent_sdk import AssistantMessage
from msgspec import Struct

from agent.events import Message
from agent.recorder.costs.message_tokens import MessageTokens
from agent.recorder.entry import Entry
from agent.recorder.sdk.field_values import text_or_none
from agent.recorder.text.text_stream import TextStream


class _Open(Struct):
    id: str
    model: str | None
    is_streamed: bool
    stop_reason: str | None = None
    is_counted: bool = False
    """Whether its last count of tokens has arrived, after which only the end of the stream follows."""

    @property
    def is_broken(self) -> bool:
        return self.is_streamed and not self.is_counted


class ModelMessages:
    """The messages of the model in a session; a conversation is named by the `parent` of its events."""

    def __init__(self, tokens: MessageTokens, text_of: Callable[[str | None], TextStream]) -> None:
        self._tokens = tokens
        self._text_of = text_of
        self._open: dict[str | None, _Open] = {}
        self._broken: dict[str | None, list[Message]] = {}
        """The messages whose streams broke, and which the current one repeats."""
        self._ended: set[str] = set()

    def stream(self, event: dict[str, Any], parent: str | None) -> Iterator[Entry]:
        """Process one raw stream event of the Messages API, before its text is processed."""
        match event:
            case {"type": "message_start", "message": {"id": str(id_), "model": str(model)}}:
                yield from self._begin(_Open(id_, model, is_streamed=True), parent)
            case {"type": "message_delta", "delta": dict(delta)} if current := self._open.get(parent):
                current.stop_reason, current.is_counted = text_or_none(delta.get("stop_reason")), True
            case {"type": "message_stop"} if (current := self._open.get(parent)) and current.is_counted:
                yield from self.end(parent)

    def part(self, message: AssistantMessage, id_: str) -> Iterator[Entry]:
        """Process a message, or a part of one, before its text is processed."""
        parent = message.parent_tool_use_id
        yield from self._begin(_Open(id_, message.model, is_streamed=False), parent)
        current = self._open.get(parent)
        if current and current.id == id_ and message.stop_reason is not None:
            current.stop_reason = message.stop_reason

    def end(self, parent: str | None) -> Iterator[Entry]:
        """End the message that a conversation is receiving, if it is receiving one."""
        if parent in self._open:
            yield from self._end(parent)

    def end_all(self) -> Iterator[Entry]:
        """End the messages of all conversations."""
        for parent in list(self._open):
            yield from self._end(parent)

    def _begin(self, message: _Open, parent: str | None) -> Iterator[Entry]:
        current = self._open.get(parent)
        if message.id in self._ended or (current and current.id == message.id):
            return
        if current and current.is_broken:  # what is incomplete of it comes again in this message
            text = self._text_of(parent).text(complete=True)
            self._broken.setdefault(parent, []).append(self._event(current, text))
        elif current:
            yield from self._end(parent)
        self._open[parent] = message

    def _end(self, parent: str | None) -> Iterator[Entry]:
        message, text = self._open.pop(parent), self._text_of(parent)
        if not message.is_broken:
            yield from (Entry(piece, parent) for piece in text.settle())
        yield from (Entry(event, parent) for event in self._broken.pop(parent, []))
        yield Entry(self._event(message, text.text()), parent)

    def _event(self, message: _Open, text: str) -> Message:
        self._ended.add(message.id)
        return Message(
            id=message.id,
            model=message.model,
            stop_reason=message.stop_reason,
            tokens=self._tokens.of(message.id),
            text=text,
        )
