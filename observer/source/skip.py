"""Starts within a source that cannot seek, by reading and skipping what is before the start position."""

from bisect import insort
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import Generic, TypeVar

from observer.format.line import Line, Oversize
from observer.source.items import ContextLines, Idle, Item, Lines, PartialLine, Source, Tagged
from observer.source.seek import LineMatcher, StartPosition

T = TypeVar("T")


class LastItems(Generic[T]):
    """Keeps the last items of a stream: `start.last` of them, or those since the first of as many last matches.

    `line_of` returns an item's line, and `run_of` what identifies its run: each has a matcher of its own.
    """

    def __init__(
        self, start: StartPosition, line_of: Callable[[T], Line | Oversize], run_of: Callable[[T], object]
    ) -> None:
        self._limit = start.last or 0
        self._create_matcher = start.matches
        self._line_of = line_of
        self._run_of = run_of
        self._matchers: dict[object, LineMatcher] = {}
        self._starts: list[int] = []
        """The numbers of the items at which the last matches begin."""
        self._dropped = 0
        self.items: deque[T] = deque()

    def add(self, items: Sequence[T]) -> list[T]:
        """Add newer items of one run. Returns those that are dropped: not displayed, but context of their run."""
        self.items.extend(items)
        if self._create_matcher is None:
            return self._drop(len(self.items) - self._limit)
        if not items:
            return []
        matcher = self._matcher(self._run_of(items[0]), self._create_matcher)
        for line in matcher.take([self._line_of(item) for item in items]):
            insort(self._starts, self._number_of(line))
        del self._starts[: max(0, len(self._starts) - self._limit)]
        return self._drop((self._starts[0] if self._starts else self._first_undecided()) - self._dropped)

    def observe(self, run: object, item: Item) -> None:
        """Take an item of a run that precedes those to be added: lines in it may be context of matches."""
        if self._create_matcher is not None and isinstance(item, ContextLines):
            self._matcher(run, self._create_matcher).observe(item.lines)

    def _matcher(self, run: object, create: Callable[[], LineMatcher]) -> LineMatcher:
        if run not in self._matchers:
            self._matchers[run] = create()
        return self._matchers[run]

    def _first_undecided(self) -> int:
        """Return the number of the first item that may still turn out to match."""
        lines = [line for matcher in self._matchers.values() if (line := matcher.first_undecided) is not None]
        return min(map(self._number_of, lines), default=self._dropped + len(self.items))

    def _number_of(self, line: Line | Oversize) -> int:
        last = self._dropped + len(self.items) - 1
        return next((last - back for back, item in enumerate(reversed(self.items)) if self._line_of(item) is line), 0)

    def _drop(self, count: int) -> list[T]:
        dropped = [self.items.popleft() for _ in range(count)]
        self._dropped += len(dropped)
        return dropped


class SkippingSource:
    """Yields the items of another source from `start` on."""

    def __init__(self, source: Source, start: StartPosition) -> None:
        self._source = source
        self._start = start
        self._started = start.at_first_byte
        self._last: LastItems[Line | Oversize] = LastItems(start, lambda line: line, lambda _: None)

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

    def _skip(self, lines: Sequence[Line | Oversize]) -> list[Item]:
        if self._start.last is not None:
            return [_context(self._last.add(lines))]
        reached = (n for n, line in enumerate(lines) if isinstance(line, Line) and self._start.reached(line))
        first = next(reached, None)
        if first is None:
            return [_context(lines)]
        self._started = True
        return [_context(lines[:first]), Lines(lines[first:])]


def _context(lines: Iterable[Line | Oversize]) -> ContextLines:
    return ContextLines([line for line in lines if isinstance(line, Line)])
