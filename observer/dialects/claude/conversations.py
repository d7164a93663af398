"""What the model says, in the conversations of the main agent and of its subagents: pieces and messages. Pure."""

from collections.abc import Iterator
from typing import Any

from observer.dialects.claude.model_messages import ModelMessages
from observer.dialects.claude.text_blocks import TextBlocks
from observer.dialects.claude.usage import MessageTokens
from observer.dialects.dialect import ForeignEvent
from observer.format.fields import Fields

_TEXT_FIELDS = {"text": "text", "thinking": "thinking"}


class Conversations:
    """The conversations of a session. Each is named by the `parent` of its events."""

    def __init__(self, tokens: MessageTokens) -> None:
        self._texts: dict[str | None, TextBlocks] = {}
        self._messages = ModelMessages(tokens, self._text)

    def stream(self, event: dict[str, Any], parent: str | None) -> Iterator[ForeignEvent]:
        """Process one raw stream event of the Messages API."""
        yield from self._messages.stream(event, parent)
        yield from self._text(parent).stream(event)

    def part(self, message: Fields, id_: str, parent: str | None, *, is_copied: bool = False) -> Iterator[ForeignEvent]:
        """Process a message, or a part of one, before its blocks."""
        yield from self._messages.part(message, id_, parent, is_copied=is_copied)

    def block(
        self, block: Fields, message_id: str, parent: str | None, index: int | None = None
    ) -> Iterator[ForeignEvent]:
        """Process a complete block of a message; `index` is its place there, if the record says so."""
        kind = block.text("type")
        text = block.text(_TEXT_FIELDS.get(kind, ""))
        yield from self._text(parent).complete_block(message_id, kind, text, index)

    def has_ended(self, message_id: str) -> bool:
        """Return whether the message with this ID is complete, so that more of it can only be a repetition."""
        return self._messages.has_ended(message_id)

    def is_final(self, parent: str | None) -> bool:
        """Return whether the message that a conversation is receiving calls no tool."""
        return self._messages.is_final(parent)

    def end(self, parent: str | None) -> Iterator[ForeignEvent]:
        """End the message that a conversation is receiving, if it is receiving one."""
        yield from self._text(parent).cut()
        yield from self._messages.end(parent)

    def close(self) -> Iterator[ForeignEvent]:
        """End all conversations where they are."""
        for text in self._texts.values():
            yield from text.cut()
        yield from self._messages.end_all()

    def _text(self, parent: str | None) -> TextBlocks:
        text = self._texts.get(parent)
        if text is None:
            text = self._texts[parent] = TextBlocks(parent)
        return text
