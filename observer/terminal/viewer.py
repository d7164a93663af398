"""Shows what a source yields: through the monitor and the filter of each run into its view, until the runs end."""

import time
from collections.abc import Callable
from contextlib import aclosing

from observer.format.event import Record, records_in
from observer.format.line import Line, Oversize
from observer.format.line_block import LineBlock
from observer.format.strip_content import without_content
from observer.format.zone import UTC, Zone
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.filter import Filter
from observer.runs.filters.matcher import EventMatcher
from observer.runs.filters.neighbours import Group, Neighbours
from observer.runs.filters.seen import Seen, unite
from observer.runs.live.monitor import ObservedRun, RunMonitor
from observer.runs.state.state import STALL_AFTER_S
from observer.runs.state.verdict import Verdict
from observer.runs.trouble import TroubleFinder, without_torn_text
from observer.runs.words.describe_status import describe_beginning, describe_status
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
from observer.terminal.awaited_runs import AwaitedRuns
from observer.terminal.view import StatusDisplay, View
from observer.terminal.viewed_run import ViewedRun

_BY_SEVERITY = (Verdict.CRASHED, Verdict.FAILED, Verdict.INTERRUPTED, Verdict.ENDED, Verdict.COMPLETE)


Views = Callable[[str | None], View]
"""Returns the view for the run with an origin, which is None if the source has only one run."""


