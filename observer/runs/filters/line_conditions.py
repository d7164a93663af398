"""Selects lines by type, tool, status and the like from blocks: of many at once, few fields are decoded. Pure.

There is no answer for a block with a line that only a tolerant decoder reads: then the caller decodes each line alone.
"""

import re
from collections.abc import Sequence
from itertools import compress

from msgspec import Struct

from observer.format.line_block import LineBlock
from observer.format.skim import Skimmed, may_have_nested_deeply, skim, skim_types
from observer.format.timestamps import parse_timestamp
from observer.format.tolerant_json import SHORT, has_many_brackets
from observer.runs.filters.filter import Filter
from observer.runs.filters.line_kinds import find_kinds
from observer.runs.filters.seen import Seen

_MUCH = 8 * 1024 * 1024
"""Bytes of lines beyond which it pays to load what finds types without decoding."""
_WITH_OUTPUT = "tool_result"
"""A type whose texts may have many brackets, which do not make its lines deeply nested."""
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
"""Names that JSON writers spell as themselves, or with `\\u` and a number."""


class Selected(Struct, frozen=True, gc=False):
    r"""Lines that were selected, each with its `\n`, and of each line of their block but the first whether it was."""

    lines: list[bytes]
    are_selected: list[bool]
    data: bytes | None = None
    """The lines together, if they have been joined."""

    def joined(self) -> bytes:
        """Return the lines together."""
        return b"".join(self.lines) if self.data is None else self.data

    @property
    def numbers(self) -> list[int]:
        """Their numbers in their block, not counting its first line."""
        return list(compress(range(len(self.are_selected)), self.are_selected))

    def only(self, are_met: Sequence[bool]) -> "Selected":
        """Return those for which a condition is met."""
        if all(are_met):
            return self
        condition = iter(are_met)
        are_selected = [is_selected and next(condition) for is_selected in self.are_selected]
        return Selected(list(compress(self.lines, are_met)), are_selected)


class LineConditions:
    """Applies the conditions of a filter on single fields: type, tool, status, iteration, main agent, `seq`, time.

    Also `where`, which needs no more than a line.
    """

    def __init__(self, event_filter: Filter) -> None:
        self._filter = event_filter
        self._tools = frozenset(name.lower() for name in event_filter.tools)
        self._is_on_type = event_filter == Filter(types=event_filter.types, exclude=event_filter.exclude)
        self._passing = event_filter.types - event_filter.exclude
        self._needs_only_type = self._is_on_type and _WITH_OUTPUT not in event_filter.types
        self._passes_malformed = event_filter == Filter(
            exclude=event_filter.exclude, since=event_filter.since, from_seq=event_filter.from_seq
        )
        is_plain = all(map(_PLAIN.fullmatch, event_filter.types))
        self._size = 0
        self._quoted = [b'"%s"' % name.encode() for name in sorted(event_filter.types)] if is_plain else [b""]

    @staticmethod
    def suffice_for(event_filter: Filter) -> bool:
        """Return whether a filter has such conditions, and no others."""
        others = Filter(errors=event_filter.errors, grep=event_filter.grep, until=event_filter.until)
        return not event_filter.matches_all and others.matches_all and event_filter.agent in {None, "main"}

    def select(self, block: LineBlock, seen: Seen | None) -> Selected | None:
        """Return the lines of a block, but the first, that meet the conditions; None if they must be decoded alone.

        `seen` is told of all lines.
        """
        self._size += block.size
        if seen is None and self._filter.types and self._size > _MUCH:
            return self._select_by_kind(block)
        events = block.skimmed()
        if events is None:
            return None
        lines = block.raw_lines()
        if seen is not None:
            if may_have_nested_deeply(lines, events):
                return None
            seen.add_skimmed(self._filter, events)
        return self._only(Selected(lines, [True] * len(lines)), events, self.are_met(events))

    def _select_by_kind(self, block: LineBlock) -> Selected | None:
        """Do the same, but decode only lines that may be of the types."""
        lines, are_candidates = block.raw_lines(), self._may_have_types(block)
        candidates = list(compress(lines, are_candidates))
        data = b"".join(candidates)
        selected = Selected(candidates, are_candidates, data)
        if self._needs_only_type:
            typed = skim_types(data, candidates)
            if typed is None or any(map(has_many_brackets, [line for line in candidates if len(line) > SHORT])):
                return None
            types = [event.type for event in typed]
            are_met = [True] if self._passing.issuperset(types) else list(map(self._passing.__contains__, types))
            return selected.only(are_met)
        events = skim(data, candidates)
        return None if events is None else self._only(selected, events, self.are_met(events))

    def _only(self, candidates: Selected, events: Sequence[Skimmed], met: Sequence[bool]) -> Selected | None:
        """Return those of some lines, with these events, that meet all conditions; None if they must be decoded."""
        selected = candidates.only(met)
        decoded, of_them = (candidates, events) if self._passes_malformed else (selected, compress(events, met))
        if may_have_nested_deeply(decoded.lines, of_them):
            return None
        if self._filter.where is not None:
            selected = selected.only(self._filter.where([line[:-1] for line in selected.lines]))
        return selected

    def _may_have_types(self, block: LineBlock) -> list[bool]:
        """Return of each line of a block but the first whether it may be of the types."""
        types, kinds = self._filter.types, find_kinds(block)
        if None not in block.distinct_kinds:
            return list(map(types.__contains__, kinds))
        return [
            self._mentions(line) if kind is None else kind in types
            for line, kind in zip(block.raw_lines(), kinds, strict=True)
        ]

    def _mentions(self, line: bytes) -> bool:
        """Return whether a line has the name of a type, or may have it in another spelling."""
        return b"\\u" in line or any(quoted in line for quoted in self._quoted)

    def are_met(self, events: Sequence[Skimmed]) -> list[bool]:
        """Return of each event whether it meets the conditions, `where` aside."""
        chosen, tools = self._filter, self._tools
        types, exclude = chosen.types, chosen.exclude
        if self._is_on_type:
            return [(not types or event.type in types) and event.type not in exclude for event in events]
        return [
            (not types or event.type in types)
            and event.type not in exclude
            and (not chosen.iterations or event.iteration in chosen.iterations)
            and (not tools or (event.data.name or "").lower() in tools)
            and (not chosen.statuses or event.data.status in chosen.statuses or event.data.outcome in chosen.statuses)
            and (chosen.agent is None or event.parent is None)
            and (chosen.from_seq is None or event.seq is None or event.seq >= chosen.from_seq)
            and (chosen.since is None or _is_since(event, chosen.since))
            for event in events
        ]


def _is_since(event: Skimmed, since: float) -> bool:
    time = parse_timestamp(event.timestamp)
    return time is not None and time >= since
