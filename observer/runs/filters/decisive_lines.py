"""Finds in blocks of lines those of a few types, at the pace of reading. Pure.

A type that is spelled with escapes, which no program writes, is not found.
"""

from collections.abc import Collection, Sequence
from itertools import compress

from observer.format.line import Line, Oversize
from observer.format.line_block import Expression, LineBlock
from observer.runs.filters.expressions import literal_expression


class DecisiveLines:
    """Finds the lines that may be of some types. Each type is looked for alone, which is faster than all together."""

    def __init__(self, types: Collection[str]) -> None:
        self._types = frozenset(types)
        self._known = frozenset({*types, None})
        self._quoted = [b'"%s"' % kind.encode() for kind in types]
        self._expressions: list[Expression] | None = None

    def find(self, block: LineBlock) -> list[Line]:
        """Return the lines of a block that may be of one of the types, in order."""
        if block.kinds is not None:
            are_known = (
                [] if self._known.isdisjoint(block.distinct_kinds) else list(map(self._known.__contains__, block.kinds))
            )
            numbers = list(compress(range(len(are_known)), are_known))
            return self._mentioned([block.first, *block.lines_at(numbers)])
        if self._expressions is None:
            self._expressions = [literal_expression([_rare_part(kind)]) for kind in sorted(self._types)]
        return self._mentioned(block.lines_with(self._expressions))

    def _mentioned(self, lines: Sequence[Line | Oversize]) -> list[Line]:
        return [line for line in lines if isinstance(line, Line) and any(each in line.data for each in self._quoted)]


def _rare_part(kind: str) -> str:
    """Return the part of a type in quotes that is looked for fastest: not all, as there are many quotes to begin with.

    >>> _rare_part("complete"), _rare_part("run_start")
    ('complete"', 'un_start"')
    """
    from observer.runs.filters.spread_text import frequency_of  # noqa: PLC0415 - only where there is much to look at

    return f'{min(kind, kind[1:], key=lambda part: frequency_of(part[:1]))}"'
