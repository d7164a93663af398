"""Lines that are too long to be loaded unasked: a view describes them. Pure."""

import re
from collections.abc import Callable

from msgspec import Struct

from observer.format.line import Line, Oversize

MAX_LOADED_LINE_BYTES = 1024 * 1024
"""Longer lines are not loaded, only described; the user may request them."""
_HEAD_BYTES = 1024
"""Bytes at the beginning of a line that contain its type and number, if an agent wrote it."""
_TYPE = re.compile(rb'"type":\s?"([^"\\]{1,80})"')
_SEQ = re.compile(rb'"seq":\s?(\d{1,18})\b')

Peek = Callable[[int, int], bytes]
"""Reads bytes of the file: (count, offset)."""


class LongLine(Struct, frozen=True):
    """Describes a line that is too long to be loaded; fields are None if its beginning does not contain them."""

    bytes: int
    type: str | None
    seq: int | None


def is_long(line: Line | Oversize) -> bool:
    """Return whether a line is only described."""
    return isinstance(line, Oversize) or len(line.data) > MAX_LOADED_LINE_BYTES


def describe_long_line(line: Line | Oversize, peek: Peek) -> LongLine:
    """Return the size of a long line, and the type and number that its beginning contains."""
    head = line.data[:_HEAD_BYTES] if isinstance(line, Line) else peek(_HEAD_BYTES, line.offset)
    head = head.partition(b'"data":')[0]
    type_, seq = _TYPE.search(head), _SEQ.search(head)
    length = len(line.data) if isinstance(line, Line) else line.length
    return LongLine(length, type_[1].decode("utf-8", "replace") if type_ else None, int(seq[1]) if seq else None)
