"""Follows a run while it is on the screen: its state and verdict, and how far its file goes."""

import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from observer.errors import UnreadableError
from observer.format.event import Record
from observer.runs.filters.filter import LIVENESS_TYPES
from observer.runs.listing import list_run
from observer.runs.monitor import ObservedRun, RunMonitor
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


class RunFollower:
    """Follows the run at a path."""

    def __init__(
        self, path: Path, *, follow: Follow, names: DisplayNames, content: bool, stall_after_s: float
    ) -> None:  # fmt: skip
        self.path, self._follow, self._names = path, follow, names
        self._content, self._stall_after_s = content, stall_after_s
        self.monitor = RunMonitor(content=content, stall_after_s=stall_after_s)
        self._packed: ObservedRun | None = None

    @property
    def observed(self) -> ObservedRun:
        """The run at this moment."""
        return self._packed or self.monitor.observed()

    async def run(
        self, *, on_growth: Callable[[Growth], None], on_notice: Callable[[Notice], None], on_idle: Callable[[], None]
    ) -> None:
        """Follow the run for good; a compressed one is only read."""
        if self.path.name.endswith(COMPRESSED_SUFFIXES):
            self._packed = _observe_packed(self.path, self._stall_after_s, content=self._content)
            on_idle()
            return
        source = open_source(self.path, start=StartPosition(last=0), follow=self._follow, names=self._names)
        try:
            await self._take_all(source, on_growth, on_notice, on_idle)
        except UnreadableError as error:
            on_notice(Notice(NoticeKind.UNREADABLE, str(error)))

    async def _take_all(
        self, source: Source, on_growth: Callable[[Growth], None], on_notice: Callable[[Notice], None],
        on_idle: Callable[[], None],
    ) -> None:  # fmt: skip
        async with aclosing(source.items()) as items:
            async for item in items:
                inner: Item = item  # type: ignore[assignment]  # the source of a path has one run
                records = self.monitor.take(inner)
                if isinstance(inner, Lines) and inner.lines:
                    on_growth(_growth(inner, records))
                elif isinstance(inner, Notice):
                    on_notice(inner)
                elif isinstance(inner, Idle):
                    on_idle()


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


def _observe_packed(path: Path, stall_after_s: float, *, content: bool) -> ObservedRun:
    listed = list_run(Snapshot(path), stall_after_s=stall_after_s, content=content)
    return ObservedRun(listed.state, listed.status, listed.silent_s(time.time()))
