"""Many lines that are still together: what can be told from their bytes needs no splitting. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import accumulate
from typing import Protocol, overload

from observer.format.line import Line, Oversize, behind_hole
from observer.format.skim import Skimmed, skim


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
        return [behind_hole(Line(raw[number][:-1], starts[number])) for number in numbers]

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
        return [behind_hole(Line(data[begin : end - 1], begin + shift)) for begin, end in spans]

    def line_before(self, line: Line, text: bytes, limit: int) -> Line | None:
        """Return the last line before one that has a text, if it is at most `limit` bytes away and not the first."""
        end = line.offset - self.offset + self._begin
        index = self.data.rfind(text, max(self._begin, end - limit), max(self._begin, end))
        return self._line_around(index)

    def line_after(self, line: Line, text: bytes, limit: int) -> Line | None:
        """Return the next line after one that has a text, if it is at most `limit` bytes away."""
        begin = line.end - self.offset + self._begin
        return self._line_around(self.data.find(text, begin, min(self._end, begin + limit)))

    def matches_before(self, line: Line, expression: Expression) -> bool:
        """Return whether an expression matches somewhere before a line, or may."""
        if isinstance(self.first, Oversize) or expression.search(self.first.data) is not None:
            return True
        end = line.offset - self.offset + self._begin
        return end > 0 and expression.search(self.data, 0, min(end, len(self.data))) is not None

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
            self._lines = lines if b"\0" not in self.data else [behind_hole(line) for line in lines]
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
