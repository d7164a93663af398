"""What the model says, in the conversation of the main agent and in those of its subagents: pieces and messages."""

from collections.abc import Iterator
from typing import Any

from claude_agent_sdk import AssistantMessage, ContentBlock, ServerToolUseBlock, TextBlock, ThinkingBlock

from agent.recorder.costs.message_tokens import MessageTokens
from agent.recorder.entry import Entry
from agent.recorder.text.model_messages import ModelMessages
from agent.recorder.text.text_stream import TextStream
from agent.runlog.redaction.text_pieces import RedactPiece


class Conversations:
    """The conversations of a session. Each is named by the `parent` of its events. Times are in seconds."""

    def __init__(self, tokens: MessageTokens, redact_piece: RedactPiece) -> None:
        self._redact_piece = redact_piece
        self._texts: dict[str | None, TextStream] = {}
        self._messages = ModelMessages(tokens, self._text)

    @property
    def waiting_since(self) -> float | None:
        """The time since which a piece of text waits to be written; None if none does."""
        times = (text.waiting_since for text in self._texts.values())
        return min((time for time in times if time is not None), default=None)

    def flush(self) -> Iterator[Entry]:
        """Yield the pieces that wait for more."""
        for parent, text in self._texts.items():
            yield from (Entry(piece, parent) for piece in text.flush())

    def stream(self, event: dict[str, Any], parent: str | None, now: float) -> Iterator[Entry]:
        """Process one raw stream event of the Messages API."""
        yield from self._flush_others(parent)
        yield from self._messages.stream(event, parent)
        yield from (Entry(piece, parent) for piece in self._text(parent).stream(event, now))

    def part(self, message: AssistantMessage, id_: str) -> Iterator[Entry]:
        """Process a message, or a part of one, before its blocks."""
        parent = message.parent_tool_use_id
        yield from self._flush_others(parent)
        yield from self._messages.part(message, id_)
        if not message.content:
            yield from (Entry(piece, parent) for piece in self._text(parent).dropped_block(id_))

    def block(self, block: ContentBlock, message_id: str, parent: str | None) -> Iterator[Entry]:
        """Process a complete block of a message."""
        kind, text = _kind_and_text(block)
        yield from (Entry(piece, parent) for piece in self._text(parent).complete_block(message_id, kind, text))

    def end(self, parent: str | None) -> Iterator[Entry]:
        """End the message that a conversation is receiving, if it is receiving one."""
        yield from (Entry(piece, parent) for piece in self._text(parent).cut())
        yield from self._messages.end(parent)

    def close(self) -> Iterator[Entry]:
        """End all conversations where they are."""
        for parent, text in self._texts.items():
            yield from (Entry(piece, parent) for piece in text.cut())
        yield from self._messages.end_all()

    def _flush_others(self, parent: str | None) -> Iterator[Entry]:
        """Yield the pieces that wait in other conversations, so that the order of the events is that of the messages.

        A piece of this one may still become longer, or be void.
        """
        for other, text in self._texts.items():
            if other != parent:
                yield from (Entry(piece, other) for piece in text.flush())

    def _text(self, parent: str | None) -> TextStream:
        return self._texts.setdefault(parent, TextStream(self._redact_piece))


def _kind_and_text(block: ContentBlock) -> tuple[str, str]:
    """Return the API's type of a block, if it matters here, and its text."""
    match block:
        case TextBlock(text=text):
            return "text", text
        case ThinkingBlock(thinking=text):
            return "thinking", text
        case ServerToolUseBlock():
            return "server_tool_use", ""
    return "other", ""
