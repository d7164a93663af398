"""A line of a run file, or one that is too long to keep. Pure.

NUL bytes before a line do not belong to it: they stand where a file lost its content, because it was truncated under
its writer, or because the power failed. Offsets are those in the file.
"""

from typing import Annotated, overload

from msgspec import Meta, Struct

OWN_BEGINNING = b'{"seq":'
"""The first bytes of every line that runtail writes."""

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


class Oversize(Struct, frozen=True, gc=False):
    r"""A line too long to keep: its offset and its length in bytes, without its `\n`."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        """The offset just past the newline."""
        return self.offset + self.length + 1


@overload
def behind_hole(line: Line) -> Line: ...
@overload
def behind_hole(line: Line | Oversize) -> Line | Oversize: ...
def behind_hole(line: Line | Oversize) -> Line | Oversize:
    """Return a line without the NUL bytes before it."""
    if isinstance(line, Oversize) or not line.data.startswith(b"\0"):
        return line
    data = line.data.lstrip(b"\0")
    return Line(data, line.end - 1 - len(data))
