"""`observe tail` as a function: lines from a source, through the filters, into a view, until the run has ended."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Protocol

from observer.format.event import Record
from observer.format.lines import Line, Oversize
from observer.format.strip_content import without_content
from observer.runs.filter import EventMatcher, Filter
from observer.runs.state import ENDING_TYPES, STALL_AFTER_S, RunState, Status, Verdict
from observer.source.items import (
    NO_RUN,
    RESET_NOTICES,
    ContextLines,
    Idle,
    Item,
    Lines,
    Notice,
    NoticeKind,
    PartialLine,
    Source,
    Tagged,
)
from observer.terminal.view import View

CRASHED = "the run crashed: its writer is gone and there is no complete event"


class StatusDisplay(Protocol):
    """Something that tells all the time what the runs are doing."""

    def due(self) -> bool:
        """Tell whether it is time to show it again."""
        ...

    def show(self, runs: Sequence[tuple[RunState, Status]], now: float) -> None:
        """Show where the runs stand at `now`, seconds since 1970."""
        ...

    def clear(self) -> None:
        """Show nothing any more."""
        ...


class ViewedRun:
    """One run that is watched: its state, where it stands, and the view that shows it."""

    def __init__(self, view: View, choice: Filter) -> None:
        self.view = view
        self.state = RunState()
        self.locked: bool | None = None
        self.standing = Status(Verdict.WORKING)
        self.caught_up = False
        self.over = False
        self.torn: Line | Oversize | None = None
        """What was shown of a line that its writer did not live to finish."""
        self.select = EventMatcher(choice)


Locked = bool | None
"""Whether a writer holds the file's lock; None when nobody can say."""
Views = Callable[[str | None], View]
"""The view for the run that a source calls so; None when there is only one."""


class RunViewer:
    """Watches the runs of a source. Without `content` the status says nothing that is text of a run."""

    def __init__(
        self,
        source: Source,
        views: Views,
        *,
        choice: Filter | None = None,
        status: StatusDisplay | None = None,
        content: bool = True,
        stall_after_s: float = STALL_AFTER_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._views = views
        self._choice = choice or Filter()
        self._status = status
        self._content = content
        self._stall_after_s = stall_after_s
        self._clock = clock
        self._hostname = socket.gethostname()
        self._runs: dict[str | None, ViewedRun] = {}

    async def run(self, *, endless: bool = False) -> Verdict:
        """Show what the source yields and return the verdict.

        It ends when the run has ended and everything was shown, or when the source ends. With `endless` a run's end
        is shown, but only the source's end is the end. Raises `UnreadableError` and BrokenPipeError.
        """
        try:
            async with aclosing(self._source.items()) as items:
                async for item in items:
                    origin, inner = (item.origin, item.item) if isinstance(item, Tagged) else (None, item)
                    watched = self._watched(origin)
                    self._take(watched, origin, inner)
                    if self._status is not None and self._status.due():
                        self._status.show(self._standings(), self._clock())
                    if (watched.over or isinstance(inner, Idle)) and self._done(endless=endless):
                        break
        except (asyncio.CancelledError, SystemExit):  # Ctrl-C: the prompt belongs on a line of its own
            self._close()
            raise
        self._close()
        return self._verdict()

    def _watched(self, origin: str | None) -> ViewedRun:
        if origin not in self._runs:
            self._runs[origin] = ViewedRun(self._views(origin), self._choice)
        return self._runs[origin]

    def _take(self, watched: ViewedRun, origin: str | None, item: Item) -> None:
        match item:
            case Lines(lines):
                self._show(watched, lines)
            case PartialLine(line):
                self._rest(watched, line)
            case ContextLines(lines):
                records = [Record(line) for line in lines]
                watched.view.context(records)
                for record in records:
                    watched.select.observe(record)
                self._fold(watched, records)
            case Notice(kind):
                watched.view.notice(item)
                if kind in RESET_NOTICES:
                    watched.state, watched.caught_up = RunState(), False
            case Idle(locked):
                watched.view.caught_up()
                watched.caught_up = True
                watched.over = watched.over or watched.select.over(self._clock())
                self._judge(watched, origin, locked)

    def _show(self, watched: ViewedRun, lines: list[Line | Oversize]) -> None:
        if not lines:  # nothing yet, only a sign that somebody waits
            watched.view.caught_up()
            return
        if watched.torn is not None and lines[0] == watched.torn:  # it was shown already; only its newline is new
            lines = lines[1:]
        watched.torn, watched.caught_up = None, False
        records = [Record(line) for line in lines]
        if self._choice.everything:
            watched.view.show(records)
        else:
            taken = [record for record in records if watched.select(record)]
            watched.over = watched.select.over()
            if taken:
                watched.view.show(taken)
        self._fold(watched, records)

    def _rest(self, watched: ViewedRun, line: Line | Oversize) -> None:
        if line == watched.torn:
            return
        record, watched.torn = Record(line), line
        if self._choice.everything or watched.select(record):
            watched.view.rest(PartialLine(line))
        self._fold(watched, [record])

    def _fold(self, watched: ViewedRun, records: list[Record]) -> None:
        """Fold records into the state; without a status line only those that tell of the end."""
        state = watched.state
        whole = self._status is not None
        for record in records:
            kind = record.type
            if whole or kind in ENDING_TYPES or (kind and state.outcome is not None):
                event = (record if self._content else without_content(record)).event
                state = state.apply(event) if event is not None else state
        watched.state = state

    def _judge(self, watched: ViewedRun, origin: str | None, locked: Locked) -> None:
        before = watched.standing.verdict
        watched.locked = locked
        watched.standing = self._standing(watched)
        if watched.standing.verdict is Verdict.CRASHED is not before:
            if rest := self._source.rest(origin):
                self._rest(watched, rest.line)
            watched.view.notice(Notice(NoticeKind.CRASHED, CRASHED))

    def _standing(self, watched: ViewedRun) -> Status:
        """Where a run stands now. That its writer is gone counts only when all that it wrote was read."""
        locked = watched.locked if watched.caught_up else None
        return watched.state.status_at(
            self._clock(), hostname=self._hostname, locked=locked, stall_after_s=self._stall_after_s
        )

    def _standings(self) -> list[tuple[RunState, Status]]:
        return [(run.state, self._standing(run)) for name, run in self._runs.items() if name != NO_RUN]

    def _done(self, *, endless: bool) -> bool:
        runs = [run for name, run in self._runs.items() if name != NO_RUN] or list(self._runs.values())
        return all(run.over or (not endless and run.caught_up and run.standing.verdict.final) for run in runs)

    def _verdict(self) -> Verdict:
        found = {run.standing.verdict for run in self._runs.values()}
        gravest = (Verdict.CRASHED, Verdict.FAILED, Verdict.INTERRUPTED, Verdict.COMPLETE)
        return next((verdict for verdict in gravest if verdict in found), Verdict.WORKING)

    def _close(self) -> None:
        if self._status is not None:
            self._status.clear()
        for run in self._runs.values():
            run.view.close()


async def tail(source: Source, view: View, *, endless: bool = False, choice: Filter | None = None) -> Verdict:
    """Show the one run of `source` in `view` and return the verdict on it; see `RunViewer.run`."""
    return await RunViewer(source, lambda _: view, choice=choice).run(endless=endless)
