r"""Splits bytes into complete lines. Pure: no file, no clock.

A line ends at `\n` and nowhere else, so `\r` and U+2028 stay inside their line, and a line is only returned once its
newline has arrived.
"""

from collections.abc import Sequence

from msgspec import Struct

from observer.format.line import Line, Oversize, behind_hole
from observer.format.line_block import LineBlock

MAX_LINE_BYTES = 32 * 1024 * 1024
"""The longest line that is kept, in bytes: one and a half times the largest event worth showing."""

_MIN_BLOCK = 64 * 1024
"""Bytes of lines that are worth looking at together: those that arrive as they are written are fewer."""


class Block(Struct, frozen=True, gc=False):
    r"""Complete lines as they are in a file, each with its `\n`, and the offset of their first byte."""

    data: bytes
    offset: int

    def lines(self) -> "list[Line | Oversize]":
        """Return the lines."""
        return LineSplitter(self.offset).feed(self.data)

    def halves(self) -> "list[Block]":
        """Return the block in two parts of about the same size, or as it is if it has only one line."""
        middle = self.data.find(b"\n", len(self.data) // 2) + 1
        if middle == len(self.data):
            middle = self.data.rfind(b"\n", 0, middle - 1) + 1
        if not middle:
            return [self]
        return [Block(self.data[:middle], self.offset), Block(self.data[middle:], self.offset + middle)]


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
        return lines if b"\0" not in data else [behind_hole(line) for line in lines]

    def _long(self, piece: bytes, start: int) -> Line | Oversize:
        line = behind_hole(Line(piece, start))
        return line if len(line.data) <= self._limit else Oversize(line.offset, len(line.data))

    def feed_block(self, data: bytes) -> Sequence[Line | Oversize]:
        """Return the lines that end in `data`, as `feed` does, those of much data still together."""
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
