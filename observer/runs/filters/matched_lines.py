"""Finds the lines at which matches begin, for a start at the last of them. Pure."""

from collections.abc import Sequence

from observer.format.event import Record
from observer.format.line import Line, Oversize
from observer.format.line_block import LineBlock
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.filter import Filter
from observer.runs.filters.matcher import EventMatcher


class MatchedLines:
    """Applies a filter to the lines of a run, in order; see `observer.source.seek.LineMatcher`."""

    def __init__(self, event_filter: Filter) -> None:
        self._matcher = EventMatcher(event_filter)
        self._blocks = BlockMatcher(event_filter, self._matcher)
        self._is_on_text = event_filter.grep is not None
        self._needs_names = event_filter.agent not in {None, "main"}

    @property
    def first_undecided(self) -> Line | Oversize | None:
        """The first line that was taken and may turn out to begin a match when later lines are taken."""
        record = self._matcher.first_undecided
        return record.line if record is not None else None

    def observe(self, lines: Sequence[Line | Oversize]) -> None:
        """Take lines that precede those of interest."""
        if self._matcher.needs_context or self._needs_names:
            self._matcher.observe(map(Record, lines))

    def take(self, lines: Sequence[Line | Oversize]) -> list[Line | Oversize]:
        """Take the next lines. Return the first line of each match that is new, which may have been taken before."""
        if isinstance(lines, LineBlock) and self._blocks.filters_blocks and not self._is_on_text:
            return [line for record in self._blocks.take(lines) if isinstance(line := record.line, Line)]
        filled = [Record(line) for line in lines if isinstance(line, Line) and line.data.strip()]
        return [record.line for record in self._matcher.take_starts(filled)]
