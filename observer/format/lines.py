r"""Splits bytes into complete lines. Pure: no file, no clock.

A line ends at `\n` and nowhere else, so `\r` and U+2028 stay inside their line, and a line is only returned once its
newline has arrived. NUL bytes before a line do not belong to it: they stand where a file lost its content, because it
was truncated under its writer, or because the power failed. Offsets are those in the file.
"""

from msgspec import Struct

MAX_LINE_BYTES = 32 * 1024 * 1024
"""The longest line that is kept, in bytes: one and a half times the largest event worth showing."""


class Line(Struct, frozen=True, gc=False):
    r"""A line without its `\n`, and the offset of its first byte."""

    data: bytes
    offset: int

    @property
    def end(self) -> int:
        """The offset just past the newline."""
        return self.offset + len(self.data) + 1


class Oversize(Struct, frozen=True, gc=False):
    r"""A line too long to keep: its offset and its length in bytes, without its `\n`."""

    offset: int
    length: int


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
        first, newline, rest = data.partition(b"\n")
        if not newline:
            self._hold(first)
            return []
        lines = [self._finish(first)]
        *complete, last = rest.split(b"\n")
        start = self._start
        for piece in complete:
            length = len(piece)
            lines.append(Line(piece, start) if length <= self._limit else Oversize(start, length))
            start += length + 1
        self._start = start
        self._hold(last)
        return lines if b"\0" not in rest else [_behind_hole(line) for line in lines]

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


def _behind_hole(line: Line | Oversize) -> Line | Oversize:
    if isinstance(line, Oversize) or not line.data.startswith(b"\0"):
        return line
    data = line.data.lstrip(b"\0")
    return Line(data, line.end - 1 - len(data))
