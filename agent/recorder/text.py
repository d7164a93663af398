"""Text and thinking: every piece at once, none doubled, none lost.

The CLI sends a text twice: as deltas while it is written, then whole. When a stream breaks half way, the deltas of
blocks that did not come whole are void and the answer follows again, with deltas or without, under another message id.
So each block remembers what of it is already in the file, and only what goes beyond that is written. A second telling
that differs from the first is written whole, and says which message it `replaces`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from agent.events import Event, Thinking, Thought

HoldBack = Callable[[str], int]
"""How many characters at the end of a text may be the beginning of a secret, and had better wait."""


Piece = type[Thought] | type[Thinking]

_BLOCKS: dict[str, Piece] = {"text": Thought, "thinking": Thinking}
_DELTAS: dict[str, str] = {"text_delta": "text", "thinking_delta": "thinking"}


class Speaker:
    """The text of one conversation, the main agent's or a subagent's. Every method yields the events to write."""

    def __init__(self, hold_back: HoldBack) -> None:
        self._hold_back = hold_back
        self._message = ""
        self._blocks: dict[int, _Block] = {}
        self._broken: list[_Block] = []

    def stream(self, event: dict[str, Any]) -> Iterator[Event]:
        """One raw stream event of the Messages API."""
        match event:
            case {"type": "message_start", "message": {"id": str(message)}}:
                yield from self._begin(message)
            case {"type": "content_block_start", "index": int(index), "content_block": {"type": str(kind)}}:
                if kind in _BLOCKS:
                    self._add(index, _BLOCKS[kind])
            case {"type": "content_block_delta", "index": int(index), "delta": {"type": str(kind), **rest}}:
                if kind in _DELTAS and index in self._blocks:
                    yield from self._blocks[index].say(str(rest.get(_DELTAS[kind], "")))
            case {"type": "content_block_stop", "index": int(index)}:
                if index in self._blocks and not self._blocks[index].whole:
                    yield from self._blocks[index].finish()

    def whole(self, message: str, piece: Piece, text: str) -> Iterator[Event]:
        """A block of a message that is complete, told before as deltas or not."""
        if message != self._message:
            yield from self._begin(message)
        block = next((b for b in self._blocks.values() if b.piece is piece and not b.whole), None)
        if block is None:
            block = self._add(max(self._blocks, default=-1) + 1, piece)
        block.whole = True
        yield from block.finish(text)

    def _begin(self, message: str) -> Iterator[Event]:
        for block in self._broken:
            yield block.void(self._message)
        # A broken stream is closed with stop events like any other; what tells is that a block never came whole.
        self._broken = [block for block in self._blocks.values() if block.on_file and not block.whole]
        self._message, self._blocks = message, {}

    def _add(self, index: int, piece: Piece) -> "_Block":
        told = next((block for block in self._broken if block.piece is piece), None)
        if told is not None:
            self._broken.remove(told)
        block = self._blocks[index] = _Block(piece, self._message, index, self._hold_back, told)
        return block


class _Block:
    """One block of text, and how much of it the file has. `told` is the same block in a telling that broke off."""

    def __init__(self, piece: Piece, message: str, index: int, hold_back: HoldBack, told: "_Block | None") -> None:
        self.piece = piece
        self.whole = False
        self._message = message
        self._index = index
        self._hold_back = hold_back
        self._told = told
        self._said = ""
        self._written = 0
        self._replaces: str | None = None

    @property
    def on_file(self) -> str:
        """The text of this block that has been written."""
        return self._said[: self._written]

    def say(self, text: str) -> Iterator[Event]:
        """More text. Yields what can be written at once."""
        self._said += text
        if self._told is not None and self._told.on_file.startswith(self._said):
            return
        self._compare()
        yield from self._write(len(self._said) - self._hold_back(self._said[self._written :]))

    def finish(self, whole: str | None = None) -> Iterator[Event]:
        """The block ends; `whole` is its full text where that is known. Yields what is not on file yet."""
        if whole is not None and not whole.startswith(self._said):
            self._replaces, self._written = self._message, 0
        if whole is not None:
            self._said = whole
        self._compare()
        yield from self._write(len(self._said))

    def void(self, message: str) -> Event:
        """The event that takes this block back, told by `message`, which has nothing in its place."""
        return self.piece(text="", message=message, block=self._index, replaces=self._message)

    def _compare(self) -> None:
        if self._told is None:
            return
        told, self._told = self._told, None
        self._index = told._index
        if self._said.startswith(told.on_file):
            self._message, self._written = told._message, told._written
        else:
            self._replaces = told._message

    def _write(self, end: int) -> Iterator[Event]:
        if end <= self._written and self._replaces is None:
            return
        text = self._said[self._written : end]
        yield self.piece(text=text, message=self._message, block=self._index, replaces=self._replaces)
        self._written, self._replaces = end, None
