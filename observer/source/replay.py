"""A replay with the run's own timing, or a multiple of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from math import inf

from observer.format.lines import Line, Oversize
from observer.source.items import Idle, Item, Lines, PartialLine, Source, Tagged
from observer.source.seek import time_of

LONGEST_GAP_S = 5.0
"""Longer silences of the run are shortened to this."""
_SIGN_S = 1.0
"""In a long pause a sign is given this often, so that whoever watches can see that nobody reads any more."""


class ReplaySource:
    """What another source yields, `speed` times as fast as it was written, until it has caught up with the present.

    `full_gaps` keeps silences as long as they were. A source that is only a `copy` of what was written elsewhere never
    catches up: that it has nothing just now only means that it is slow. Nothing after `until` is waited for.
    """

    def __init__(
        self,
        source: Source,
        speed: float,
        *,
        full_gaps: bool = False,
        copy: bool = False,
        until: float | None = None,
    ) -> None:
        self._copy = copy
        self._until = inf if until is None else until
        self._source = source
        self._speed = speed
        self._longest_s = float("inf") if full_gaps else LONGEST_GAP_S
        self._before: float | None = None
        self._late_s = 0.0
        self._live: set[str | None] = set()

    def rest(self, origin: str | None = None) -> PartialLine | None:
        """Return what stands after the last newline read so far."""
        return self._source.rest(origin)

    async def items(self) -> AsyncGenerator[Item | Tagged, None]:
        """Yield what the source yields, each line at its time; see `Source`."""
        async with aclosing(self._source.items()) as items:
            async for item in items:
                origin, inner = (item.origin, item.item) if isinstance(item, Tagged) else (None, item)
                if isinstance(inner, Idle) and not self._copy:
                    self._live.add(origin)
                if not isinstance(inner, Lines) or origin in self._live:
                    yield item
                    continue
                for line in inner.lines:
                    async for _ in self._waiting(line):
                        yield Lines([]) if origin is None else Tagged(origin, Lines([]))
                    yield Lines([line]) if origin is None else Tagged(origin, Lines([line]))

    async def _waiting(self, line: Line | Oversize) -> AsyncGenerator[None, None]:
        """Wait until it is this line's turn, yielding every second; what took too long is taken off the next waits."""
        stamp = time_of(line) if isinstance(line, Line) else None
        if stamp is None or stamp > self._until:
            return
        gap = max(0.0, stamp - self._before) if self._before is not None else 0.0
        self._before = stamp
        pause = min(gap, self._longest_s) / self._speed - self._late_s
        clock = asyncio.get_running_loop().time
        began = clock()
        while (left := began + pause - clock()) > 0:
            await asyncio.sleep(min(left, _SIGN_S))
            if left > _SIGN_S:
                yield
        self._late_s = max(0.0, clock() - began - pause)
