"""Sources that can only be read from their first byte on: where to begin is found by reading past what is before."""

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing

from observer.framing import Line, Oversize
from observer.source.base import Batch, CaughtUp, Context, From, Item, Rest, Source
from observer.source.start import Start


class FromPlace:
    """The lines of another source from `start` on."""

    def __init__(self, source: Source, start: Start) -> None:
        self._source = source
        self._start = start
        self._begun = start.at_first_byte
        self._kept: deque[Line | Oversize] = deque(maxlen=start.last)

    def rest(self) -> Rest | None:
        """Return what stands after the last newline read so far."""
        return self._source.rest()

    async def items(self) -> AsyncGenerator[Item, None]:
        """Yield what comes from there on; see `Source`."""
        async with aclosing(self._source.items()) as items:
            async for item in items:
                if isinstance(item, From):
                    raise TypeError("several runs have no common place")
                for part in self._from_place(item):
                    yield part

    def _from_place(self, item: Item) -> list[Item]:
        if self._begun:
            return [item]
        if isinstance(item, Batch):
            return self._skip(item.lines)
        if isinstance(item, Rest | CaughtUp) and self._start.last is not None:
            self._begun = True
            return [Batch(list(self._kept)), item]
        return [item]

    def _skip(self, lines: list[Line | Oversize]) -> list[Item]:
        if self._start.last is not None:
            wanted = self._start.wanted
            self._kept.extend(line for line in lines if wanted is None or (isinstance(line, Line) and wanted(line)))
            return [Context([line for line in lines if isinstance(line, Line)])]
        at = next((n for n, line in enumerate(lines) if isinstance(line, Line) and self._start.reached(line)), None)
        if at is None:
            return [Context([line for line in lines if isinstance(line, Line)])]
        self._begun = True
        return [Context([line for line in lines[:at] if isinstance(line, Line)]), Batch(lines[at:])]
