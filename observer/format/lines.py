r"""Splits bytes into complete lines. Pure: no file, no clock.

A line ends at `\n` and nowhere else, so `\r` and U+2028 stay inside their line, and a line is only returned once its
newline has arrived. NUL bytes before a line do not belong to it: they stand where a file lost its content, because it
was truncated under its writer, or because the power failed. Offsets are those in the file.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import accumulate
from typing import Annotated, Protocol, overload

from msgspec import Meta, Struct

from observer.format.skim import Skimmed, skim

MAX_LINE_BYTES = 32 * 1024 * 1024
"""The longest line that is kept, in bytes: one and a half times the largest event worth showing."""

OWN_BEGINNING = b'{"seq":'
"""The first bytes of every line that runtail writes."""

_MIN_BLOCK = 64 * 1024
"""Bytes of lines that are worth looking at together: those that arrive as they are written are fewer."""


_NeverDecoded = Annotated[int, Meta(ge=1, le=0)]
"""An integer that no JSON can stand for: a line is a field of its event, but not a key of the JSON on it."""


class Line(Struct, frozen=True, gc=False):
    r"""A line without its `\n`, and the offset of its first byte."""

    data: bytes
    offset: _NeverDecoded

    @property
    def end(self) -> int:
        """The offset just past the newline."""
        return self.offset + len(self.data) + 1


class Block(Struct, frozen=True, gc=False):
    r"""Complete lines as they are in a file, each with its `\n`, and the offset of their first byte."""

    data: bytes
    offset: int

    def lines(self) -> "list[Line | Oversize]":
        """Return the lines."""
        return LineSplitter(self.offset).feed(self.data)


class Oversize(Struct, frozen=True, gc=False):
    r"""A line too long to keep: its offset and its length in bytes, without its `\n`."""

    offset: int
    length: int


class Match(Protocol):
    """Where an expression matches."""

    def start(self) -> int:
        """Return the index of its first byte."""
        ...

    def end(self) -> int:
        """Return the index behind its last byte."""
        ...


class Expression(Protocol):
    """A compiled regular expression."""

    programsize: int
    """Length of the compiled program."""

    def search(self, data: bytes, start: int = ..., end: int = ..., /) -> Match | None:
        """Return the first match in a part of some bytes, None if there is none."""
        ...

    def match(self, data: bytes, start: int = ..., end: int = ..., /) -> Match | None:
        """Return the match at the beginning of a part of some bytes, None if there is none."""
        ...

    def finditer(self, data: bytes, start: int = ..., end: int = ..., /) -> Iterator[Match]:
        """Yield the matches in a part of some bytes; much faster than to search for each of many."""
        ...


class LineBlock(Sequence[Line | Oversize]):
    r"""Consecutive lines that are split when one is asked for: who can tell from the bytes need not split them.

    They are `first`, which ends in `data` and may begin before it, and those in `data[begin:end]`, with a `\n` each;
    `offset` is that of `data[begin]` in the file.
    """

    def __init__(self, first: Line | Oversize, data: bytes, begin: int, end: int, offset: int) -> None:
        self.first = first
        self.data = data
        self.offset = offset
        self._begin = begin
        self._end = end
        self._lines: list[Line | Oversize] | None = None
        self._raw: list[bytes] | None = None
        self.kinds: list[str | None] | None = None
        """The types of the lines but the first, once somebody found them; None for a line that must be decoded."""
        self._distinct_kinds: frozenset[str | None] | None = None
        self._skimmed: list[Skimmed] | None = None
        self._is_skimmed = False
        self._starts: list[int] | None = None
        self._has_hole: bool | None = None

    @property
    def size(self) -> int:
        """Bytes of all lines but the first."""
        return self._end - self._begin

    @property
    def has_hole(self) -> bool:
        """Whether NUL bytes stand where the file lost its content."""
        if self._has_hole is None:
            self._has_hole = b"\0" in self.data
        return self._has_hole

    def joined(self) -> bytes | None:
        r"""Return the lines as they are in the file, each with its `\n`; None if bytes there belong to none of them."""
        if isinstance(self.first, Oversize) or self.has_hole:
            return None
        return b"".join((self.first.data, b"\n", memoryview(self.data)[self._begin : self._end]))

    def raw_lines(self) -> list[bytes]:
        r"""Return the lines but the first as they stand in the data, each with its `\n`."""
        if self._raw is None:
            pieces = list(BytesIO(self.data))  # by far the fastest way: it looks for newlines with memchr
            self._raw = pieces[1:] if self._end == len(self.data) else pieces[1:-1]
        return self._raw

    @property
    def distinct_kinds(self) -> frozenset[str | None]:
        """The different ones of `kinds`."""
        if self._distinct_kinds is None:
            self._distinct_kinds = frozenset(self.kinds or ())
        return self._distinct_kinds

    def skimmed(self) -> list[Skimmed] | None:
        """Return a few fields of each line but the first, None if one of them must be decoded alone."""
        if not self._is_skimmed:
            self._skimmed = skim(memoryview(self.data)[self._begin : self._end], self.raw_lines())
            self._is_skimmed = True
            if self._skimmed is not None:
                self.kinds = [event.type for event in self._skimmed]
        return self._skimmed

    def lines_at(self, numbers: Sequence[int]) -> list[Line]:
        """Return some of the lines but the first, by their numbers."""
        if not numbers:
            return []
        raw = self.raw_lines()
        if self._starts is None:
            self._starts = list(accumulate(map(len, raw), initial=self.offset))
        starts = self._starts
        return [_behind_hole(Line(raw[number][:-1], starts[number])) for number in numbers]

    def lines_with(self, expressions: Iterable[Expression]) -> list[Line | Oversize]:
        """Return the lines with a match, in order; the first line is not split off for that."""
        expressions = list(expressions)
        return [*self.first_with(expressions), *self.lines_between(self.spans_with(expressions))]

    def first_with(self, expressions: Iterable[Expression]) -> list[Line | Oversize]:
        """Return the first line if it has a match, or is not known."""
        line = self.first
        is_found = isinstance(line, Oversize) or any(each.search(line.data) is not None for each in expressions)
        return [line] if is_found else []

    def spans_with(self, expressions: Iterable[Expression], *, after: bytes = b"") -> list[tuple[int, int]]:
        r"""Return where in `data` the lines with a match begin and where they end, in order, without the first line.

        Only matches right behind some bytes count, which may be too frequent to begin an expression with.
        """
        spans: dict[int, int] = {}
        find, find_last = self.data.find, self.data.rfind
        for expression in expressions:
            reached = self._begin
            matches = expression.finditer(self.data, reached, self._end)
            while (match := next(matches, None)) is not None:
                if (index := match.start()) >= reached:
                    if after and not self.data.startswith(after, index - len(after)):
                        continue
                    begin = find_last(b"\n", 0, index) + 1
                    spans[begin] = reached = find(b"\n", index) + 1
                else:  # it may be one of many on the line
                    matches = expression.finditer(self.data, reached, self._end)
        return sorted(spans.items())

    def lines_between(self, spans: Iterable[tuple[int, int]]) -> list[Line]:
        """Return the lines that begin and end at some places in `data`."""
        data, shift = self.data, self.offset - self._begin
        return [_behind_hole(Line(data[begin : end - 1], begin + shift)) for begin, end in spans]

    def line_before(self, line: Line, text: bytes, limit: int) -> Line | None:
        """Return the last line before one that has a text, if it is at most `limit` bytes away and not the first."""
        end = line.offset - self.offset + self._begin
        index = self.data.rfind(text, max(self._begin, end - limit), max(self._begin, end))
        return self._line_around(index)

    def line_after(self, line: Line, text: bytes, limit: int) -> Line | None:
        """Return the next line after one that has a text, if it is at most `limit` bytes away."""
        begin = line.end - self.offset + self._begin
        return self._line_around(self.data.find(text, begin, min(self._end, begin + limit)))

    def _line_around(self, index: int) -> Line | None:
        if index < 0:
            return None
        begin, end = self.data.rfind(b"\n", 0, index) + 1, self.data.find(b"\n", index) + 1
        return self.lines_between([(begin, end)])[0]

    def numbers_with(self, expression: Expression, *, after: bytes = b"") -> list[int]:
        """Return the numbers of the lines but the first with a match behind some bytes."""
        begins = {begin for begin, _ in self.spans_with([expression], after=after)}
        starts = accumulate(map(len, self.raw_lines()), initial=self._begin) if begins else ()
        return [number for number, start in enumerate(starts) if start in begins]

    def lines(self) -> list[Line | Oversize]:
        """Return all lines."""
        if self._lines is None:
            lines, start = [self.first], self.offset
            for piece in self.raw_lines():
                lines.append(Line(piece[:-1], start))
                start += len(piece)
            self._lines = lines if b"\0" not in self.data else [_behind_hole(line) for line in lines]
        return self._lines

    @overload
    def __getitem__(self, index: int) -> Line | Oversize: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line | Oversize]: ...
    def __getitem__(self, index: int | slice) -> Line | Oversize | list[Line | Oversize]:
        return self.lines()[index]

    def __iter__(self) -> Iterator[Line | Oversize]:
        return iter(self.lines())

    def __len__(self) -> int:
        return len(self.lines())

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self.lines() == (other.lines() if isinstance(other, LineBlock) else other)

    __hash__ = None  # type: ignore[assignment] # as for a list, to which it is equal

    def __repr__(self) -> str:
        return f"LineBlock({self.lines()!r})"


def joined(lines: Sequence[Line | Oversize]) -> bytes | None:
    r"""Return lines as they are in their file, each with its `\n`; None if they must be looked at one by one."""
    if isinstance(lines, LineBlock):
        return lines.joined()
    data = [line.data for line in lines if isinstance(line, Line)]
    return b"\n".join([*data, b""]) if len(data) == len(lines) else None


class LineSplitter:
    r"""Splits a stream of bytes, arriving in pieces of any size, into lines.

    >>> splitter = LineSplitter()
    >>> splitter.feed(b'{"a":1}')
    []
    >>> splitter.feed(b'\n{"b"')
    [Line(data=b'{"a":1}', offset=0)]
    >>> splitter.rest()
    Line(data=b'{"b"', offset=8)
    """

    def __init__(self, offset: int = 0, *, limit: int = MAX_LINE_BYTES) -> None:
        self._start = offset
        self._limit = limit
        self._pieces: list[bytes] = []
        self._held = 0  # bytes of the partial line, kept or not

    def feed(self, data: bytes) -> list[Line | Oversize]:
        """Add the next bytes and return the lines that they complete, in order."""
        *complete, last = data.split(b"\n")
        lines: list[Line | Oversize] = []
        if self._held and complete:
            lines.append(self._finish(complete.pop(0)))
        start = self._start
        for piece in complete:
            length = len(piece)
            lines.append(Line(piece, start) if length <= self._limit else self._long(piece, start))
            start += length + 1
        self._start = start
        self._hold(last)
        return lines if b"\0" not in data else [_behind_hole(line) for line in lines]

    def _long(self, piece: bytes, start: int) -> Line | Oversize:
        line = _behind_hole(Line(piece, start))
        return line if len(line.data) <= self._limit else Oversize(line.offset, len(line.data))

    def feed_block(self, data: bytes) -> Sequence[Line | Oversize]:
        """Do the same as `feed`, but leave the lines of much data together."""
        if not _MIN_BLOCK <= len(data) <= self._limit:
            return self.feed(data)
        begin, end = data.find(b"\n") + 1, data.rfind(b"\n") + 1
        if end - begin < _MIN_BLOCK:
            return self.feed(data)
        first = self._finish(data[: begin - 1])
        block = LineBlock(first, data, begin, end, self._start)
        self._start += end - begin
        self._hold(data[end:])
        return block

    @property
    def start(self) -> int:
        """The offset of the incomplete line."""
        return self._start

    def rest(self) -> Line | Oversize | None:
        """Return the bytes after the last newline, or None. They are not removed."""
        if not self._held:
            return None
        if self._held > self._limit:
            return Oversize(self._start, self._held)
        return Line(b"".join(self._pieces), self._start)

    def _hold(self, piece: bytes) -> None:
        if not self._held and piece.startswith(b"\0"):
            self._start += len(piece)
            piece = piece.lstrip(b"\0")
            self._start -= len(piece)
        if not piece:
            return
        self._held += len(piece)
        if self._held > self._limit:
            self._pieces.clear()
        else:
            self._pieces.append(piece)

    def _finish(self, piece: bytes) -> Line | Oversize:
        self._hold(piece)
        line = self.rest() or Line(b"", self._start)
        self._start += self._held + 1
        self._pieces.clear()
        self._held = 0
        return line


@overload
def _behind_hole(line: Line) -> Line: ...
@overload
def _behind_hole(line: Line | Oversize) -> Line | Oversize: ...
def _behind_hole(line: Line | Oversize) -> Line | Oversize:
    if isinstance(line, Oversize) or not line.data.startswith(b"\0"):
        return line
    data = line.data.lstrip(b"\0")
    return Line(data, line.end - 1 - len(data))
