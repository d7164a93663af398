"""Text and thinking: every piece as it arrives, none twice, none lost. Pure.

The CLI sends a text twice: as deltas while it is written, then complete. When a stream breaks, the deltas of incomplete
blocks are void, and the answer is sent again, with or without deltas, under another message ID. So each block knows how
much of it there has been, and only the rest follows. A second version that differs from the first comes from its
beginning, and names the message that it `replaces`.
"""

from collections.abc import Iterator
from typing import Any

from observer.dialects import event_data
from observer.dialects.dialect import ForeignEvent

_EVENT_TYPES = {"text": "thought", "thinking": "thinking", "redacted_thinking": "thinking"}
_DELTA_FIELDS = {"text_delta": "text", "thinking_delta": "thinking"}


class TextBlocks:
    """The text of one conversation, the main agent's or a subagent's, which `parent` names. Methods yield events."""

    def __init__(self, parent: str | None) -> None:
        self._parent = parent
        self._message = ""
        self._blocks: dict[int, _Block] = {}
        self._broken: list[_Block] = []
        self._next_index = 0
        self._streamed = False
        self._is_broken = False
        """Whether the message is one that breaks if nothing more arrives of it."""
        self._receiving = False

    def stream(self, event: dict[str, Any]) -> Iterator[ForeignEvent]:
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
                self._next_index = index + 1
                if kind in _EVENT_TYPES:
                    block = self._add(index, kind)
                    if block.redacted:
                        yield from block.finish()
            case {"type": "content_block_delta", "index": int(index), "delta": {"type": str(kind), **fields}}:
                text = fields.get(_DELTA_FIELDS.get(kind, ""))
                if isinstance(text, str) and index in self._blocks:
                    yield from self._blocks[index].append(text)
            case {"type": "message_delta"}:  # which ends no stream that broke
                self._is_broken = False
                for block in self._blocks.values():
                    if not block.complete:
                        yield from block.finish()

    def complete_block(
        self, message: str, kind: str, text: str = "", index: int | None = None
    ) -> Iterator[ForeignEvent]:
        """Process a complete block of a message, of the API's type `kind`; deltas of it may have arrived before.

        `index` is its place in the message, if the record says so.
        """
        yield from self._begin(message, streamed=False)
        self._next_index = self._next_index if index is None else index
        block = self._incomplete(kind)
        if block is None and kind in _EVENT_TYPES:
            block = self._add(self._next_index, kind)
            self._next_index += 1
        if block is not None:
            block.complete = True
            yield from block.finish(text)
        elif not self._streamed:
            self._next_index += 1

    def settle(self) -> Iterator[ForeignEvent]:
        """Void what the current message, which is complete, should have repeated of a broken one and has not."""
        for block in self._broken:
            yield block.retract(self._message)
        self._broken = []

    def cut(self) -> Iterator[ForeignEvent]:
        """End a text that goes no further."""
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
            if block.is_thought and text:
                parts += ["\n\n"] if previous is not None and index != previous + 1 else []
                parts.append(text)
                previous = index
        return "".join(parts)

    def _incomplete(self, kind: str) -> "_Block | None":
        """Return the first block of a kind that has not arrived completely."""
        blocks = (block for block in self._blocks.values() if block.kind == kind and not block.complete)
        return next(blocks, None)

    def _begin(self, message: str, *, streamed: bool) -> Iterator[ForeignEvent]:
        if message == self._message:
            return
        if not self._is_broken:
            yield from self.settle()
        # A broken stream ends with stop events like any other; only a block that never arrived complete shows it.
        incomplete = (block.written_version for block in self._blocks.values() if not block.complete)
        self._broken += [block for block in incomplete if block is not None]
        self._message, self._blocks, self._next_index = message, {}, 0
        self._streamed = self._is_broken = streamed

    def _add(self, index: int, kind: str) -> "_Block":
        earlier = next((block for block in self._broken if block.kind == kind), None)
        if earlier is not None:
            self._broken.remove(earlier)
        block = self._blocks[index] = _Block(kind, self._parent, self._message, index, earlier)
        return block


class _Block:
    """One block of text, and how much of it has been written. `earlier` is its version in a broken stream."""

    def __init__(self, kind: str, parent: str | None, message: str, index: int, earlier: "_Block | None") -> None:
        self.kind = kind
        self.complete = False
        self.is_written = False
        self.text = ""
        self._parent = parent
        self._message = message
        self._index = index
        self._earlier = earlier
        self._written = 0
        self._replaces: str | None = None

    @property
    def is_thought(self) -> bool:
        """Whether it is text, not thinking."""
        return self.kind == "text"

    @property
    def redacted(self) -> bool:
        """Whether it is thinking that the API has encrypted."""
        return self.kind == "redacted_thinking"

    @property
    def written_version(self) -> "_Block | None":
        """The version that has been written: this block, or one of a broken stream that it has not outgrown."""
        return self if self.is_written else self._earlier

    @property
    def written_text(self) -> str:
        """The text of this block that has been written."""
        return self.text[: self._written]

    def append(self, text: str) -> Iterator[ForeignEvent]:
        """Add text to the block, and yield what can be written of it now."""
        self.text += text
        if self._earlier is not None and self._earlier.written_text.startswith(self.text):
            return
        self._compare_with_earlier()
        yield from self._write()

    def finish(self, text: str | None = None) -> Iterator[ForeignEvent]:
        """End the block; `text` is its complete text if known. Yields what has not been written yet."""
        if text is not None and not text.startswith(self.text):
            self._replaces, self._written = self._message, 0
        if text is not None:
            self.text = text
        self._compare_with_earlier()
        yield from self._write()

    def cut(self) -> Iterator[ForeignEvent]:
        """End the block where it is: nothing repeats it."""
        self.complete = True
        self._compare_with_earlier()
        yield from self._write()

    def retract(self, message: str) -> ForeignEvent:
        """Return the event that voids this block because `message`, which replaced its message, has no such block."""
        return self._event("", message, self._message)

    def _compare_with_earlier(self) -> None:
        if self._earlier is None:
            return
        earlier, self._earlier = self._earlier, None
        self._index = earlier._index
        if self.text.startswith(earlier.written_text):
            self._message, self._written, self.is_written = earlier._message, earlier._written, True
        else:
            self._replaces = earlier._message

    def _write(self) -> Iterator[ForeignEvent]:
        is_new = self.redacted and not self.is_written  # which has no text
        if len(self.text) <= self._written and self._replaces is None and not is_new:
            return
        yield self._event(self.text[self._written :], self._message, self._replaces)
        self._written, self._replaces, self.is_written = len(self.text), None, True

    def _event(self, text: str, message: str, replaces: str | None) -> ForeignEvent:
        if self.is_thought:
            data = event_data.thought(text, message, self._index)
        else:
            data = event_data.thinking(text, message, self._index, redacted=self.redacted)
        data["replaces"] = replaces
        return ForeignEvent(_EVENT_TYPES[self.kind], data, parent=self._parent)
