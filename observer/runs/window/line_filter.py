"""A filter applied to the lines of a run: those between two offsets, or one after another."""

from collections.abc import Iterator, Sequence
from copy import copy

from observer.format.event import Record
from observer.format.line import Line, Oversize
from observer.format.lines import LineSplitter
from observer.format.strip_content import without_content
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.filter import Filter
from observer.runs.filters.matcher import EventMatcher
from observer.source.line_reader import Read, context_lines, read_lines

MAX_SEARCHED_LINE_BYTES = 8 * 1024 * 1024
"""Longer lines are not searched: they pass only filters that need no text."""
_BLOCK_BYTES = 1024 * 1024
"""Bytes that are filtered at once."""
_NEAR_BYTES = 128 * 1024
"""Bytes before and after some lines in which a text may begin or end that they are a part of."""
_SUBAGENT_START = b'"subagent_start"'
"""Occurs in every line of this type, so that others need not be decoded."""

FilteredLine = tuple[Line | Oversize, int]
"""A line as it is shown, and the offset just past the original in the file."""


class LineFilter:
    """Decides which lines a reader gets. It remembers what it was given, so each reader has its own.

    Without `content`, free text is removed from the lines.
    """

    def __init__(self, choice: Filter, matcher: EventMatcher | None = None, *, content: bool = True) -> None:
        self._choice, self._content = choice, content
        self._matcher = matcher or EventMatcher(choice)
        self._blocks = BlockMatcher(choice, self._matcher)

    def for_another_run(self) -> "LineFilter":
        """Return an equal filter for another run, which takes less time than to create it."""
        copied = copy(self)
        copied._matcher = EventMatcher(self._choice)
        copied._blocks = self._blocks.for_another_run(copied._matcher)
        return copied

    @property
    def matches_all(self) -> bool:
        """Whether every line matches, so that nothing is searched for."""
        return self._choice.matches_all

    def apply(self, line: Line | Oversize) -> FilteredLine:
        """Return a line as it is shown, whether it matches or not."""
        return self._shown(Record(line))

    def apply_all(self, lines: Sequence[Line | Oversize]) -> list[FilteredLine]:
        """Return the lines that match, as they are shown, and earlier ones that turn out to match by these."""
        return [self._shown(record) for record in self._blocks.take(lines)]

    def apply_between(self, read: Read, begin: int, end: int, size: int) -> list[FilteredLine]:
        """Return the lines between two offsets that match, as those before and after them tell. Blocking.

        Lines begin at both offsets; `size` is the size of the file. Texts that reach further than some hundred
        kilobytes are searched in part.
        """
        if self._excludes(read, begin, end):
            return []
        part = self._forked() if self._matcher.needs_context else self
        part.learn_before(read, begin)
        matches: list[FilteredLine] = []
        for lines, _ in blocks_between(read, begin, end):
            matches += part.apply_all(lines)
        for lines, _ in blocks_between(read, end, _end_of_line(read, min(size, end + _NEAR_BYTES))):
            if not part.is_undecided:
                break
            matches += part.apply_all(lines)
        return sorted((line for line in matches if begin < line[1] <= end), key=lambda line: line[1])

    @property
    def is_undecided(self) -> bool:
        """Whether lines that were given may turn out to match by later ones; those of blocks may have been put off."""
        return self._matcher.is_undecided or self._blocks.filters_blocks

    def is_exhausted(self, now: float) -> bool:
        """Return whether no later line can match: the end of the time range has passed."""
        return self._matcher.exhausted(now)

    def learn(self, read: Read, end: int) -> None:
        """Read what the filter needs of the lines before an offset. Blocking."""
        self.learn_subagents(read, end)
        self.learn_before(read, end)

    def learn_before(self, read: Read, end: int) -> None:
        """Read the lines that directly precede an offset, if a text may begin there. Blocking."""
        if end > 0 and self._matcher.needs_context:
            self._matcher.observe(map(Record, context_lines(read, end, _NEAR_BYTES)))

    def learn_subagents(self, read: Read, end: int) -> None:
        """Read the names of subagents that start before an offset, if the filter needs them. Blocking."""
        if not self._needs_names:
            return
        for lines in read_lines(read, 0, end, block=_BLOCK_BYTES, limit=MAX_SEARCHED_LINE_BYTES):
            starts = [Record(line) for line in lines if isinstance(line, Line) and _SUBAGENT_START in line.data]
            self._matcher.observe(starts)

    def _forked(self) -> "LineFilter":
        return LineFilter(self._choice, self._matcher.fork(), content=self._content)

    @property
    def _needs_names(self) -> bool:
        return self._choice.agent not in {None, "main"}

    def _excludes(self, read: Read, begin: int, end: int) -> bool:
        """Return whether bytes tell that no line between two offsets matches, nor one near them by which they would."""
        grep = self._choice.grep
        if grep is None or not grep.filters_blocks or self._needs_names or end - begin > MAX_SEARCHED_LINE_BYTES:
            return False
        start = max(0, begin - _NEAR_BYTES)
        data = read(_end_of_line(read, end + _NEAR_BYTES) - start, start)
        if start and data.find(b"\n", 0, begin - start - 1) < 0:  # a long line precedes
            return False
        return not grep.may_match_in(data)

    def _shown(self, record: Record) -> FilteredLine:
        line = record.line if self._content else without_content(record).line
        return line, record.line.end


def blocks_between(read: Read, begin: int, end: int) -> Iterator[tuple[Sequence[Line | Oversize], int]]:
    """Yield the lines between two offsets at which lines begin, many at a time, and where the next ones begin."""
    splitter = LineSplitter(begin, limit=MAX_SEARCHED_LINE_BYTES)
    while begin < end and (data := read(min(_BLOCK_BYTES, end - begin), begin)):
        begin += len(data)
        yield splitter.feed_block(data), splitter.start


def _end_of_line(read: Read, offset: int) -> int:
    """Return where the line ends that holds the byte before an offset, or about the end of a very long one."""
    limit = offset + MAX_SEARCHED_LINE_BYTES
    while offset < limit and read(1, offset - 1) != b"\n" and (data := read(_NEAR_BYTES, offset)):
        offset += data.find(b"\n") + 1 or len(data)
    return offset
