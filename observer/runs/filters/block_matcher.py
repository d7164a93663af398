"""Applies a filter to a run that is read in large blocks, at the pace of reading: most lines are never split. Pure."""

from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from observer.format.event import Record
from observer.format.line import Line, Oversize
from observer.format.line_block import LineBlock
from observer.format.skim import may_have_nested_deeply
from observer.runs.filters.filter import PIECE_TYPES, Filter
from observer.runs.filters.line_conditions import LineConditions, Selected
from observer.runs.filters.matcher import EventMatcher

if TYPE_CHECKING:
    from observer.runs.filters.line_selector import LineSelector
    from observer.runs.filters.text_proof import TextProof
    from observer.runs.filters.text_selector import TextSelector


class BlockMatcher:
    """Applies a filter like the matcher that it is given, to lines that may come in blocks.

    >>> from observer.format.lines import LineSplitter
    >>> from observer.runs.filters.pattern import Pattern
    >>> search = Filter(grep=Pattern("needle"))
    >>> blocks = BlockMatcher(search, EventMatcher(search))
    >>> line = b'{"type":"info","data":{"message":"%s"}}' + bytes([10])
    >>> block = LineSplitter().feed_block(line % b"hay" * 5000 + line % b"needle" + line % b"hay" * 5000)
    >>> [record.line.offset for record in blocks.take(block)]
    [205000]
    """

    def __init__(self, event_filter: Filter, matcher: EventMatcher, proof: "TextProof | None" = None) -> None:
        self._filter, self._matcher = event_filter, matcher
        self._conditions = LineConditions(event_filter) if LineConditions.suffice_for(event_filter) else None
        self._selector = _selector(event_filter)
        self._proof = proof or (_proof(event_filter) if self._selector is not None else None)
        self._others = _other_conditions(event_filter) if event_filter.errors else None
        self._in_blocks = False

    def for_another_run(self, matcher: EventMatcher) -> "BlockMatcher":
        """Return the same for another run, with a matcher of its own: what was compiled is used again."""
        return BlockMatcher(self._filter, matcher, self._proof)

    @property
    def filters_blocks(self) -> bool:
        """Whether lines of a block can be left out by their bytes."""
        if self._conditions is not None or self._matcher.needs_few:
            return True
        return self._selector is not None and (self._matcher.needs_types or not self._matcher.needs_all)

    def take(self, lines: Sequence[Line | Oversize]) -> list[Record]:
        """Take the next lines. Return the records that match, and earlier ones; see `EventMatcher.take`."""
        if not isinstance(lines, LineBlock):
            return self._matcher.take(self.select_with(list(map(Record, lines))))
        if self._matcher.needs_few:
            return self._take_few(lines)
        if self._conditions is None:
            return self._matcher.take(self.select(lines))
        first = self._matcher.take([Record(lines.first)])
        selected = self._meet(lines)
        if selected is None:
            return [*first, *self._matcher.take(map(Record, lines[1:]))]
        return [*first, *map(Record, lines.lines_at(selected.numbers))]

    def _take_few(self, block: LineBlock) -> list[Record]:
        """Take the lines of a block that the matcher needs."""
        matches = self._matcher.take([Record(block.first)])
        events = block.skimmed()
        is_odd = events is None or may_have_nested_deeply(block.raw_lines(), events)
        few = self._matcher.find_few(events) if events is not None and not is_odd else None
        if events is None or few is None:
            return [*matches, *self._matcher.take(map(Record, block[1:]))]
        undecided, certain = few
        if self._others is None:
            undecided, certain = sorted([*undecided, *certain]), []
        else:
            certain = list(compress(certain, self._others.are_met([events[number] for number in certain])))
        matches += self._matcher.take(map(Record, block.lines_at(undecided)))
        self._matcher.seen.has_match = self._matcher.seen.has_match or bool(certain)
        self._matcher.explain(events)
        found = [*matches, *map(Record, block.lines_at(certain))]
        return sorted(found, key=lambda record: record.line.offset) if certain and matches else found

    def copy(self, block: LineBlock) -> bytes | None:
        """Do the same as `take`, but return the lines of a block that match as they are in the file.

        None if they must be taken as records.
        """
        if isinstance(block.first, Oversize):
            return None
        if self._proof is not None and self.filters_blocks:
            return self._copy_proven(block, self._proof)
        if self._conditions is None:
            return None
        matches = self._matcher.take([Record(block.first)])  # before the others are: what is said of them is in order
        selected = self._meet(block)
        if selected is None:
            matches += self._matcher.take(map(Record, block[1:]))
        lines = [b"%s\n" % record.line.data for record in matches if isinstance(record.line, Line)]
        if selected is None:
            return b"".join(lines)
        return b"".join([*lines, selected.joined()]) if lines else selected.joined()

    def _copy_proven(self, block: LineBlock, proof: "TextProof") -> bytes:
        """Return the lines of a block that match, some of which are not even decoded alone, and earlier ones."""
        records, lines = self._select(block, proof)
        matches = [record.line for record in self._matcher.take(records) if isinstance(record.line, Line)]
        self._matcher.seen.has_match = self._matcher.seen.has_match or bool(lines)
        lines = sorted([*matches, *lines], key=lambda line: line.offset) if matches else lines
        return b"\n".join([*(line.data for line in lines), b""]) if lines else b""

    def _meet(self, block: LineBlock) -> Selected | None:
        """Return the lines of a block, but the first, that meet all conditions."""
        seen, conditions = self._matcher.seen, self._conditions
        needs_all = self._matcher.needs_all
        selected = conditions.select(block, seen if needs_all else None) if conditions is not None else None
        seen.has_match = seen.has_match or bool(selected and selected.lines)
        return selected

    def select(self, block: LineBlock) -> list[Record]:
        """Take the next lines. Return those that the matcher has to take, which may be earlier ones."""
        return self._select(block, None)[0]

    def _select(self, block: LineBlock, proof: "TextProof | None") -> tuple[list[Record], list[Line]]:
        """Take the next lines. Return those that the matcher has to take, and those that are proven to match."""
        selector, matcher = self._selector, self._matcher
        if matcher.needs_types:
            matcher.seen.add_types(_types_in(block))
        if selector is None or matcher.has_unnamed_text:
            return self.select_with(list(map(Record, block))), []
        if not self._in_blocks and not selector.resume(matcher.open_messages, block.offset):
            return list(map(Record, block)), []
        selected = selector.prove(block, proof) if proof is not None else (selector.select(block), [])
        self._in_blocks = not selector.has_lost_track
        if selector.has_lost_track:
            selector.forget()
        return selected

    def select_with(self, records: list[Record]) -> list[Record]:
        """Take records that come one by one. Return them behind the earlier ones that the matcher has to take."""
        if self._selector is None or not self._in_blocks:
            return records
        self._in_blocks = False
        return [*self._selector.release(), *records]

    def forget(self) -> None:
        """Forget the lines that are kept: those that come are not their continuation."""
        if self._selector is not None:
            self._selector.forget()


