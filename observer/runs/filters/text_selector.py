"""Selects from blocks of lines those that a search for a text has to look at, without splitting the others. Pure.

What may match by its bytes is selected, and with a piece of a text all pieces of the same message: earlier ones, from
blocks that were kept for that, and later ones, as long as they go on. Memory is bounded: of a text that pauses for
longer than the blocks that are kept, the parts before and after are looked at separately.
"""

import re
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from itertools import compress
from operator import not_

from observer.format.event import Record
from observer.format.line import Line, Oversize
from observer.format.line_block import Expression, LineBlock
from observer.runs.filters.expressions import literal_expressions
from observer.runs.filters.filter import PIECE_TYPES, TEXT_TYPES
from observer.runs.filters.message_text import ends_unnamed
from observer.runs.filters.pattern import Pattern
from observer.runs.filters.pieces_nearby import may_match_nearby
from observer.runs.filters.text_proof import TextProof

_KEPT_BYTES = 2 * 1024 * 1024
"""Bytes of earlier lines that are kept: a message is written within seconds, and others write little meanwhile."""
_MAX_MESSAGES = 64
"""Messages whose later pieces are looked for: the last ones that were mentioned."""
_PLAIN = re.compile(r"[A-Za-z0-9 ._:;,@#%=~()*+|-]+")
"""IDs that every JSON writer spells in the same way."""


