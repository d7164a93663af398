"""Finds the line at which reading starts, in a file of any size: from the end, or by bisection on seq or time. Pure."""

from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import Protocol

from msgspec import Struct

from observer.format.event import keys_of
from observer.format.line import Line, Oversize
from observer.format.lines import LineSplitter
from observer.format.timestamps import parse_timestamp
from observer.source.line_reader import (
    BLOCK,
    Read,
    context_lines,
    first_line,
    offset_of_last,
    read_lines,
)

_NEAR = 4 * BLOCK
"""Bytes that are searched for a line with a key at one position before others are tried."""
_FEW = 32
"""A range of up to this many times `_NEAR` is searched from its middle on: other positions are not worth trying."""
_SHARES = ((1, 2), (1, 4), (3, 4), (1, 8), (3, 8), (5, 8), (7, 8))
"""The other positions to try, because most of the file may be malformed."""

_MATCHED_BLOCK = 8 * BLOCK
"""Bytes whose matches are looked for at once, from the end backwards."""
_LOOK_BACK = 2 * BLOCK
"""Bytes before a block, and after it, that are searched for a text which crosses its bounds."""

Key = Callable[[Line], float | None]
"""Returns the key of a line by which a file is ordered, None if the line lacks it."""


class LineMatcher(Protocol):
    """Finds matches among the lines of a run, in order. A match may be a text that is spread over several lines."""

    @property
    def first_undecided(self) -> Line | Oversize | None:
        """The first line that was taken and may turn out to begin a match when later lines are taken."""
        ...

    def observe(self, lines: Sequence[Line | Oversize]) -> None:
        """Take lines that precede those of interest."""
        ...

    def take(self, lines: Sequence[Line | Oversize]) -> list[Line | Oversize]:
        """Take the next lines. Return the first line of each match that is new, which may have been taken before."""
        ...


class StartPosition(Struct, frozen=True, kw_only=True):
    """The position at which reading starts: at most one of `last`, `seq` and `since`; without any, the first byte.

    `last` counts lines from the end (or matches, if `matches` is given, which returns a matcher for a run), `seq` is
    the number of an event, and `since` a time in seconds since 1970.
    """

    last: int | None = None
    seq: int | None = None
    since: float | None = None
    matches: Callable[[], LineMatcher] | None = None

    @property
    def at_first_byte(self) -> bool:
        """Whether the whole file is read."""
        return self.last is None and self.seq is None and self.since is None

    @property
    def key(self) -> Key:
        """The function that returns a line's key: its seq or its time."""
        return _seq_of if self.seq is not None else time_of

    def reached(self, line: Line) -> bool:
        """Return whether a line is at this position or after it; not for `last`, which depends on the file's end."""
        key = self.key(line)
        target = self.seq if self.seq is not None else self.since
        return key is not None and target is not None and key >= target


def find_offset(start: StartPosition, read: Read, end: int, *, finished: bool = False) -> int:
    """Return the offset of the line at which `start` begins in a file of `end` bytes, or `end` if there is none yet.

    In a `finished` file the bytes after the last newline are a line too.
    """
    if start.last is not None:
        return _offset_of_last_matching(start, read, end, start.last, finished=finished)
    if start.at_first_byte:
        return 0
    target = start.seq if start.seq is not None else start.since
    return _bisect(read, end, start.key, target or 0)


def time_of(line: Line) -> float | None:
    """Return the time of a line, in seconds since 1970, or None."""
    keys = keys_of(line)
    return parse_timestamp(keys.timestamp) if keys is not None else None


def _seq_of(line: Line) -> float | None:
    keys = keys_of(line)
    return keys.seq if keys is not None else None


