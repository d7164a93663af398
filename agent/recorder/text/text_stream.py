"""Records text and thinking: every piece soon after it arrives, none twice, none lost.

The CLI sends a text twice: as deltas while it is written, then complete. When a stream breaks, the deltas of incomplete
blocks are void, and the answer is sent again, with or without deltas, under another message id. So each block knows how
much of it is in the file already, and only the rest is written. A second version that differs from the first is written
from its beginning, and names the message that it `replaces`. The second stream may break as well, and earlier.

Deltas of a few characters would make a file forty times the size of the text. They are put together to pieces, which
wait no longer than a reader would notice.
"""

from collections.abc import Iterator
from typing import Any

from agent.events import Event, Thinking, Thought
from agent.runlog.redaction.text_pieces import RedactPiece, TextEnd, is_worth_a_search

PIECE_S = 0.05
"""Seconds that a piece may wait for more."""
PIECE_CHARS = 80
"""Characters at which a piece is written at once."""

BlockType = type[Thought] | type[Thinking]

_BLOCK_TYPES: dict[str, BlockType] = {"text": Thought, "thinking": Thinking, "redacted_thinking": Thinking}
_DELTA_FIELDS: dict[str, str] = {"text_delta": "text", "thinking_delta": "thinking"}


class TextStream:
    """The text of one conversation, the main agent's or a subagent's. The methods yield the events to write.

    `waiting_since` is the time since which a piece waits to be written, None if none does: call `flush` within
    `PIECE_S`. Times are in seconds.
    """

    def __init__(self, redact_piece: RedactPiece) -> None:
        self._redact_piece = redact_piece
        self._message = ""
        self._blocks: dict[int, _Block] = {}
        self._broken: list[_Block] = []
        self._next_index = 0
        self._streamed = False
        self._is_broken = False
        """Whether the message is one that breaks if nothing more arrives of it."""
        self._receiving = False
        self._server_calls = 0
        self._waiting: _Block | None = None
        self.waiting_since: float | None = None

    def stream(self, event: dict[str, Any], now: float) -> Iterator[Event]:
        """Process one raw stream event of the Messages API."""
        match event:
            case {"type": "message_start", "message": {"id": str(message)}}:
                self._receiving = True
                yield from self._begin(message, streamed=True)
            case {"type": "message_stop"}:
                self._receiving = False
            case _ if not self._receiving:
                return  # of a stream without its beginning: the CLI asks for the message again
            case {"type": "content_block_start", "index": int(index), "content_block": {"type": str(kind)}}:
                yield from self.flush()
                self._next_index = index + 1
                if kind in _BLOCK_TYPES:
                    block = self._add(index, kind)
                    if block.redacted:
                        yield from block.finish()
            case {"type": "content_block_delta", "index": int(index), "delta": {"type": str(kind), **fields}}:
                if kind in _DELTA_FIELDS and index in self._blocks:
                    yield from self._append(self._blocks[index], str(fields.get(_DELTA_FIELDS[kind], "")), now)
            case {"type": "content_block_stop"}:
                yield from self.flush()
            case {"type": "message_delta"}:  # which ends no stream that broke
                self._is_broken = False
                for block in self._blocks.values():
                    if not block.complete:
                        yield from block.finish()

    def complete_block(self, message: str, kind: str, text: str = "") -> Iterator[Event]:
        """Process a complete block of a message, of the API's type `kind`; deltas of it may have arrived before."""
        yield from self._begin(message, streamed=False)
        block = self._incomplete(kind)
        if block is None and kind in _BLOCK_TYPES:
            block = self._add(self._next_index, kind)
            self._next_index += 1
        if block is not None:
            block.complete = True
            yield from self._finish(block, text)
        elif not self._streamed:
            self._next_index += 1
            self._server_calls += kind == "server_tool_use"

    def dropped_block(self, message: str) -> Iterator[Event]:
        """Process a block that the SDK does not know, so that nothing is left of it but an empty message.

        The stream says what it was. Without one it is the result of a call of a server tool, or redacted thinking.
        """
        yield from self._begin(message, streamed=False)
        if self._server_calls:
            self._server_calls -= 1
            self._next_index += 1
        elif not self._streamed or self._incomplete("redacted_thinking"):
            yield from self.complete_block(message, "redacted_thinking")

    def flush(self) -> Iterator[Event]:
        """Write the piece that waits, except for an end that may be the beginning of a secret."""
        block, self._waiting, self.waiting_since = self._waiting, None, None
        if block is not None:
            yield from block.write()

    def settle(self) -> Iterator[Event]:
        """Void what the current message, which is complete, should have repeated of a broken one and has not."""
        for block in self._broken:
            yield block.retract(self._message)
        self._broken = []

    def cut(self) -> Iterator[Event]:
        """Write what is left of a text that goes no further."""
        yield from self.flush()
        for block in self._blocks.values():
            if not block.complete:
                yield from block.cut()
        if not self._is_broken:
            yield from self.settle()
        self._broken = []  # nothing repeats it any more

    def text(self, *, complete: bool = False) -> str:
        """Return the text of the current message; with `complete`, without blocks that did not arrive completely.

        Blocks that follow each other are parts of one text, as with citations; others are paragraphs.
        """
        parts: list[str] = []
        previous: int | None = None
        for index, block in sorted(self._blocks.items()):
            text = block.text if block.complete or not complete else ""
            if block.type is Thought and text:
                parts += ["\n\n"] if previous is not None and index != previous + 1 else []
                parts.append(text)
                previous = index
        return "".join(parts)

    def _append(self, block: "_Block", text: str, now: float) -> Iterator[Event]:
        block.append(text)
        self._waiting = block
        if self.waiting_since is None:
            self.waiting_since = now
        if block.unwritten_length >= PIECE_CHARS or now - self.waiting_since >= PIECE_S:
            yield from self.flush()

    def _finish(self, block: "_Block", text: str | None = None) -> Iterator[Event]:
        if block is self._waiting:
            self._waiting, self.waiting_since = None, None
        yield from block.finish(text)

    def _incomplete(self, kind: str) -> "_Block | None":
        """Return the first block of a kind that has not arrived completely."""
        blocks = (block for block in self._blocks.values() if block.kind == kind and not block.complete)
        return next(blocks, None)

    def _begin(self, message: str, *, streamed: bool) -> Iterator[Event]:
        if message == self._message:
            return
        self._waiting, self.waiting_since = None, None  # of a block that never arrived complete, and is void
        if not self._is_broken:
            yield from self.settle()
        # A broken stream ends with stop events like any other; only a block that never arrived complete shows it.
        incomplete = (block.version_in_file for block in self._blocks.values() if not block.complete)
        self._broken += [block for block in incomplete if block is not None]
        self._message, self._blocks, self._next_index = message, {}, 0
        self._streamed = self._is_broken = streamed
        self._server_calls = 0

    def _add(self, index: int, kind: str) -> "_Block":
        earlier = next((block for block in self._broken if block.kind == kind), None)
        if earlier is not None:
            self._broken.remove(earlier)
        block = self._blocks[index] = _Block(kind, self._message, index, self._redact_piece, earlier)
        return block


