"""Finds the lines of the events of a run file, and their types; an event is decoded when it is accessed. Blocking."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from sys import intern
from typing import overload

from observer.errors import UnreadableError
from observer.format.event import Event, Malformed, decode, type_of
from observer.format.line import Line, Oversize
from observer.format.lines import Block
from observer.format.typed_block import typed_lines
from observer.source.snapshot import Snapshot

_READ_AHEAD = 64 * 1024
"""Bytes read at once while events are iterated in order."""


class EventIndex:
    """Where the events of a run file are, in order: their `offsets`, `types`, and `numbers` of lines, from 1 on.

    `malformed` are the lines without an event, each with its number. An event without a type has an empty one.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.malformed: list[tuple[int, Malformed]] = []
        self.offsets, self._lengths, self.numbers = array("Q"), array("Q"), array("L")
        self.types: list[str] = []
        count = 0
        for block in snapshot.blocks():
            count += self._add_block(block, count)

    def event(self, index: int) -> Event:
        """Return one event. Raises UnreadableError if the file was modified after it was loaded."""
        return self._decoded(Line(self._snapshot.read(self._lengths[index], self.offsets[index]), self.offsets[index]))

    def decoded(self, chosen: Iterable[int]) -> Iterator[Event]:
        """Yield some events in order."""
        return map(self._decoded, self.lines(chosen))

    def lines(self, chosen: Iterable[int]) -> Iterator[Line]:
        """Yield the lines of some events in order, reading those that are close together in one go."""
        block, begin = b"", 0
        for index in chosen:
            offset, length = self.offsets[index], self._lengths[index]
            if not begin <= offset <= offset + length <= begin + len(block):
                block, begin = self._snapshot.read(max(length, _READ_AHEAD), offset), offset
            yield Line(block[offset - begin : offset - begin + length], offset)

    def events(self, chosen: Sequence[int]) -> Sequence[Event]:
        """Return some events, each of which is decoded when it is accessed."""
        return _Events(self, chosen)

    def _add_block(self, block: Block | list[Line | Oversize], before: int) -> int:
        """Add some lines, before which the file has `before` others; return how many they are."""
        typed = typed_lines(block) if isinstance(block, Block) else None
        if typed is not None and isinstance(block, Block):
            lines, types = typed
            sizes = list(map(len, lines))
            self._lengths.extend([size - 1 for size in sizes])
            self.offsets.extend(accumulate(sizes[:-1], initial=block.offset))
            self.numbers.extend(range(before + 1, before + len(lines) + 1))
            self.types.extend(map(intern, types))  # few types, many lines
            return len(lines)
        each = block.lines() if isinstance(block, Block) else block
        for number, line in enumerate(each, before + 1):
            if isinstance(line, Line) and (kind := type_of(line)):
                self._add(line, number, intern(kind))
            else:
                self._add_odd(line, number)
        return len(each)

    def _add(self, line: Line, number: int, kind: str) -> None:
        self.offsets.append(line.offset)
        self._lengths.append(len(line.data))
        self.numbers.append(number)
        self.types.append(kind)

    def _add_odd(self, line: Line | Oversize, number: int) -> None:
        """Add a line that is not an event, or one without a type."""
        decoded = decode(line) if isinstance(line, Line) else Malformed(line.offset, line.length, "too long", "")
        if isinstance(decoded, Malformed):
            self.malformed.append((number, decoded))
        elif isinstance(line, Line) and decoded is not None:
            self._add(line, number, "")

    def _decoded(self, line: Line) -> Event:
        decoded = decode(line)
        if not isinstance(decoded, Event):
            raise UnreadableError(f"{self._snapshot.path} was modified after it was loaded; load it again")
        return decoded


class _Events(Sequence[Event]):
    """Some of a run's events, each decoded when it is accessed."""

    def __init__(self, index: EventIndex, chosen: Sequence[int]) -> None:
        self._index = index
        self._chosen = chosen

    def __len__(self) -> int:
        return len(self._chosen)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        if isinstance(index, slice):
            return _Events(self._index, self._chosen[index])
        return self._index.event(self._chosen[index])

    def __iter__(self) -> Iterator[Event]:
        return self._index.decoded(self._chosen)

    def __repr__(self) -> str:
        return f"<{len(self)} events>"