def _types_in(block: LineBlock) -> list[str]:
    """Return the types of the events on the lines of a block."""
    events = block.skimmed()
    if events is None or may_have_nested_deeply(block.raw_lines(), events):
        return [Record(line).type for line in block]
    return [Record(block.first).type, *(event.type for event in events)]


def _other_conditions(event_filter: Filter) -> LineConditions | None:
    """Return the conditions of a filter apart from `errors`, None if they need more than a few fields."""
    others = replace(event_filter, errors=False)
    suffice = others.matches_all or LineConditions.suffice_for(others)
    return LineConditions(others) if suffice and others.where is None else None


def _proof(event_filter: Filter) -> "TextProof | None":
    """Return what proves that lines match, None if a filter has conditions that it does not know."""
    if event_filter.grep is None:
        return None
    from observer.runs.filters.text_proof import TextProof  # noqa: PLC0415 - only where a text is searched

    proof = TextProof(event_filter, event_filter.grep)
    return proof if proof.can_tell else None


def _selector(event_filter: Filter) -> "TextSelector | LineSelector | None":
    """Return what selects lines by their bytes, None if a filter needs all of them."""
    grep = event_filter.grep
    if grep is None or event_filter.errors or event_filter.until is not None:
        return None
    if event_filter.agent not in {None, "main"}:
        return None
    joins = bool(PIECE_TYPES & (event_filter.types or PIECE_TYPES) - event_filter.exclude)
    if grep.filters_blocks:
        from observer.runs.filters.text_selector import TextSelector  # noqa: PLC0415 - only where a text is searched

        return TextSelector(grep, joins=joins)
    if grep.line_expression is None:
        return None
    from observer.runs.filters.line_selector import LineSelector  # noqa: PLC0415 - as above

    return LineSelector(grep.line_expression, joins=joins)