class _Block:
    """One block of text, and how much of it is in the file. `earlier` is its version in a broken stream."""

    def __init__(
        self, kind: str, message: str, index: int, redact_piece: RedactPiece, earlier: "_Block | None"
    ) -> None:
        self.kind = kind
        self.type = _BLOCK_TYPES[kind]
        self.complete = False
        self.is_in_file = False
        self.text = ""
        self._message = message
        self._index = index
        self._redact_piece = redact_piece
        self._earlier = earlier
        self._written = 0
        self._searched = 0
        self._replaces: str | None = None

    @property
    def redacted(self) -> bool:
        """Whether it is thinking that the API has encrypted."""
        return self.kind == "redacted_thinking"

    @property
    def version_in_file(self) -> "_Block | None":
        """The version of this block that is in the file: itself, or one of a broken stream that it has not outgrown."""
        return self if self.is_in_file else self._earlier

    @property
    def written_text(self) -> str:
        """The text of this block that has been written."""
        return self.text[: self._written]

    @property
    def unwritten_length(self) -> int:
        """The number of characters that have not been written."""
        return len(self.text) - self._written

    def append(self, text: str) -> None:
        """Add text to the block."""
        self.text += text

    def write(self) -> Iterator[Event]:
        """Yield what can be written now."""
        if self._earlier is not None and self._earlier.written_text.startswith(self.text):
            return
        self._compare_with_earlier()
        if is_worth_a_search(self._searched - self._written, len(self.text) - self._searched):
            yield from self._write(TextEnd.OPEN)

    def finish(self, text: str | None = None) -> Iterator[Event]:
        """End the block; `text` is its complete text if known. Yields what is not in the file yet."""
        if text is not None and not text.startswith(self.text):
            self._replaces, self._written = self._message, 0
        if text is not None:
            self.text = text
        self._compare_with_earlier()
        yield from self._write(TextEnd.COMPLETE)

    def cut(self) -> Iterator[Event]:
        """End the block where it is: nothing repeats it. An end that may be most of a secret is left out."""
        self.complete = True
        self._compare_with_earlier()
        yield from self._write(TextEnd.CUT_OFF)
        self.text = self.written_text

    def retract(self, message: str) -> Event:
        """Return the event that voids this block because `message`, which replaced its message, has no such block."""
        return self.type(text="", message=message, block=self._index, replaces=self._message)

    def _compare_with_earlier(self) -> None:
        if self._earlier is None:
            return
        earlier, self._earlier = self._earlier, None
        self._index = earlier._index
        if self.text.startswith(earlier.written_text):
            self._message, self._written, self.is_in_file = earlier._message, earlier._written, True
        else:
            self._replaces = earlier._message

    def _write(self, end: TextEnd) -> Iterator[Event]:
        text, self._written = self._redact_piece(self.text, self._written, end)
        self._searched = len(self.text)
        is_new = self.redacted and not self.is_in_file  # which has no text
        if not text and self._replaces is None and not is_new:
            return
        event = self.type(text=text, message=self._message, block=self._index, replaces=self._replaces)
        if isinstance(event, Thinking):
            event.redacted = self.redacted
        yield event
        self._replaces, self.is_in_file = None, True
