"""Where reading begins, and how to find that place in a file of any size: from its end, or by bisecting it."""

from collections.abc import Callable, Iterator
from math import inf

from msgspec import Struct

from observer.format.event import keys_of
from observer.format.lines import MAX_LINE_BYTES, Line, LineSplitter, Oversize
from observer.format.timestamps import parse_timestamp

BLOCK = 64 * 1024
"""Bytes read at once."""
_BACK = 128 * 1024
"""Bytes of lines looked at in one go on the way back, and the line that goes on before them."""
_NEAR = 4 * BLOCK
"""Bytes in which a line that tells of the order is looked for at one place before others are tried."""
_FEW = 32
"""So many times as much is read from its middle on: there is no other place worth trying."""
_SHARES = ((1, 2), (1, 4), (3, 4), (1, 8), (3, 8), (5, 8), (7, 8))
"""Where else to look: what is broken may be most of the file."""
_LONGEST_ENDS = 16 * 1024 * 1024
"""Bytes in which the first line, or the last one, is looked for: a prompt on the command line can make it long."""

Read = Callable[[int, int], bytes]
"""Bytes of the file: (how many, from which offset)."""
Key = Callable[[Line], float | None]


class StartPosition(Struct, frozen=True, kw_only=True):
    """The place where reading begins; at most one is given, the file's first byte otherwise.

    `last` counts lines from the end (of those that are `wanted`, if that is given), `seq` is an event's number, and
    `since` a time in seconds since 1970.
    """

    last: int | None = None
    seq: int | None = None
    since: float | None = None
    matches: Callable[[Line], bool] | None = None

    @property
    def at_first_byte(self) -> bool:
        """Whether all of it is read."""
        return self.last is None and self.seq is None and self.since is None

    def reached(self, line: Line) -> bool:
        """Whether a line is not before this place; not for `last`, which only the end of the file tells."""
        key = sort_key(self)
        found = key(line)
        target = self.seq if self.seq is not None else self.since
        return found is not None and target is not None and found >= target


def find_offset(start: StartPosition, read: Read, end: int, *, finished: bool = False) -> int:
    """Return the offset of the line that `start` means in a file of `end` bytes, `end` when there is none yet.

    When the file is `finished`, what stands after its last newline is a line too.
    """
    if start.last is not None:
        left = start.last
        tail = offset_of_last(read, end, 0) if finished else end
        if tail < end:
            if left == 0:
                return end
            left -= start.matches is None or start.matches(Line(read(end - tail, tail), tail))
            if left == 0:
                return tail
        return (
            offset_of_last(read, end, left) if start.matches is None else _last_wanted(read, end, left, start.matches)
        )
    if start.at_first_byte:
        return 0
    target = start.seq if start.seq is not None else start.since
    return _bisect(read, end, sort_key(start), target or 0)


def first_line(read: Read) -> Line | None:
    """Return the first line of a file, None while it is not complete, or when it is absurdly long."""
    count = 4096
    while count <= _LONGEST_ENDS:
        head, newline, _ = read(count, 0).partition(b"\n")
        if newline:
            return Line(head, 0)
        if len(head) < count:
            return None
        count *= 4
    return None


def context_lines(read: Read, end: int, count: int) -> list[Line]:
    """Return the complete lines among the last `count` bytes before `end`: more bytes when that is less than a line."""
    while True:
        begin = max(0, end - count)
        data = read(end - begin, begin)
        cut = data.find(b"\n") + 1 if begin else 0  # behind the line that begins before
        whole = cut > 0 or begin == 0
        kept = [line for line in LineSplitter(begin + cut).feed(data[cut:]) if isinstance(line, Line)] if whole else []
        count *= 4
        if kept or begin == 0 or count > _LONGEST_ENDS:
            return kept


def offset_of_last(read: Read, end: int, count: int) -> int:
    """Return where the last `count` complete lines begin.

    A half-written line at the end is not counted, and is read again once it is whole.
    """
    newlines = -1  # the newline that ends the last line is not the start of one
    while end > 0:
        begin = max(0, end - BLOCK)
        block = read(end - begin, begin)
        at = block.rfind(b"\n")
        while at >= 0:
            newlines += 1
            if newlines == count:
                return begin + at + 1
            at = block.rfind(b"\n", 0, at)
        end = begin
    return 0


