"""The end of each message of the model: one `message` with its figures and its whole text. Pure.

A message of the main agent may be streamed; others arrive in parts under one message ID, and nothing says which is the
last. Such a message ends when the next one begins, or its agent. One whose stream broke ends with the message that
repeats it, as its text may go on until then.
"""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from observer.dialects import event_data
from observer.dialects.claude.text_blocks import TextBlocks
from observer.dialects.claude.usage import MessageTokens
from observer.dialects.dialect import ForeignEvent
from observer.format.fields import Fields

FINAL = frozenset({"end_turn", "stop_sequence", "max_tokens", "refusal", "model_context_window_exceeded", "pause_turn"})
"""The stop reasons of messages that call no tool, so that the turn may be over."""


class _Open(Struct):
    id: str
    model: str | None
    is_streamed: bool
    is_copied: bool = False
    stop_reason: str | None = None
    is_counted: bool = False
    """Whether its last count of tokens has arrived, after which only the end of the stream follows."""

    @property
    def is_broken(self) -> bool:
        return self.is_streamed and not self.is_counted


class ModelMessages:
    """The messages of the model in a session; a conversation is named by the `parent` of its events."""

    def __init__(self, tokens: MessageTokens, text_of: Callable[[str | None], TextBlocks]) -> None:
        self._tokens = tokens
        self._text_of = text_of
        self._open: dict[str | None, _Open] = {}
        self._broken: dict[str | None, list[ForeignEvent]] = {}
        """The messages whose streams broke, and which the current one repeats."""
        self._ended: set[str] = set()

    def stream(self, event: dict[str, Any], parent: str | None) -> Iterator[ForeignEvent]:
        """Process one raw stream event of the Messages API, before its text is processed."""
        match event:
            case {"type": "message_start", "message": {"id": str(id_), "model": str(model)}}:
                yield from self._begin(_Open(id_, model, is_streamed=True), parent)
            case {"type": "message_delta", "delta": dict(delta)} if current := self._open.get(parent):
                current.stop_reason, current.is_counted = Fields(delta).optional_text("stop_reason"), True
            case {"type": "message_stop"} if (current := self._open.get(parent)) and current.is_counted:
                yield from self.end(parent)

    def part(self, message: Fields, id_: str, parent: str | None, *, is_copied: bool = False) -> Iterator[ForeignEvent]:
        """Process a message, or a part of one, before its text is processed.

        The figures of one that `is_copied` from another session are those of that session.
        """
        model = message.optional_text("model")
        yield from self._begin(_Open(id_, model, is_streamed=False, is_copied=is_copied), parent)
        current, reason = self._open.get(parent), message.optional_text("stop_reason")
        if current and current.id == id_ and reason is not None:
            current.stop_reason = reason

    def has_ended(self, id_: str) -> bool:
        """Return whether the message with this ID is complete."""
        return id_ in self._ended

    def is_final(self, parent: str | None) -> bool:
        """Return whether the message that a conversation is receiving calls no tool, as far as it says so."""
        current = self._open.get(parent)
        return current is not None and current.stop_reason in FINAL

    def end(self, parent: str | None) -> Iterator[ForeignEvent]:
        """End the message that a conversation is receiving, if it is receiving one."""
        if parent in self._open:
            yield from self._end(parent)

    def end_all(self) -> Iterator[ForeignEvent]:
        """End the messages of all conversations."""
        for parent in list(self._open):
            yield from self._end(parent)

    def _begin(self, message: _Open, parent: str | None) -> Iterator[ForeignEvent]:
        current = self._open.get(parent)
        if message.id in self._ended or (current and current.id == message.id):
            return
        if current and current.is_broken:  # what is incomplete of it comes again in this message
            text = self._text_of(parent).text(complete=True)
            self._broken.setdefault(parent, []).append(self._event(current, text, parent))
        elif current:
            yield from self._end(parent)
        self._open[parent] = message

    def _end(self, parent: str | None) -> Iterator[ForeignEvent]:
        message, text = self._open.pop(parent), self._text_of(parent)
        if not message.is_broken:
            yield from text.settle()
        yield from self._broken.pop(parent, [])
        yield self._event(message, text.text(), parent)

    def _event(self, message: _Open, text: str, parent: str | None) -> ForeignEvent:
        self._ended.add(message.id)
        tokens = None if message.is_copied else self._tokens.of(message.id)
        data = event_data.message(
            message.id,
            text,
            tokens=tokens.data if tokens else None,
            model=message.model,
            stop_reason=message.stop_reason,
        )
        return ForeignEvent("message", data, parent=parent, billing=self._tokens.billing(message.id))
