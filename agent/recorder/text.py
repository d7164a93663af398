"""Records text and thinking: every piece as soon as it arrives, none twice, none lost.

The CLI sends a text twice: as deltas while it is written, then complete. When a stream breaks, the deltas of incomplete
blocks are void, and the answer is sent again, with or without deltas, under another message id. So each block knows how
much of it is in the file already, and only the rest is written. A second version that differs from the first is written
from its beginning, and names the message that it `replaces`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from agent.events import Event, Thinking, Thought

PendingLength = Callable[[str], int]
"""Returns how many characters at the end of a text may be the beginning of a secret and should be kept for now."""

BlockType = type[Thought] | type[Thinking]

_BLOCK_TYPES: dict[str, BlockType] = {"text": Thought, "thinking": Thinking}
_DELTA_FIELDS: dict[str, str] = {"text_delta": "text", "thinking_delta": "thinking"}


class TextStream:
    """The text of one conversation, the main agent's or a subagent's. Every method yields the events to write."""

    def __init__(self, pending_length: PendingLength) -> None:
        self._pending_length = pending_length
        self._message = ""
        self._blocks: dict[int, _Block] = {}
        self._broken: list[_Block] = []

    def stream(self, event: dict[str, Any]) -> Iterator[Event]:
        """Process one raw stream event of the Messages API."""
        match event:
            case {"type": "message_start", "message": {"id": str(message)}}:
                yield from self._begin(message)
            case {"type": "content_block_start", "index": int(index), "content_block": {"type": str(kind)}}:
                if kind in _BLOCK_TYPES:
                    self._add(index, _BLOCK_TYPES[kind])
            case {"type": "content_block_delta", "index": int(index), "delta": {"type": str(kind), **fields}}:
                if kind in _DELTA_FIELDS and index in self._blocks:
                    yield from self._blocks[index].append(str(fields.get(_DELTA_FIELDS[kind], "")))
            case {"type": "content_block_stop", "index": int(index)}:
                if index in self._blocks and not self._blocks[index].complete:
                    yield from self._blocks[index].finish()

    def complete_block(self, message: str, type_: BlockType, text: str) -> Iterator[Event]:
        """Process a complete block of a message; deltas of it may have arrived before."""
        if message != self._message:
            yield from self._begin(message)
        block = next((b for b in self._blocks.values() if b.type is type_ and not b.complete), None)
        if block is None:
            block = self._add(max(self._blocks, default=-1) + 1, type_)
        block.complete = True
        yield from block.finish(text)

    def _begin(self, message: str) -> Iterator[Event]:
        for block in self._broken:
            yield block.retract(self._message)
        # A broken stream ends with stop events like any other; only a block that never arrived complete shows it.
        self._broken = [block for block in self._blocks.values() if block.written_text and not block.complete]
        self._message, self._blocks = message, {}

    def _add(self, index: int, type_: BlockType) -> "_Block":
        earlier = next((block for block in self._broken if block.type is type_), None)
        if earlier is not None:
            self._broken.remove(earlier)
        block = self._blocks[index] = _Block(type_, self._message, index, self._pending_length, earlier)
        return block


class _Block:
    """One block of text, and how much of it is in the file. `earlier` is its version in a broken stream."""

    def __init__(
        self, type_: BlockType, message: str, index: int, pending_length: PendingLength, earlier: "_Block | None"
    ) -> None:
        self.type = type_
        self.complete = False
        self._message = message
        self._index = index
        self._pending_length = pending_length
        self._earlier = earlier
        self._text = ""
        self._written = 0
        self._replaces: str | None = None

    @property
    def written_text(self) -> str:
        """The text of this block that has been written."""
        return self._text[: self._written]

    def append(self, text: str) -> Iterator[Event]:
        """Add text to the block. Yields what can be written now."""
        self._text += text
        if self._earlier is not None and self._earlier.written_text.startswith(self._text):
            return
        self._compare_with_earlier()
        yield from self._write(len(self._text) - self._pending_length(self._text[self._written :]))

    def finish(self, text: str | None = None) -> Iterator[Event]:
        """End the block; `text` is its complete text if known. Yields what is not in the file yet."""
        if text is not None and not text.startswith(self._text):
            self._replaces, self._written = self._message, 0
        if text is not None:
            self._text = text
        self._compare_with_earlier()
        yield from self._write(len(self._text))

    def retract(self, message: str) -> Event:
        """Return the event that voids this block because `message`, which replaced its message, has no such block."""
        return self.type(text="", message=message, block=self._index, replaces=self._message)

    def _compare_with_earlier(self) -> None:
        if self._earlier is None:
            return
        earlier, self._earlier = self._earlier, None
        self._index = earlier._index
        if self._text.startswith(earlier.written_text):
            self._message, self._written = earlier._message, earlier._written
        else:
            self._replaces = earlier._message

    def _write(self, end: int) -> Iterator[Event]:
        if end <= self._written and self._replaces is None:
            return
        text = self._text[self._written : end]
        yield self.type(text=text, message=self._message, block=self._index, replaces=self._replaces)
        self._written, self._replaces = end, None
