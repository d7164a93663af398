"""One run that a viewer follows: its monitor, its filter, the view that shows it, and what is known of its end."""

from observer.format.event import Record
from observer.format.line_block import LineBlock, joined
from observer.format.zone import Zone
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.hidden_calls import HiddenCalls
from observer.runs.filters.matcher import EventMatcher
from observer.runs.filters.neighbours import Neighbours
from observer.runs.live.monitor import RunMonitor
from observer.runs.state.verdict import Verdict
from observer.runs.trouble import TroubleFinder
from observer.runs.words.describe import describe
from observer.runs.words.describe_tools import tool_name
from observer.source.items import Lines
from observer.terminal.view import View

_CRASHED = "the run crashed: its writer is gone and there is no complete event"
_MAX_CALLS = 3
_MAX_CHARS = 80
"""Calls in flight that are named when a run crashed, and characters of what each does."""


class ViewedRun:
    """One run that is followed: its monitor, its filter, and the view that shows it."""

    def __init__(
        self,
        view: View,
        matcher: EventMatcher,
        blocks: BlockMatcher,
        monitor: RunMonitor,
        neighbours: Neighbours | None,
        stalls: TroubleFinder | None,
        *,
        shows_stalls: bool,
        content: bool = True,
        matches_all: bool = False,
    ) -> None:
        self._content = content
        self.view = view
        self._copy = view.copy if content and matches_all and neighbours is None and stalls is None else None
        self._stalls = stalls
        self.matcher = matcher
        self.blocks = blocks
        self.neighbours = neighbours
        self.open_calls = HiddenCalls()
        self.monitor = monitor
        self.status = monitor.status()
        """The status when everything available had last been read."""
        self.known_from: int | None = None
        """The `seq` of the first event, if it was said that the beginning of the file is gone."""
        self.exhausted = False
        """Whether no later event can match the filter."""
        self.shows_stalls = shows_stalls
        """Whether it is said that the run stalls, once it does."""
        self.begun = False
        """Whether the view knows the first line of the run, by whose time it counts."""

    @property
    def takes_blocks(self) -> bool:
        """Whether the next lines need not be split to be filtered."""
        needs_all = self.neighbours is not None or self._stalls is not None
        return self.begun and self.monitor.takes_blocks and self.blocks.filters_blocks and not needs_all

    def copy(self, item: Lines) -> bool:
        """Show lines as they are, before anything else is done with them, if all are; return whether that was done."""
        if self._copy is None or not (self.begun and self.monitor.takes_blocks):
            return False
        if not (data := joined(item.lines)):
            return False
        self._copy(data)
        if isinstance(item.lines, LineBlock):
            self.monitor.take_block(item.lines)
        else:
            self.monitor.take(item)
        return True

    @property
    def shows_blocks(self) -> bool:
        """Whether all of the next lines are shown, in words, so that they can be decoded together."""
        return (
            self._stalls is not None and self.neighbours is None and self._content
            and self.begun and self.monitor.takes_blocks
        )  # fmt: skip

    def mark_stalls(self, records: list[Record]) -> None:
        """Note which of the next records end a stall, if the view shows all of them in words."""
        if self._stalls is not None:
            self._stalls.mark_stalls(records)

    def observe(self, records: list[Record]) -> None:
        """Take records that precede the first one that may be shown."""
        self.matcher.observe(records)
        if self._stalls is not None:
            for event in (record.event for record in records):
                if event is not None:
                    self._stalls.observe(event)

    def describe_crash(self, zone: Zone) -> str:
        """Return in words that the run crashed, and as far as known when it wrote last and what was running."""
        state, parts = self.monitor.state, [_CRASHED]
        if state.last_seen is not None:
            parts.append(f"last event at {zone.date_time(state.last_seen)}")
        if state.running:
            calls = [self._describe_call(id_, tool.name) for id_, tool in state.running.items()]
            more = f" and {len(calls) - _MAX_CALLS} more" if len(calls) > _MAX_CALLS else ""
            parts.append(f"in flight: {', '.join(calls[:_MAX_CALLS])}{more}")
        return "; ".join(parts)

    def _describe_call(self, id_: str, name: str) -> str:
        """Return the tool of a call, and what it does if that was not shown and may be."""
        record = self.open_calls.hidden(id_) if self._content else None
        about = describe(record.event).text if record is not None and record.event is not None else ""
        about = " ".join(about.split())
        cut = f"{about[:_MAX_CHARS]}…" if len(about) > _MAX_CHARS else about
        return f"{tool_name(name)} {cut}".rstrip()

    @property
    def has_ended(self) -> bool:
        """Whether the run is over and was shown to its end."""
        return self.monitor.caught_up and self.status.verdict.final

    @property
    def is_unknown(self) -> bool:
        """Whether nothing shows that the run is active, and everything there is was shown."""
        return self.monitor.caught_up and self.status.verdict is Verdict.UNKNOWN