class TextSelector:
    """Takes the blocks of a run in order, and selects the lines that `pattern` may match, with those they belong to.

    Without `joins` a text that is spread over several lines is not looked for.
    """

    def __init__(self, pattern: Pattern, *, joins: bool = True) -> None:
        self._pattern = pattern
        self._expressions = pattern.expressions
        self._joins = joins
        self._kept: deque[LineBlock] = deque()
        self._kept_bytes = 0
        self._selected: set[int] = set()
        """Offsets of the lines that were selected from the blocks that are kept."""
        self._messages: dict[str, int] = {}
        """Messages of which a piece was selected, and where they were mentioned last."""
        self._mentions: list[Expression] = []
        self.has_lost_track = False
        """Whether all lines so far were returned, as it cannot be told which belong together."""

    def select(self, block: LineBlock) -> list[Record]:
        """Return the lines of the next block that may match, and earlier ones to which they belong, in order."""
        return self._select(block, block.lines_with(self._expressions), ())

    def prove(self, block: LineBlock, proof: TextProof) -> tuple[list[Record], list[Line]]:
        """Do the same as `select`, but return separately the lines that are proven to match."""
        spans = block.spans_with(self._expressions)
        proven = proof.proves([block.data[begin:end] for begin, end in spans])
        lines = block.lines_between(compress(spans, proven))
        others = block.lines_between(compress(spans, map(not_, proven)))
        first = block.first_with(self._expressions)
        records = self._select(block, [*first, *others], {line.offset for line in lines})
        return records, [] if self.has_lost_track else lines

    def _select(self, block: LineBlock, lines: Sequence[Line | Oversize], proven: Collection[int]) -> list[Record]:
        """Return some lines of the next block, which has others at some offsets, and earlier lines, in order."""
        found = [record for record in map(Record, lines) if self._may_match(block, record)]
        continued = [record for record in self._continued(block) if record.line.offset not in proven]
        self._selected.update(proven)
        if not found and not continued:
            self._keep(block, [])
            return []
        messages = _messages_of(found) if self._joins else set()
        if not all(map(_PLAIN.fullmatch, messages)):  # pieces without a message belong to what is around them
            self.has_lost_track = True
            self._selected.difference_update(proven)
            return [*self._earlier(), *map(Record, block.lines())]
        selected = self._with_messages(block, [*found, *continued], messages)
        self._keep(block, selected)
        return selected

    def _may_match(self, block: LineBlock, record: Record) -> bool:
        """Return whether a line that was found may match, alone or with the pieces of the same text nearby."""
        line = record.line
        if isinstance(line, Oversize) or line is block.first or self._pattern.may_match(line.data):
            return True
        event = record.event if record.type in PIECE_TYPES else None
        if event is None or not self._joins:
            return False
        is_watched = event.text("message") in self._messages  # then earlier pieces may not have come in blocks
        return is_watched or may_match_nearby(self._pattern, (*self._kept, block), event)

    def release(self) -> list[Record]:
        """Return the lines that are kept and were not selected, and forget everything.

        They precede lines that are not taken in blocks.
        """
        kept = self._earlier()
        self.forget()
        return kept

    def forget(self) -> None:
        """Forget everything that was taken."""
        self._kept.clear()
        self._selected.clear()
        self._messages.clear()
        self._kept_bytes = 0
        self.has_lost_track = False

    def resume(self, messages: Collection[str], offset: int) -> bool:
        """Take the messages of which pieces were not taken in blocks; the next block begins at `offset`.

        Returns whether they can be told by their bytes; if not, blocks cannot be taken yet.
        """
        if not all(map(_PLAIN.fullmatch, messages)):
            return False
        self._watch(messages, offset)
        return True

    def _with_messages(self, block: LineBlock, found: list[Record], messages: set[str]) -> list[Record]:
        """Return the lines of a block that were found, and what belongs to the same messages, in order."""
        chosen = {record.line.offset: record for record in found}
        if new := messages - self._messages.keys():
            mentions = _mentions(new)
            for each in (*self._kept, block):
                for line in each.lines_with(mentions):
                    if line.offset not in self._selected:
                        chosen.setdefault(line.offset, Record(line))
            self._watch(new, block.offset)
        return [chosen[offset] for offset in sorted(chosen)]

    def _continued(self, block: LineBlock) -> list[Record]:
        """Return the lines of a block that mention a message of which a piece was selected."""
        if not self._messages:
            return []
        records = list(map(Record, block.lines_with(self._mentions)))
        data = b"".join(record.line.data for record in records if isinstance(record.line, Line))
        mentioned = dict.fromkeys((name for name in self._messages if b'"%s"' % name.encode() in data), block.offset)
        oldest = block.offset - _KEPT_BYTES
        self._messages.update(mentioned)
        known = {name: offset for name, offset in self._messages.items() if offset >= oldest}
        if len(known) < len(self._messages):
            self._messages, self._mentions = known, _mentions(known)
        return [record for record in records if record.line.offset not in self._selected]

    def _watch(self, messages: Collection[str], offset: int) -> None:
        """Look for later pieces of messages, of which the last one was at an offset."""
        if not messages:
            return
        self._messages.update(dict.fromkeys(messages, offset))
        while len(self._messages) > _MAX_MESSAGES:
            del self._messages[min(self._messages, key=self._messages.__getitem__)]
        self._mentions = _mentions(self._messages)

    def _keep(self, block: LineBlock, selected: list[Record]) -> None:
        """Keep a block for lines that belong to later ones, and note which were selected up to now."""
        if not self._joins:
            return
        self._selected.update(record.line.offset for record in selected)
        self._kept.append(block)
        self._kept_bytes += block.size
        while self._kept_bytes > _KEPT_BYTES:
            self._kept_bytes -= self._kept.popleft().size
        if self._selected:
            first = self._kept[0].first.offset if self._kept else block.offset + block.size
            self._selected = {offset for offset in self._selected if offset >= first}

    def _earlier(self) -> list[Record]:
        """Return the lines that are kept and were not selected, without texts that one that was selected has ended."""
        earlier: list[Record] = []
        for record in (Record(line) for block in self._kept for line in block.lines()):
            if record.line.offset not in self._selected:
                earlier.append(record)
            elif (event := record.event) is not None and ends_unnamed(event):
                earlier = [each for each in earlier if not _is_unnamed(each, event.parent)]
        return earlier


def _is_unnamed(record: Record, parent: str | None) -> bool:
    """Return whether a record is a piece of a speaker that names no message."""
    event = record.event if record.type in PIECE_TYPES else None
    return event is not None and event.parent == parent and not event.text("message")


def _messages_of(records: Iterable[Record]) -> set[str]:
    """Return the messages that some records are pieces of, or the ends of."""
    events = [event for record in records if record.type in TEXT_TYPES and (event := record.event) is not None]
    pieces = {event.text("message") for event in events if event.type in PIECE_TYPES}
    return pieces | {name for event in events if event.type == "message" and _PLAIN.fullmatch(name := event.text("id"))}


def _mentions(messages: Iterable[str]) -> list[Expression]:
    return literal_expressions([f'{message}"' for message in messages])  # there are many quotes to begin with
