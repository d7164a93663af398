"""Follows a run while it is on the screen: its state and verdict, and how far its file goes."""

import time
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

from observer.errors import UnreadableError
from observer.format.event import Record
from observer.format.line import Line, Oversize
from observer.runs.filters.filter import LIVENESS_TYPES
from observer.runs.listing.listing import list_run
from observer.runs.live.monitor import ObservedRun, RunMonitor
from observer.runs.state.verdict import Verdict
from observer.source.items import RESET_NOTICES, Follow, Idle, Item, Lines, Notice, NoticeKind, Source
from observer.source.locate import COMPRESSED_SUFFIXES, DisplayNames
from observer.source.open_source import open_source
from observer.source.seek import StartPosition
from observer.source.snapshot import Snapshot
from observer.terminal.ui.agent_tree import SPAN_TYPES


class Growth:
    """What was appended to a run: where it ends now, the number of events, and whether some begin or end an agent."""

    def __init__(self, end: int, events: int, *, has_spans: bool) -> None:
        self.end, self.events, self.has_spans = end, events, has_spans


class RunListener(Protocol):
    """Is told what happens to a run."""

    def grew(self, growth: Growth) -> None:
        """Take note of what was appended."""
        ...

    def ended_within(self, line: Line | Oversize) -> None:
        """Take note of a last line whose newline will never come."""
        ...

    def noticed(self, notice: Notice) -> None:
        """Take note of what became of the file."""
        ...

    def idled(self) -> None:
        """Take note that there is nothing more to read for now; this comes again and again."""
        ...


class RunFollower:
    """Follows the run at a path."""

    def __init__(
        self, path: Path, *, follow: Follow, names: DisplayNames, content: bool, stall_after_s: float
    ) -> None:  # fmt: skip
        self.path, self._follow, self._names = path, follow, names
        self._content, self._stall_after_s = content, stall_after_s
        self.monitor = RunMonitor(content=content, stall_after_s=stall_after_s)
        self._has_crashed = False
        self._read: ObservedRun | None = None
        """The run as it was read, until the first items of its source are there; a compressed one has none."""

    @property
    def observed(self) -> ObservedRun:
        """The run at this moment."""
        return self._read or self.monitor.observed()

    def read(self) -> None:
        """Read what the run is doing from its file, before `run`. Blocking. Raises UnreadableError."""
        listed = list_run(Snapshot(self.path), stall_after_s=self._stall_after_s, content=self._content)
        self._read = ObservedRun(listed.state, listed.status, listed.silent_s(time.time()))

    async def run(self, viewer: "RunListener") -> None:
        """Follow the run for good, and tell what happens; a compressed one does not change."""
        if self.path.name.endswith(COMPRESSED_SUFFIXES):
            viewer.idled()
            return
        source = open_source(self.path, start=StartPosition(last=0), follow=self._follow, names=self._names)
        try:
            await self._take_all(source, viewer)
        except UnreadableError as error:
            viewer.noticed(Notice(NoticeKind.UNREADABLE, str(error)))

    async def _take_all(self, source: Source, viewer: "RunListener") -> None:
        async with aclosing(source.items()) as items:
            async for item in items:
                inner: Item = item  # type: ignore[assignment]  # the source of a path has one run
                records = self.monitor.take(inner)
                if isinstance(inner, Lines) and inner.lines:
                    viewer.grew(_growth(inner, records))
                elif isinstance(inner, Notice):
                    viewer.noticed(inner)
                elif isinstance(inner, Idle):
                    self._read = None
                    self._take_rest(source, viewer)
                    viewer.idled()

    def _take_rest(self, source: Source, viewer: "RunListener") -> None:
        """Take the line that a writer which is gone has not ended, once."""
        has_crashed, self._has_crashed = self._has_crashed, self.monitor.status().verdict is Verdict.CRASHED
        if self._has_crashed and not has_crashed and (rest := source.rest()) is not None:
            self.monitor.take(rest)
            viewer.ended_within(rest.line)


def is_reset(notice: Notice) -> bool:
    """Return whether everything that was read before is void."""
    return notice.kind in RESET_NOTICES or notice.kind is NoticeKind.FOUND


def _growth(item: Lines, records: list[Record]) -> Growth:
    types = [record.type for record in records]
    return Growth(
        item.lines[-1].end,
        sum(kind not in LIVENESS_TYPES for kind in types),
        has_spans=not SPAN_TYPES.isdisjoint(types),
    )
