"""Finds the types of the lines of a block by how their writer begins them, without decoding. Pure.

Our writer, and all who keep to its order of keys, put the type at the same position of line after line, and `phase`
behind it. A line that begins in another way, or has another `type` somewhere, is left to a decoder. Not noticed is only
a line that has both, the type and the phase, twice, and a second type whose key is spelled with escapes.
"""

import re
from functools import cache
from operator import itemgetter

from observer.format.line_block import Expression, LineBlock
from observer.runs.filters.expressions import compile_expression

_KEY = b'"type":"'
_HEAD = re.compile(rb'"type":"([A-Za-z0-9_.-]+)","phase":')
_WIDTH = len('"type":"subagent_progress","phase":')
"""Bytes of the longest beginning; there are few different ones."""
_MAX_HEADS = 4096
"""Beginnings that are remembered; those of another writer may all be different."""
_ANOTHER = r'ype"[ \t\r]*:(?:[ \t\r]|[^"]|"(?:[^"\\]|\\.)*(?:$|"(?:[^,]|,[^"]|,"[^p]|,"p[^h])))'
"""A type that is not part of such a beginning. Without `_BEFORE`, it begins and ends with rare characters."""
_BEFORE = b'"t'


class _Kinds(dict[bytes, str | None]):
    """The types that beginnings of lines say, None for those that say none; each is looked at once."""

    def __missing__(self, head: bytes) -> str | None:
        if len(self) >= _MAX_HEADS:
            self.clear()
        match = _HEAD.match(head)
        kind = self[head] = None if match is None else match[1].decode()
        return kind


_KIND_OF = _Kinds()


def find_kinds(block: LineBlock) -> list[str | None]:
    """Return the type of each line of a block but the first, None if only a decoder can tell.

    A line that is damaged further behind has one, too, though it has no event.
    """
    if block.kinds is None:
        block.kinds = _find(block)
    return block.kinds


def _find(block: LineBlock) -> list[str | None]:
    lines = block.raw_lines()
    if not lines or block.has_hole:  # another line may begin behind a hole
        return [None] * len(lines)
    position = max(0, lines[0].find(_KEY))
    heads = map(itemgetter(slice(position, position + _WIDTH)), lines)
    kinds = list(map(_KIND_OF.__getitem__, heads))
    for number in block.numbers_with(_another(), after=_BEFORE):
        kinds[number] = None
    return kinds


@cache
def _another() -> Expression:
    return compile_expression(_ANOTHER)
