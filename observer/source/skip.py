"""Sources that can only be read from their first byte on: where to begin is found by reading past what is before."""

from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Generic, TypeVar

from observer.format.lines import Line, Oversize
from observer.source.items import ContextLines, Idle, Item, Lines, PartialLine, Source, Tagged
from observer.source.seek import StartPosition

T = TypeVar("T")


class Last(Generic[T]):
    """The last items of a stream, as many with a wanted line as `start` says; `line_of` tells an item's line."""

    def __init__(self, start: StartPosition, line_of: Callable[[T], Line | Oversize]) -> None:
        self._most = start.last or 0
        self._wanted = start.matches
        self._line_of = line_of
        self._count = 0
        self.items: deque[T] = deque()

    def add(self, items: list[T]) -> list[T]:
        """Add newer items. Returns those that are too old now: not to be shown, they still tell of their run."""
        self.items.extend(items)
        self._count += sum(map(self._counts, items))
        passed: list[T] = []
        while self._count > self._most or (self.items and not self._counts(self.items[0])):
            passed.append(self.items.popleft())
            self._count -= self._counts(passed[-1])
        return passed

    def _counts(self, item: T) -> bool:
        line = self._line_of(item)
        return self._wanted is None or (isinstance(line, Line) and self._wanted(line))


class SkippingSource:
    """The lines of another source from `start` on."""

    def __init__(self, source: Source, start: StartPosition) -> None:
        self._source = source
        self._start = start
        self._begun = start.at_first_byte
        self._last: Last[Line | Oversize] = Last(start, lambda line: line)

    def rest(self, origin: str | None = None) -> PartialLine | None:
        """Return what stands after the last newline read so far."""
        return self._source.rest(origin)

    async def items(self) -> AsyncGenerator[Item, None]:
        """Yield what comes from there on; see `Source`."""
        async with aclosing(self._source.items()) as items:
            async for item in items:
                if isinstance(item, Tagged):
                    raise TypeError("several runs have no common place")
                for part in self._from_place(item):
                    yield part

    def _from_place(self, item: Item) -> list[Item]:
        if self._begun:
            return [item]
        if isinstance(item, Lines):
            return self._skip(item.lines)
        if isinstance(item, PartialLine) and self._start.last is not None:
            passed, self._begun = self._last.add([item.line]), True
            lines = list(self._last.items)
            last = [item] if lines and lines.pop() is item.line else []
            return [_context(passed), Lines(lines), *last]
        if isinstance(item, Idle) and self._start.last is not None:
            self._begun = True
            return [Lines(list(self._last.items)), item]
        return [item]

    def _skip(self, lines: list[Line | Oversize]) -> list[Item]:
        if self._start.last is not None:
            return [_context(self._last.add(lines))]
        at = next((n for n, line in enumerate(lines) if isinstance(line, Line) and self._start.reached(line)), None)
        if at is None:
            return [_context(lines)]
        self._begun = True
        return [_context(lines[:at]), Lines(lines[at:])]


def _context(lines: list[Line | Oversize]) -> ContextLines:
    return ContextLines([line for line in lines if isinstance(line, Line)])
