"""Matches regular expressions against the texts of events, with RE2, in time linear in the text. Pure."""

import re

from observer.format.line_block import Expression
from observer.runs.filters.expressions import compile_expression, encode_text
from observer.runs.filters.json_expression import line_expression
from observer.runs.filters.literals import required_literals
from observer.runs.filters.spread_text import end_expressions, escape_expression, part_of, start_expression

_ESCAPED = r"\\u00[2-7]|\\u017[fF]|\\u212[aA]"
"""How JSON may spell a character of a literal in another way than as itself, or one that is equal but for its case."""
_CASE_ESCAPES = (r"u017[fF]", r"u212[aA]")
"""Those that are equal but for their case, each as an expression that begins with a literal."""


class Pattern:
    """A regular expression; `ignore_case`, or `(?i)` in front of it, ignores case.

    Raises ValueError, with a message for the user, when RE2 does not support the expression.
    """

    def __init__(self, text: str, *, ignore_case: bool = False) -> None:
        self.text = text
        self._compiled = compile_expression(text, ignore_case=ignore_case)
        self.instructions: int = self._compiled.programsize
        """Matching takes at most this many steps per byte of text."""
        self._prefilter: Expression | None = None
        self._block_filters: list[Expression] = []
        self._literals = literals = required_literals(text)
        self._beginnings = tuple(literal[:end] for literal in literals for end in range(1, len(literal)))
        self._ends = tuple(literal[begin:] for literal in literals for begin in range(1, len(literal)))
        self.reach = 0
        """Characters before and after a piece of a text in which what `may_match` looks for may begin and end."""
        self.ignores_case = ignores_case = ignore_case or text.startswith("(?i)")
        """Whether all of it ignores case."""
        if literals:
            source = "|".join([*map(re.escape, literals), _ESCAPED])
            self._prefilter = compile_expression(source, ignore_case=ignores_case)
            parts = list(map(part_of, literals))
            self.reach = max(map(len, literals)) - 1
            ends = end_expressions(parts)
            self._block_filters = [compile_expression(source, ignore_case=ignores_case) for source in ends]
            # keys and escapes have their case, and only so does RE2 look for their beginnings alone
            starts = start_expression(parts, ignore_case=ignores_case)
            fixed = (starts, escape_expression(parts), *_CASE_ESCAPES[: 2 * ignores_case])
            self._block_filters += map(compile_expression, fixed)
        elif (source_for_lines := line_expression(text)) is not None:
            self._prefilter = _compile_unless_large(source_for_lines, ignore_case=ignores_case)

    def search(self, text: str) -> bool:
        """Return whether the text has a match. As in Python, `$` also matches before a newline at the end."""
        return self._search(text) or (text.endswith("\n") and self._search(text[:-1]))

    def span(self, text: str) -> tuple[int, int] | None:
        """Return where the first match begins and ends in a text, in characters; None if there is none."""
        data = encode_text(text)
        found = self._compiled.search(data)
        if found is None:
            return None
        begin, end = found.start(), found.end()
        return len(data[:begin].decode("utf-8", "replace")), len(data[:end].decode("utf-8", "replace"))

    @property
    def line_expression(self) -> Expression | None:
        """What finds lines of JSON in which a text may have a match, None if no line can be told from any other.

        Unlike `expressions` it finds nothing of a text in pieces.
        """
        return None if self._prefilter is None or self._prefilter.search(b"") is not None else self._prefilter

    @property
    def has_prefilter(self) -> bool:
        """Whether `may_match` can tell anything."""
        return self._prefilter is not None

    def may_match(self, line: bytes) -> bool:
        """Return whether a text in a line of JSON may have a match: cheaper than to decode the line and to search."""
        return self._prefilter is None or self._prefilter.search(line) is not None

    def may_match_text(self, text: str) -> bool:
        """Return whether a part of a text may be what a match needs."""
        return self.may_match(encode_text(text))

    def spreads(self, piece: str) -> tuple[bool, bool]:
        """Return whether what `may_match` looks for may begin before a piece of a text, and end behind it."""
        if self.ignores_case or any(piece in literal for literal in self._literals):
            return True, True
        return piece.startswith(self._ends), piece.endswith(self._beginnings)

    @property
    def filters_blocks(self) -> bool:
        """Whether `expressions` can tell anything."""
        return bool(self._block_filters)

    @property
    def expressions(self) -> list[Expression]:
        """What finds each place in lines of JSON where a text may have a match, or may have it begin or end.

        They work at the pace of reading, also for a text in pieces, one in each of several lines.
        """
        return self._block_filters

    def may_match_in(self, data: bytes) -> bool:
        """Return whether a text in lines of JSON may have a match, or have one begin or end there."""
        return not self._block_filters or any(each.search(data) is not None for each in self._block_filters)

    def _search(self, text: str) -> bool:
        return self._compiled.search(encode_text(text)) is not None


def _compile_unless_large(source: str, *, ignore_case: bool) -> Expression | None:
    try:
        return compile_expression(source, ignore_case=ignore_case)
    except ValueError:  # it was made from one that is valid, and is larger
        return None
