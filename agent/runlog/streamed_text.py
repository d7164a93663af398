"""The text of a message that arrives in pieces, as events."""

from collections.abc import Awaitable, Callable

from agent.events import Event, Thinking, Thought
from agent.runlog.redaction.text_pieces import RedactPiece, TextEnd, TextPieces

TextKind = type[Thought] | type[Thinking]


class StreamedText:
    """The text of one block of a message. The methods return the next event to write, None if there is nothing yet."""

    def __init__(self, kind: TextKind, message: str, block: int, redact_piece: RedactPiece) -> None:
        self._kind = kind
        self._message = message
        self._block = block
        self._pieces = TextPieces(redact_piece)

    def add(self, piece: str) -> Event | None:
        """Add a piece; return what can be written now."""
        return self._event(self._pieces.add(piece))

    def end(self) -> Event | None:
        """Return what was held back, after the last piece."""
        return self._event(self._pieces.end())

    def cut(self) -> Event | None:
        """Do the same for a text that goes no further, without an end that may be most of a secret."""
        return self._event(self._pieces.end(TextEnd.CUT_OFF))

    def _event(self, text: str) -> Event | None:
        return self._kind(text=text, message=self._message, block=self._block) if text else None


class TextWriter:
    """Writes the pieces of a text; `RunLog.stream` returns one."""

    def __init__(self, text: StreamedText, emit: Callable[[Event], Awaitable[None]]) -> None:
        self._text = text
        self._emit = emit

    async def write(self, piece: str) -> None:
        """Append a piece; return when the kernel has it, except for an end that may be the beginning of a secret."""
        await self._emit_if_any(self._text.add(piece))

    async def close(self, error: BaseException | None) -> None:
        """Write what was held back, unless it may be most of a secret and `error` has cut the text off."""
        await self._emit_if_any(self._text.end() if error is None else self._text.cut())

    async def _emit_if_any(self, event: Event | None) -> None:
        if event is not None:
            await self._emit(event)


class SyncTextWriter:
    """Writes the pieces of a text; `SyncRunLog.stream` returns one."""

    def __init__(self, text: StreamedText, emit: Callable[[Event], None]) -> None:
        self._text = text
        self._emit = emit

    def write(self, piece: str) -> None:
        """Append a piece; return when the kernel has it, except for an end that may be the beginning of a secret."""
        self._emit_if_any(self._text.add(piece))

    def close(self, error: BaseException | None) -> None:
        """Write what was held back, unless it may be most of a secret and `error` has cut the text off."""
        self._emit_if_any(self._text.end() if error is None else self._text.cut())

    def _emit_if_any(self, event: Event | None) -> None:
        if event is not None:
            self._emit(event)