def sort_key(start: StartPosition) -> Key:
    """What the lines of a file are in order of: their seq, or their time."""
    return _seq if start.seq is not None else time_of


def _last_wanted(read: Read, end: int, left: int, wanted: Callable[[Line], bool]) -> int:
    """Look at lines from the last to the first until enough of them are wanted."""
    end = offset_of_last(read, end, 0)
    if left == 0:
        return end
    for line in _backwards(read, end):
        if wanted(line):
            left -= 1
            if left == 0:
                return line.offset
    return 0


def _backwards(read: Read, end: int) -> Iterator[Line]:
    while end > 0:
        begin = at = offset_of_last(read, end - _BACK, 0)
        framer = LineSplitter(begin)
        lines: list[Line | Oversize] = []
        while at < end and (block := read(min(BLOCK, end - at), at)):
            lines += framer.feed(block)
            at += len(block)
        yield from (line for line in reversed(lines) if isinstance(line, Line))
        end = begin


class _Probe(Struct, frozen=True):
    """The first line from some place on that tells of the order, with its key, and the first that is far enough."""

    line: Line | None = None
    key: float = inf
    reached: int | None = None


def _bisect(read: Read, end: int, key: Key, target: float) -> int:
    """Return the first line whose key is `target` or more. Lines without a key, broken ones, tell nothing."""
    low, high = 0, end
    after: int | None = None  # the first line from `high` on that is far enough: what is between was read already
    bounds = _bounds(read, end, key)
    while high - low > BLOCK:
        for at, stop in _places(low, high):
            lines = _forwards(read, at, min(stop, high), reach=stop if stop < high else None)
            probe = _probed(lines, key, target, bounds)
            if probe.line is not None:
                break
        if probe.line is not None and probe.key < target:
            low = probe.line.end
        else:
            high, after = at, after if probe.reached is None else probe.reached
    for line in _forwards(read, low, high):
        found = key(line)
        if found is not None and found >= target:
            return line.offset
    return offset_of_last(read, end, 0) if after is None else after


def _places(low: int, high: int) -> Iterator[tuple[int, int]]:
    """Where to look for a line that tells, and how far: all of the upper half only when it tells nowhere else."""
    length = high - low
    if length > _FEW * _NEAR:
        for numerator, denominator in _SHARES:
            at = low + length * numerator // denominator
            yield at, at + _NEAR
    yield low + length // 2, high


def _probed(lines: Iterator[Line], key: Key, target: float, bounds: tuple[float, float]) -> _Probe:
    reached = None
    for line in lines:
        found = key(line)
        if found is None:
            continue
        if reached is None and found >= target:
            reached = line.offset
        if bounds[0] <= found <= bounds[1]:
            return _Probe(line, found, reached)
    return _Probe(reached=reached)


def _bounds(read: Read, end: int, key: Key) -> tuple[float, float]:
    """The keys of the first line and the last: one that lies beyond them tells nothing of the order."""
    first, last = first_line(read), context_lines(read, end, BLOCK)
    least = key(first) if first is not None else None
    most = next((found for line in reversed(last) if (found := key(line)) is not None), None)
    return -inf if least is None else least, inf if most is None else most


def _forwards(read: Read, offset: int, end: int, reach: int | None = None) -> Iterator[Line]:
    """The complete lines that begin at `offset` or later, and before `end`; nothing beyond `reach` is read."""
    at = begin = max(0, offset - 1)  # a line that begins at `offset` has its predecessor's newline before it
    framer = LineSplitter(at)
    while framer.start < end and (reach is None or at < reach) and (block := read(BLOCK, at)):
        for line in framer.feed(block):
            if isinstance(line, Line) and offset <= line.offset < end:
                yield line
        at += len(block)
        # all of this belongs to a line that began before, or to one that is too long to keep
        if at >= end and (framer.start == begin < offset or at - framer.start > MAX_LINE_BYTES):
            return


def time_of(line: Line) -> float | None:
    """Return when a line was written, in seconds since 1970, if it says so."""
    keys = keys_of(line)
    return parse_timestamp(keys.timestamp) if keys is not None else None


def _seq(line: Line) -> float | None:
    keys = keys_of(line)
    return keys.seq if keys is not None else None
