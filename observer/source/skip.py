"""Starts within a source that cannot seek, by reading and skipping what is before the start position."""

from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Generic, TypeVar

from observer.format.lines import Line, Oversize
from observer.source.items import ContextLines, Idle, Item, Lines, PartialLine, Source, Tagged
from observer.source.seek import StartPosition

T = TypeVar("T")


class LastItems(Generic[T]):
    """Keeps the last items of a stream: `start.last` of those whose line matches; `line_of` returns an item's line."""

    def __init__(self, start: StartPosition, line_of: Callable[[T], Line | Oversize]) -> None:
        self._limit = start.last or 0
        self._matches = start.matches
        self._line_of = line_of
        self._count = 0
        self.items: deque[T] = deque()

    def add(self, items: list[T]) -> list[T]:
        """Add newer items. Returns those that are dropped: they are not displayed but are context of their run."""
        self.items.extend(items)
        self._count += sum(map(self._counts, items))
        dropped: list[T] = []
        while self._count > self._limit or (self.items and not self._counts(self.items[0])):
            dropped.append(self.items.popleft())
            self._count -= self._counts(dropped[-1])
        return dropped

    def _counts(self, item: T) -> bool:
        line = self._line_of(item)
        return self._matches is None or (isinstance(line, Line) and self._matches(line))


class SkippingSource:
    """Yields the items of another source from `start` on."""

    def __init__(self, source: Source, start: StartPosition) -> None:
        self._source = source
        self._start = start
        self._started = start.at_first_byte
        self._last: LastItems[Line | Oversize] = LastItems(start, lambda line: line)

    def rest(self, origin: str | None = None) -> PartialLine | None:
        """Return the bytes after the last newline read so far."""
        return self._source.rest(origin)

    async def items(self) -> AsyncGenerator[Item, None]:
        """Yield the items from the start position on, and context before it; see `Source`."""
        async with aclosing(self._source.items()) as items:
            async for item in items:
                if isinstance(item, Tagged):
                    raise TypeError("several runs have no common start position")
                for output in self._from_start(item):
                    yield output

    def _from_start(self, item: Item) -> list[Item]:
        if self._started:
            return [item]
        if isinstance(item, Lines):
            return self._skip(item.lines)
        if isinstance(item, PartialLine) and self._start.last is not None:
            dropped, self._started = self._last.add([item.line]), True
            lines = list(self._last.items)
            partial = [item] if lines and lines.pop() is item.line else []
            return [_context(dropped), Lines(lines), *partial]
        if isinstance(item, Idle) and self._start.last is not None:
            self._started = True
            return [Lines(list(self._last.items)), item]
        return [item]

    def _skip(self, lines: list[Line | Oversize]) -> list[Item]:
        if self._start.last is not None:
            return [_context(self._last.add(lines))]
        reached = (n for n, line in enumerate(lines) if isinstance(line, Line) and self._start.reached(line))
        first = next(reached, None)
        if first is None:
            return [_context(lines)]
        self._started = True
        return [_context(lines[:first]), Lines(lines[first:])]


def _context(lines: list[Line | Oversize]) -> ContextLines:
    return ContextLines([line for line in lines if isinstance(line, Line)])
