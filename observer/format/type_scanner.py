r"""Finds lines of some types among many, several times faster than by decoding each. Pure.

Only lines that contain a type's name in quotes are decoded. A type spelled with escapes (`"tool\u005fuse"`), which no
program writes, is not found.
"""

from observer.format.event import type_of
from observer.format.lines import Line

_LAST_LINES = 4
"""Lines at the end of a block that are returned whatever their type, as they show whether the run has ended."""


class TypeScanner:
    """Finds the lines of `types`, which must be plain names (letters, digits and `_`)."""

    def __init__(self, types: frozenset[str]) -> None:
        self._types = types
        self._quoted = [b'"%s"' % name.encode() for name in sorted(types)]

    def matches(self, line: Line) -> bool:
        """Return whether a line is of one of the types."""
        return type_of(line) in self._types

    def find_lines(self, data: bytes, begin: int, end: int, offset: int) -> list[bytes]:
        r"""Return the lines of the types, with their `\n`, among the complete lines `data[begin:end]`.

        `offset` is the offset of `data[begin]` in its file.
        """
        quoted, *others = self._quoted
        if not others:
            return [data[start:stop] for start, stop in self._spans(quoted, data, begin, end, offset)]
        spans = {span for quoted in self._quoted for span in self._spans(quoted, data, begin, end, offset)}
        return [data[start:stop] for start, stop in sorted(spans)]

    def _spans(self, quoted: bytes, data: bytes, begin: int, end: int, offset: int) -> list[tuple[int, int]]:
        find, find_back = data.find, data.rfind
        spans = []
        index = find(quoted, begin, end)
        while index >= 0:
            start = max(begin, find_back(b"\n", begin, index) + 1)
            stop = find(b"\n", index, end) + 1
            # including the newline, so that a long line that is all of the data is not copied
            line = data[start:stop].lstrip(b"\0")  # as LineSplitter does
            if self.matches(Line(line, offset + start - begin)):
                spans.append((stop - len(line), stop))
            index = find(quoted, stop, end)
        return spans


def last_lines(data: bytes, begin: int, end: int, offset: int) -> list[Line]:
    """Return the last few of the complete lines `data[begin:end]`; `offset` is that of the first one."""
    lines: list[Line] = []
    while end > begin and len(lines) < _LAST_LINES:
        start = max(begin, data.rfind(b"\n", begin, end - 1) + 1)
        lines.append(Line(data[start : end - 1], offset + start - begin))
        end = start
    return lines[::-1]