def _offset_of_last_matching(start: StartPosition, read: Read, end: int, count: int, *, finished: bool) -> int:
    complete = offset_of_last(read, end, 0)
    rest = [Line(read(end - complete, complete), complete)] if finished and complete < end else []
    if count == 0:
        return end if rest else complete
    if start.matches is None:
        count -= len(rest)
        return offset_of_last(read, complete, count) if count else complete
    stop = complete
    while stop > 0 or rest:
        begin = offset_of_last(read, stop - _MATCHED_BLOCK, 0)
        offsets = _matches_between(start.matches(), read, begin, stop, rest or None)
        if len(offsets) >= count:
            return offsets[-count]
        count -= len(offsets)
        stop, rest = begin, []
    return 0


def _matches_between(matcher: LineMatcher, read: Read, begin: int, stop: int, rest: list[Line] | None) -> list[int]:
    """Return where the matches begin that do so between two offsets; `rest` is what ends the file, if `stop` does."""
    if begin > 0:
        matcher.observe(context_lines(read, begin, _LOOK_BACK))
    starts = [line for lines in _read_together(read, begin, stop) for line in matcher.take(lines)]
    if rest is not None:
        starts += matcher.take(rest)
    else:
        for lines in read_lines(read, stop, stop + _LOOK_BACK):
            if matcher.first_undecided is None:
                break
            starts += matcher.take(lines)
    return sorted(line.offset for line in starts if begin <= line.offset and (rest is not None or line.offset < stop))


def _read_together(read: Read, begin: int, stop: int) -> Iterator[Sequence[Line | Oversize]]:
    """Yield the lines between two ends of lines, as many as possible together."""
    splitter = LineSplitter(begin)
    while begin < stop and (data := read(min(_MATCHED_BLOCK, stop - begin), begin)):
        begin += len(data)
        yield splitter.feed_block(data)


class _Probe(Struct, frozen=True):
    """The first line from some position on with a usable key, its key, and the first line that reaches the target."""

    line: Line | None = None
    key: float = inf
    reached: int | None = None


def _bisect(read: Read, end: int, key: Key, target: float) -> int:
    """Return the first line whose key is `target` or more. Lines without a key, such as malformed ones, are ignored."""
    low, high = 0, end
    after: int | None = None  # the first line from `high` on that reaches the target, as far as was read
    bounds = _bounds(read, end, key)
    while high - low > BLOCK:
        for position, stop in _positions(low, high):
            lines = _lines(read, position, min(stop, high), stop=stop if stop < high else None)
            probe = _probe(lines, key, target, bounds)
            if probe.line is not None:
                break
        if probe.line is not None and probe.key < target:
            low = probe.line.end
        else:
            high, after = position, after if probe.reached is None else probe.reached
    for line in _lines(read, low, high):
        value = key(line)
        if value is not None and value >= target:
            return line.offset
    return offset_of_last(read, end, 0) if after is None else after


def _lines(read: Read, begin: int, end: int, stop: int | None = None) -> Iterator[Line]:
    return (line for batch in read_lines(read, begin, end, stop=stop) for line in batch if isinstance(line, Line))


def _positions(low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield where to look for a line with a key, and how far: all of the upper half only after everything else."""
    length = high - low
    if length > _FEW * _NEAR:
        for numerator, denominator in _SHARES:
            position = low + length * numerator // denominator
            yield position, position + _NEAR
    yield low + length // 2, high


def _probe(lines: Iterator[Line], key: Key, target: float, bounds: tuple[float, float]) -> _Probe:
    reached = None
    for line in lines:
        value = key(line)
        if value is None:
            continue
        if reached is None and value >= target:
            reached = line.offset
        if bounds[0] <= value <= bounds[1]:
            return _Probe(line, value, reached)
    return _Probe(reached=reached)


def _bounds(read: Read, end: int, key: Key) -> tuple[float, float]:
    """Return the keys of the first and the last line. A key beyond them is impossible, so it says nothing of the order.

    An agent whose clock jumped, or a line that another program wrote, must not send the search the wrong way.
    """
    first, last = first_line(read), context_lines(read, end, BLOCK)
    lowest = key(first) if first is not None else None
    highest = next((value for line in reversed(last) if (value := key(line)) is not None), None)
    return -inf if lowest is None else lowest, inf if highest is None else highest
