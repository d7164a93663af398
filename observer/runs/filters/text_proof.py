"""Tells of many lines at once which of them a search matches, without a look at each text. Pure.

A line is proven to match if it is an event whose texts stand each for itself, and the expression matches in a string of
its data. What is not proven may match nevertheless.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from observer.format.line_block import Expression
from observer.format.tolerant_json import MAX_DEPTH, REFUSED, may_be_nested_deeply
from observer.runs.filters.expressions import compile_expression
from observer.runs.filters.filter import TEXT_TYPES, Filter
from observer.runs.filters.json_expression import json_expression
from observer.runs.filters.pattern import Pattern

_LONG = 256 * 1024
"""Bytes of a line beyond which it takes longer to prove that it matches than to find it out."""


class _Event(Struct, gc=False, forbid_unknown_fields=True):  # else unknown fields would be skipped, not decoded
    type: str
    data: dict[str, Any]
    seq: int | None = None
    timestamp: str | None = None
    run: str | None = None
    phase: str | None = None
    iteration: int | None = None
    parent: str | None = None


_LINES = Decoder(_Event)
_ENCODER = Encoder()


class TextProof:
    """Proves of lines that they meet a filter without conditions other than on text and type."""

    def __init__(self, event_filter: Filter, pattern: Pattern) -> None:
        self._filter = event_filter
        self._expression = _expression(pattern)

    @property
    def can_tell(self) -> bool:
        """Whether any line can be proven to match."""
        chosen = self._filter
        plain = Filter(grep=chosen.grep, types=chosen.types, exclude=chosen.exclude)
        return self._expression is not None and chosen == plain

    def proves(self, lines: Sequence[bytes]) -> list[bool]:
        r"""Return of each line, which ends with `\n`, whether it is proven to match."""
        proven = [False] * len(lines)
        if self._expression is None:
            return proven
        try:
            events = _LINES.decode_lines(b"".join(lines))
        except REFUSED:
            return proven
        if len(events) != len(lines):
            return proven
        numbers = [number for number, event in enumerate(events) if self._is_plain(event.type, lines[number])]
        texts = _ENCODER.encode_lines([events[number].data for number in numbers])
        begin = index = 0
        while index < len(numbers):  # a match is of as many lines as possible, of which each has one
            match = self._expression.match(texts, begin)
            end = match.end() if match is not None else begin
            count = texts.count(b"\n", begin, end)
            for number in numbers[index : index + count]:
                proven[number] = True
            index += count + 1
            begin = texts.find(b"\n", end) + 1
        return proven

    def _is_plain(self, kind: str, line: bytes) -> bool:
        """Return whether a line of a type may be proven to match."""
        chosen = self._filter
        return (
            kind not in TEXT_TYPES
            and (not chosen.types or kind in chosen.types)
            and kind not in chosen.exclude
            and len(line) <= _LONG
            and not (len(line) > 2 * MAX_DEPTH and may_be_nested_deeply(line))
        )


def _expression(pattern: Pattern) -> Expression | None:
    source = json_expression(pattern.text)
    if source is None:
        return None
    try:
        return compile_expression(source, ignore_case=pattern.ignores_case)
    except ValueError:  # it is large, and now too large: nothing is proven
        return None
