"""`observe wait` as a function: it follows a run and returns the moment that something has happened in it."""

import asyncio
import socket
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing
from enum import IntEnum
from pathlib import Path

from msgspec import Struct

from observer.format.event import Event, Record
from observer.format.lines import Line, Oversize
from observer.format.sanitize import clean_line
from observer.format.units import format_duration, format_money
from observer.runs.conditions import WaitCondition
from observer.runs.describe_status import describe_progress, describe_status
from observer.runs.state import STALL_AFTER_S, RunState, Status, Verdict
from observer.source.crowd import join
from observer.source.items import RESET_NOTICES, ContextLines, Idle, Item, Lines, Notice, PartialLine, Source, Tagged
from observer.source.locate import find
from observer.source.mirror import LocalRun
from observer.source.open_source import open_source
from observer.terminal.output import OutputStream

_FIRST_LOOK_S = 60.0
"""What the file holds already counts, so to read that much may take so long beyond any timeout."""


class WaitExit(IntEnum):
    """How waiting ended, and the exit code for it."""

    HAPPENED = 0
    ENDED_OTHERWISE = 1
    TIMED_OUT = 3
    CRASHED_OR_STALLED = 4


class WaitResult(Struct, frozen=True):
    """How waiting ended, and what there is to say of it, in a line."""

    how: WaitExit
    what: str


class Waiter:
    """Follows one run until one of the conditions holds, or it cannot any more."""

    def __init__(
        self, source: Source, until: WaitCondition, *, stall_after_s: float = STALL_AFTER_S,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._source = source
        self._until = until
        self._stall_after_s = stall_after_s
        self._clock = clock
        self._hostname = socket.gethostname()
        self._state = RunState()
        self._locked: bool | None = None
        self._notice = ""

    async def run(self, timeout_s: float | None = None) -> WaitResult:
        """Wait, at most `timeout_s` seconds: 0 looks once. Raises UnreadableError when the source cannot be read."""
        try:
            async with asyncio.timeout(None if timeout_s is None else timeout_s + _FIRST_LOOK_S) as limit:
                return await self._over(limit)
        except TimeoutError:
            doing = self._notice or self._told()
            return WaitResult(WaitExit.TIMED_OUT, f"timed out after {format_duration(timeout_s or 0)}: {doing}")

    async def _over(self, limit: asyncio.Timeout) -> WaitResult:
        last = limit.when()
        async with aclosing(self._source.items()) as items:
            async for item in items:
                if isinstance(item, Tagged):
                    raise TypeError("several runs are not waited for at once")
                if (waited := self._take(item)) is not None:
                    return waited
                if last is not None and isinstance(item, Idle):
                    limit.reschedule(last - _FIRST_LOOK_S)
        return WaitResult(WaitExit.ENDED_OTHERWISE, f"the input ended: {self._told()}")

    def _take(self, item: Item) -> WaitResult | None:
        match item:
            case Lines(lines) | ContextLines(lines):
                return self._lines(lines)
            case PartialLine(line):
                return self._lines([line])
            case Notice(kind, message):
                self._notice = message
                if kind in RESET_NOTICES:
                    self._state = RunState()
            case Idle(locked):
                self._locked = locked
                return self._judged(self._standing())
        return None

    def _lines(self, lines: Iterable[Line | Oversize]) -> WaitResult | None:
        self._notice = ""
        for line in lines:
            event = Record(line).event
            if isinstance(event, Event):
                self._state = self._state.apply(event)
                if what := self._until.happened(event, self._state):
                    return WaitResult(WaitExit.HAPPENED, what)
        return None

    def _judged(self, standing: Status) -> WaitResult | None:
        if self._until.stands(standing):
            return WaitResult(WaitExit.HAPPENED, self._told())
        if standing.verdict in {Verdict.CRASHED, Verdict.STALLED}:
            return WaitResult(WaitExit.CRASHED_OR_STALLED, self._told())
        return (
            WaitResult(WaitExit.ENDED_OTHERWISE, f"ended otherwise: {self._told()}") if standing.verdict.final else None
        )

    def _standing(self) -> Status:
        return self._state.status_at(
            self._clock(), hostname=self._hostname, locked=self._locked, stall_after_s=self._stall_after_s
        )

    def _told(self) -> str:
        """What the run is doing, or how it ended."""
        state, count = self._state, describe_progress(self._state)
        standing = self._standing()
        took = state.elapsed(self._clock(), standing)
        parts = [
            describe_status(standing) if state.stamp or standing.verdict.final else "no event yet",
            f"{count} passing" if count else "",
            "" if took is None else format_duration(took),
            "" if state.cost_usd is None else format_money(state.cost_usd),
            f"run {state.run}" if state.run else "",
        ]
        return ", ".join(part for part in parts if part)


def wait(run: LocalRun, folder: Path, until: WaitCondition, *, timeout_s: float | None, stall_after_s: float) -> int:
    """Wait for something in a run and print it. Returns the exit code.

    The file need not be there yet. Raises UnreadableError.
    """
    source = open_source(find(run.name, folder), names=run.display_names)
    join()
    waited = asyncio.run(Waiter(source, until, stall_after_s=stall_after_s).run(timeout_s))
    OutputStream(sys.stdout.fileno()).write(f"{clean_line(waited.what)}\n".encode("utf-8", "backslashreplace"))
    return waited.how
