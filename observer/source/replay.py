"""Replays a run with its original timing, or a multiple of that speed."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from math import inf

from observer.format.line import Line, Oversize
from observer.source.items import Idle, Item, Lines, PartialLine, Source, Tagged
from observer.source.seek import time_of

LONGEST_GAP_S = 5.0
"""Longer pauses of the run are shortened to this many seconds."""
KEEPALIVE_S = 1.0
"""During a long pause an empty batch is yielded this often, so that a closed pipe is noticed."""


class ReplaySource:
    """Yields the items of another source, `speed` times as fast as it was written, until it has caught up with the run.

    With `full_gaps` long pauses are not shortened. A source that is only a `copy` of what was written elsewhere never
    catches up: it may be idle because it is slow. Lines after `until` are not delayed. `clock` and `sleep` are in
    seconds.
    """

    def __init__(
        self,
        source: Source,
        speed: float,
        *,
        full_gaps: bool = False,
        copy: bool = False,
        until: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._source = source
        self._speed = speed
        self._longest_s = inf if full_gaps else LONGEST_GAP_S
        self._copy = copy
        self._until = inf if until is None else until
        self._clock = clock
        self._sleep = sleep
        self._previous: float | None = None
        self._late_s = 0.0
        self._live: set[str | None] = set()

    def rest(self, origin: str | None = None) -> PartialLine | None:
        """Return the bytes after the last newline read so far."""
        return self._source.rest(origin)

    async def items(self) -> AsyncGenerator[Item | Tagged, None]:
        """Yield the items of the source, each line at its time; see `Source`."""
        async with aclosing(self._source.items()) as items:
            async for item in items:
                origin, inner = (item.origin, item.item) if isinstance(item, Tagged) else (None, item)
                if isinstance(inner, Idle) and not self._copy:
                    self._live.add(origin)
                if not isinstance(inner, Lines) or origin in self._live:
                    yield item
                    continue
                for line in inner.lines:
                    async for _ in self._pause_before(line):
                        yield Lines([]) if origin is None else Tagged(origin, Lines([]))
                    yield Lines([line]) if origin is None else Tagged(origin, Lines([line]))

    async def _pause_before(self, line: Line | Oversize) -> AsyncGenerator[None, None]:
        """Wait until a line is due, yielding every second; a delay shortens the next pauses."""
        stamp = time_of(line) if isinstance(line, Line) else None
        if stamp is None or stamp > self._until:
            return
        gap = max(0.0, stamp - self._previous) if self._previous is not None else 0.0
        self._previous = stamp
        pause = min(gap, self._longest_s) / self._speed - self._late_s
        began = self._clock()
        while (remaining := began + pause - self._clock()) > 0:
            await self._sleep(min(remaining, KEEPALIVE_S))
            if remaining > KEEPALIVE_S:
                yield
        self._late_s = max(0.0, self._clock() - began - pause)
