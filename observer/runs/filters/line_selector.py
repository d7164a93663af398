"""Selects from blocks of lines those that a search has to look at for an expression that requires no text. Pure.

It may match anywhere in what pieces of a text are together, so all of these are selected, and of all other lines those
that have a match as they are written.
"""

from collections.abc import Collection, Sequence
from itertools import compress

from observer.format.event import Record, events_of
from observer.format.line import Line
from observer.format.line_block import Expression, LineBlock
from observer.runs.filters.filter import PIECE_TYPES, TEXT_TYPES
from observer.runs.filters.line_kinds import find_kinds
from observer.runs.filters.text_proof import TextProof

_TEXT_OR_UNKNOWN = frozenset({*TEXT_TYPES, None})


class LineSelector:
    """Selects the lines with a match of `expression`, and unless `joins` is false all with text of the model.

    It does what `TextSelector` does, but needs nothing of earlier blocks.
    """

    has_lost_track = False

    def __init__(self, expression: Expression, *, joins: bool = True) -> None:
        self._expression = expression
        self._joins = joins

    def select(self, block: LineBlock) -> list[Record]:
        """Return the lines of the next block that may match, and those they belong to, in order."""
        return self.prove(block, None)[0]

    def prove(self, block: LineBlock, proof: TextProof | None) -> tuple[list[Record], list[Line]]:
        """Do the same as `select`, but return separately the lines that are proven to match."""
        numbers, lines = block.numbers_with(self._expression), block.raw_lines()
        proven: set[int] = set()
        if proof is not None:
            proven.update(compress(numbers, proof.proves([lines[number] for number in numbers])))
        chosen = set(numbers)
        if self._joins:
            chosen.update(compress(range(len(lines)), map(_TEXT_OR_UNKNOWN.__contains__, find_kinds(block))))
        records = [Record(block.first), *map(Record, block.lines_at(sorted(chosen - proven)))]
        if self._joins and _have_unnamed(records):  # any other event may end its text
            return list(map(Record, block)), []
        return records, block.lines_at(sorted(proven))

    def resume(self, messages: Collection[str], offset: int) -> bool:
        """Return whether blocks can be taken behind lines that were not taken in blocks."""
        return True

    def release(self) -> Sequence[Record]:
        """Return the lines that are kept."""
        return ()

    def forget(self) -> None:
        """Forget everything that was taken."""


def _have_unnamed(records: Sequence[Record]) -> bool:
    """Return whether one of some records is a piece of a text that names no message."""
    events = events_of(records)
    return any(event is not None and event.type in PIECE_TYPES and not event.text("message") for event in events)