class RunViewer:
    """Shows the runs of a source; without `content`, no text of the runs.

    `neighbours` are the numbers of events that are shown before and after each that passes the filter, `follows` is
    whether the source goes on as the run does.
    """

    def __init__(
        self,
        source: Source,
        views: Views,
        *,
        event_filter: Filter | None = None,
        status: StatusDisplay | None = None,
        content: bool = True,
        neighbours: tuple[int, int] = (0, 0),
        follows: bool = True,
        stall_after_s: float = STALL_AFTER_S,
        zone: Zone = UTC,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._zone = zone
        self._views = views
        self._filter = event_filter or Filter()
        self._status = status
        self._content = content
        self._neighbours = neighbours
        self._follows = follows
        self._stall_after_s = stall_after_s
        self._clock = clock
        self._runs: dict[str | None, ViewedRun] = {}
        self._awaited = AwaitedRuns()

    async def run(self, *, endless: bool = False, ignore_unknown: bool = False) -> Verdict:
        """Show what the source yields and return the most severe verdict.

        Returns when every run has ended and was shown to its end, or when the source ends; with `endless` only when
        the source ends. With `ignore_unknown` it does not wait for runs that cannot be read, or of which nothing shows
        that they are still active, once another one has ended. Raises `UnreadableError` and BrokenPipeError.
        """
        try:
            async with aclosing(self._source.items()) as items:
                async for item in items:
                    origin, inner = (item.origin, item.item) if isinstance(item, Tagged) else (None, item)
                    run = self._run(origin)
                    self._take(run, origin, inner)
                    if self._status is not None and self._status.due():
                        self._status.show(self._observed(), self._clock())
                    self._awaited.note(origin, run, endless=endless, ignore_unknown=ignore_unknown)
                    if (run.exhausted or isinstance(inner, Idle)) and self._awaited.done(self._runs.values()):
                        break
        except BaseException as error:
            if not isinstance(error, Exception):  # Ctrl-C: the shell's prompt needs its own line
                self._close()
            raise
        self._close()
        return self._verdict()

    def _run(self, origin: str | None) -> ViewedRun:
        if origin not in self._runs:
            view = self._views(origin)
            shows_all = view.needs_calls and self._filter.matches_all  # then everything is decoded anyway
            shows_stalls = self._follows and (shows_all or self._filter.errors)
            monitor = RunMonitor(
                ending_only=self._status is None and not (shows_stalls or self._filter.errors),
                content=self._content,
                stall_after_s=self._stall_after_s,
                clock=self._clock,
            )
            matcher = EventMatcher(self._filter, stall_after_s=self._stall_after_s, explains=True)
            neighbours = Neighbours(*self._neighbours, self._filter) if any(self._neighbours) else None
            stalls = TroubleFinder(self._stall_after_s) if shows_all else None
            self._runs[origin] = ViewedRun(
                view,
                matcher,
                BlockMatcher(self._filter, matcher),
                monitor,
                neighbours,
                stalls,
                shows_stalls=shows_stalls,
                content=self._content,
                matches_all=self._filter.matches_all,
            )
        return self._runs[origin]

    def _take(self, run: ViewedRun, origin: str | None, item: Item) -> None:
        if isinstance(item, Lines):
            if run.copy(item):
                return
            if isinstance(item.lines, LineBlock) and run.takes_blocks:
                self._take_block(run, item.lines)
                return
            if isinstance(item.lines, LineBlock) and run.shows_blocks:
                self._show_block(run, item.lines)
                return
        records = run.monitor.records(item)
        self._show_beginning(run)
        match item:
            case Lines(lines):
                groups = self._groups(run, records)
                if not self._filter.matches_all and lines:
                    run.exhausted = run.matcher.exhausted()
                self._show(run, groups)
                if not groups and (not lines or self._filter.grep is not None):  # or an empty batch during a pause
                    run.view.idle()
            case PartialLine(line):
                self._show(run, self._groups(run, records), partial=line)
            case ContextLines():
                run.begun = run.begun or bool(records)
                run.view.add_context(self._visible(records))
                run.observe(records)
            case Notice():
                run.view.show_notice(item)
                if item.kind in RESET_NOTICES:
                    run.blocks.forget()
            case Idle():
                run.view.idle()
                run.exhausted = run.exhausted or run.matcher.exhausted(self._clock())
                self._update_status(run, origin)
        run.monitor.apply(records)  # now that the view has decoded what it shows

    def _take_block(self, run: ViewedRun, block: LineBlock) -> None:
        """Show what passes the filter of many lines, most of which are not even split."""
        run.monitor.take_block(block)
        copy = run.view.copy if self._content else None
        if copy is not None and (lines := run.blocks.copy(block)) is not None:
            copy(lines)
            return
        matches = run.blocks.take(block)
        if self._names_calls(run) and (calls := run.open_calls.take_block(block, matches)):
            run.view.add_context(self._visible(calls))
        if matches:
            self._show(run, [(False, matches)])
        else:
            run.view.idle()

    def _show_block(self, run: ViewedRun, block: LineBlock) -> None:
        """Show many lines, all of which pass."""
        for records in records_in(block):
            run.mark_stalls(records)
            run.view.show(records)
            run.monitor.take_shown(records)

    def _show_beginning(self, run: ViewedRun) -> None:
        """Say once that the beginning of the file is gone, before its first event is shown."""
        known_from = run.monitor.state.known_from
        if known_from is not None and known_from != run.known_from:
            run.view.show_notice(Notice(NoticeKind.BEGINNING, describe_beginning(run.monitor.state)))
        run.known_from = known_from

    def _groups(self, run: ViewedRun, records: list[Record]) -> list[Group]:
        """Return the records that pass the filter, with their neighbours, and earlier ones that pass by them."""
        run.mark_stalls(records)
        matches = run.matcher.take(run.blocks.select_with(records))
        groups = [(False, matches)] if matches else []
        if run.neighbours is not None:
            groups = run.neighbours.take(records, matches, run.matcher.first_undecided)
        self._explain(run, records, groups)
        return groups

    def _explain(self, run: ViewedRun, records: list[Record], groups: list[Group]) -> None:
        """Let the view know the first line, and the calls of what is shown that are not shown themselves."""
        if records and not run.begun:
            run.begun = True
            run.view.add_context(self._visible(records[:1]))
        if not self._names_calls(run):
            return
        shown = {record.line.offset for _, group in groups for record in group}
        if calls := run.open_calls.take(records, shown):
            run.view.add_context(self._visible(calls))

    def _names_calls(self, run: ViewedRun) -> bool:
        """Return whether events may be shown that are described by calls that are not."""
        types = self._filter.types
        refers = not types or not types.isdisjoint({"tool_result", "subagent_complete"}) or run.neighbours is not None
        return run.view.needs_calls and not self._filter.matches_all and refers

    def _show(self, run: ViewedRun, groups: list[Group], *, partial: Line | Oversize | None = None) -> None:
        """Show records; `partial` is the line of one that lacks its newline."""
        for has_gap, records in groups:
            if has_gap:
                run.view.show_gap()
            whole = [record for record in records if record.line is not partial]
            if whole:
                run.view.show(self._visible(whole))
            for record in records[len(whole) :]:
                if self._content:
                    run.view.show_partial(PartialLine(record.line))
                else:  # what is left of it is a complete line
                    run.view.show(self._visible([record]))

    def _visible(self, records: list[Record]) -> list[Record]:
        shown = records if self._content else [without_content(record) for record in records]
        if self._filter.errors and not any(self._neighbours):
            shown = [without_torn_text(record) for record in shown]
        return shown

    def _update_status(self, run: ViewedRun, origin: str | None) -> None:
        before, run.status = run.status.verdict, run.monitor.status()
        if run.status.verdict is Verdict.CRASHED is not before:
            if rest := self._source.rest(origin):
                self._take(run, origin, rest)
            self._alarm(run, Notice(NoticeKind.CRASHED, run.describe_crash(self._zone)))
        if run.shows_stalls and run.status.verdict is Verdict.STALLED is not before:
            stall = f"the run has been {describe_status(run.status, self._zone)}"
            self._alarm(run, Notice(NoticeKind.STALLED, stall))

    def _alarm(self, run: ViewedRun, notice: Notice) -> None:
        """Say what became of a run, which is one of the things that `--errors` alone looks for."""
        run.view.show_notice(notice)
        if self._filter == Filter(errors=True, exclude=self._filter.exclude):
            run.matcher.seen.has_match = True

    @property
    def seen(self) -> Seen:
        """What the runs held, if nothing passed the filter."""
        return unite([run.matcher.seen for run in self._runs.values()])

    @property
    def is_whole(self) -> bool:
        """Whether all runs could be read when they were tried last."""
        return not any(run.monitor.is_unreadable for run in self._runs.values())

    def _observed(self) -> list[ObservedRun]:
        return [run.monitor.observed() for name, run in self._runs.items() if name != NO_RUN]

    def _verdict(self) -> Verdict:
        verdicts = {run.status.verdict for run in self._runs.values()}
        return next((verdict for verdict in _BY_SEVERITY if verdict in verdicts), Verdict.UNKNOWN)

    def _close(self) -> None:
        if self._status is not None:
            self._status.clear()
        for run in self._runs.values():
            run.view.close()


async def tail(source: Source, view: View, *, endless: bool = False, event_filter: Filter | None = None) -> Verdict:
    """Show the only run of `source` in `view` and return its verdict; see `RunViewer.run`."""
    return await RunViewer(source, lambda _: view, event_filter=event_filter).run(endless=endless)
