r"""Lines of some types out of many, several times faster than by decoding each: search, and look closer at hits. Pure.

What the agent writes is recognized by its envelope, whose keys come in a fixed order; any other line that holds the
type's name is decoded. Not found are types spelled with escapes (`"tool\u005fuse"`), which no program writes.
"""

import re

from observer.format.event import type_of
from observer.format.lines import Line

_TAIL = 4
"""Lines at the end of a piece that are handed out whatever they are: they tell whether the run has ended."""


class TypeScanner:
    """Finds the lines of `types`, which must be plain names (letters, digits and `_`)."""

    def __init__(self, types: frozenset[str]) -> None:
        self._types = types
        self._needles = [b'"%s"' % name.encode() for name in sorted(types)]
        names = "|".join(map(re.escape, sorted(types))).encode()
        envelope = rb'\{"seq":[0-9]+,"timestamp":"[^"\\]*","run":"[^"\\]*","type":"(?:%s)","phase":"' % names
        self._surely = re.compile(envelope).match

    def takes(self, line: Line) -> bool:
        """Tell whether a line is of one of the types."""
        return type_of(line) in self._types

    def sift(self, data: bytes, begin: int, end: int, offset: int) -> list[bytes]:
        r"""Return the wanted lines, with their `\n`, among the complete lines `data[begin:end]`.

        `offset` is where `data[begin]` stands in its file.
        """
        needle, *others = self._needles
        if not others:
            return [data[start:stop] for start, stop in self._hits(needle, data, begin, end, offset)]
        spans = {span for needle in self._needles for span in self._hits(needle, data, begin, end, offset)}
        return [data[start:stop] for start, stop in sorted(spans)]

    def _hits(self, needle: bytes, data: bytes, begin: int, end: int, offset: int) -> list[tuple[int, int]]:
        find, before, surely = data.find, data.rfind, self._surely
        found = []
        at = find(needle, begin, end)
        while at >= 0:
            start = max(begin, before(b"\n", begin, at) + 1)
            stop = find(b"\n", at, end) + 1
            whole = data.endswith(b"}}", start, stop - 1)  # a torn line has an envelope too
            # with its newline: then a long line that is all of the data is not copied
            if (whole and surely(data, start)) or self.takes(Line(data[start:stop], offset + start - begin)):
                found.append((start, stop))
            at = find(needle, stop, end)
        return found


def last_lines(data: bytes, begin: int, end: int, offset: int) -> list[Line]:
    """Return the last few of the complete lines `data[begin:end]`, of which the first stands at `offset`."""
    lines: list[Line] = []
    while end > begin and len(lines) < _TAIL:
        start = max(begin, data.rfind(b"\n", begin, end - 1) + 1)
        lines.append(Line(data[start : end - 1], offset + start - begin))
        end = start
    return lines[::-1]
