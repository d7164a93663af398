"""The filters of `observe tail` over a run's lines, in order."""

from collections.abc import Iterable

from observer.format.event import Record
from observer.format.lines import Line, Oversize
from observer.format.strip_content import without_content
from observer.format.type_scanner import TypeScanner
from observer.runs.filter import EventMatcher
from observer.source.line_reader import Read
from observer.web.chunk_cache import end_of
from observer.web.query import ClientFilter

LONGEST = 8 * 1024 * 1024
"""Bytes of a line that filters look into; what is longer has no text to be found."""
_BLOCK = 1024 * 1024
_SPAWNS = TypeScanner(frozenset({"subagent_start"}))

FilteredLine = tuple[Line | Oversize, int]
"""A line as it is to be told, and the offset just past the one in the file."""


class FilteredLines:
    """Lets through what somebody wants; remembers which subagents there are, so one for each reader."""

    def __init__(self, wish: ClientFilter) -> None:
        self._wish = wish
        self._select = EventMatcher(wish.choice)

    def __call__(self, lines: Iterable[Line | Oversize]) -> list[FilteredLine]:
        """Return the lines that pass."""
        return [(told, end_of(line)) for line in lines if (told := self.one(line)) is not None]

    def one(self, line: Line | Oversize) -> Line | Oversize | None:
        """Return a line as it is to be told, None when it is not."""
        record = Record(line)
        if not self._select(record):
            return None
        return line if self._wish.content else without_content(record).line

    def over(self, now: float) -> bool:
        """Tell whether what comes from here on is later than what is wanted."""
        return self._select.over(now)

    def prime(self, read: Read, end: int) -> None:
        """Learn from what stands before an offset what the subagents are called, if that matters; blocking."""
        if self._wish.choice.agent in {None, "main"}:
            return
        at, count = 0, _BLOCK
        while at < end and (data := read(min(count, end - at), at)):
            stop = data.rfind(b"\n") + 1
            if not stop and count < LONGEST:
                count *= 2
                continue
            for line in _SPAWNS.find_lines(data, 0, stop, at):
                self._select.observe(Record(Line(line.rstrip(b"\n"), at)))
            at, count = at + (stop or len(data)), _BLOCK
