"""Finds the events before and after matches, as `grep -B` and `-A` do for lines. Pure.

A paragraph counts as one event, whatever the pieces in which it came, and what only shows that a run is alive as none.
What is shown does not depend on how many records are taken at once, except around texts that match only after so much
else was written that the events before them are forgotten.
"""

from collections.abc import Sequence

from msgspec import Struct

from observer.format.event import Event, Record
from observer.format.line import Line
from observer.runs.filters.filter import LIVENESS_TYPES, PIECE_TYPES, Filter
from observer.runs.filters.message_text import ends_unnamed

Group = tuple[bool, list[Record]]
"""Records that follow each other, and whether others were left out before them."""

_KEPT_BYTES = 2 * 1024 * 1024
"""Bytes of lines that are kept while a paragraph may still match: a message is written within seconds."""
_KEPT_ENTRIES = 16 * 1024
_MAX_MESSAGES = 1024
"""Messages without an end of which it is remembered that they have begun."""


class _Entry(Struct, gc=False):
    """An event or a paragraph, and what of it was not shown, in records and their bytes."""

    number: int
    records: list[Record]
    size: int = 0
    is_shown: bool = False


_Paragraphs = dict[tuple[str, float | None], _Entry]
"""The paragraphs of a message, by type and block."""


class Neighbours:
    """Takes the records of a run, and those of them that match; returns these with their neighbours.

    `before` and `after` are numbers of events. Types that `event_filter` excludes do not count as events. Records are
    in the order of the file, but with `grep` the pieces of a paragraph, as it is shown as a whole.
    """

    def __init__(self, before: int, after: int, event_filter: Filter) -> None:
        self._before = before
        self._after = after
        self._ignored = LIVENESS_TYPES | event_filter.exclude
        self._joins_pieces = event_filter.grep is not None
        self._count = 0
        self._kept: dict[int, _Entry] = {}
        """The last entries, by number: those that are shown if a later one matches, or one of them does by later
        pieces."""
        self._kept_bytes = 0
        self._news: dict[int, _Entry] = {}
        """The entries with records that are to be shown now."""
        self._named: dict[tuple[str | None, str], _Paragraphs] = {}
        """The paragraphs that may be continued, by speaker and message."""
        self._unnamed: dict[str | None, _Paragraphs] = {}
        """Those whose pieces name no message, by speaker."""
        self._last_match: int | None = None
        self._last_shown: int | None = None

    def take(
        self, records: Sequence[Record], matches: Sequence[Record], first_undecided: Record | None = None
    ) -> list[Group]:
        """Take the next records, of which, with earlier ones, `matches` match. Return what is to be shown by now.

        `first_undecided` is the first record that was taken and may turn out to match.
        """
        new, matched = set(map(id, records)), set(map(id, matches))
        alone = [record for record in matches if id(record) not in new and not self._match_earlier(record)]
        for record in records:
            self._add(record, is_match=id(record) in matched)
        follows_others = self._last_shown is not None
        groups = self._groups()
        if alone:  # pieces of a long text whose beginning is forgotten
            groups.insert(0, (follows_others, alone))
        self._forget(first_undecided)
        return groups

    def _match_earlier(self, record: Record) -> bool:
        """Note that a record that was taken before matches. Return whether it has its place, or was shown there."""
        entry = self._paragraph_of(record)
        if entry is None or (not entry.is_shown and entry.number not in self._kept):
            return False
        self._match(entry)
        return True

    def _add(self, record: Record, *, is_match: bool) -> None:
        """Take a record, and note what has to be shown by it."""
        event = record.event if record.type in PIECE_TYPES else None
        is_ignored = record.type in self._ignored or (event is None and self._end_paragraphs(record))
        if is_ignored and not is_match:
            return
        entry = self._new_entry() if event is None else self._continue_paragraph(event)
        if is_match:
            self._match(entry)
        if entry.is_shown:
            self._news[entry.number] = entry
        elif entry.number not in self._kept:
            return
        elif isinstance(record.line, Line):
            entry.size += len(record.line.data)
            self._kept_bytes += len(record.line.data)
        entry.records.append(record)

    def _new_entry(self) -> _Entry:
        follows = self._last_match is not None and self._count - self._last_match <= self._after
        entry = self._kept[self._count] = _Entry(self._count, [], is_shown=follows)
        self._count += 1
        return entry

    def _match(self, entry: _Entry) -> None:
        """Show an entry that matches, with its neighbours as far as they are there and known."""
        number = entry.number
        self._last_match = number if self._last_match is None else max(number, self._last_match)
        entry.is_shown = True
        self._news[number] = entry
        first = max(number - self._before, next(iter(self._kept), number))
        for near in range(first, min(number + self._after + 1, self._count)):
            if (neighbour := self._kept.get(near)) is not None and not neighbour.is_shown:
                neighbour.is_shown = True
                self._news[near] = neighbour

    def _paragraph_of(self, record: Record) -> _Entry | None:
        """Return the paragraph that a record is a piece of, None if it is not known."""
        event = record.event
        return None if event is None else self._paragraphs(event).get((event.type, event.number("block")))

    def _continue_paragraph(self, piece: Event) -> _Entry:
        """Return the paragraph of a piece, which may begin with it."""
        paragraphs, key = self._paragraphs(piece), (piece.type, piece.number("block"))
        if (entry := paragraphs.get(key)) is None:
            entry = paragraphs[key] = self._new_entry()
        return entry

    def _paragraphs(self, piece: Event) -> _Paragraphs:
        """Return the paragraphs of the message of a piece, for changing."""
        if not (message := piece.text("message")):
            return self._unnamed.setdefault(piece.parent, {})
        paragraphs = self._named.setdefault((piece.parent, message), {})
        if len(self._named) > _MAX_MESSAGES:
            del self._named[next(iter(self._named))]
        return paragraphs

    def _end_paragraphs(self, record: Record) -> bool:
        """End the paragraphs that a record ends. Return whether it is a `message` whose pieces were taken."""
        is_message = record.type == "message"
        if not (is_message or self._unnamed) or (event := record.event) is None:
            return False
        unnamed = self._unnamed.pop(event.parent, {}) if ends_unnamed(event) else {}
        if not is_message:
            return False
        name = event.text("id")
        ended = self._named.pop((event.parent, name), {}) if name else unnamed
        return any(kind == "thought" for kind, _ in ended)

    def _groups(self) -> list[Group]:
        """Return the records that are to be shown now."""
        shown = [(entry.number, record) for entry in self._news.values() for record in entry.records]
        shown.sort(key=lambda each: (each[0] if self._joins_pieces else 0, each[1].line.offset))
        groups: list[Group] = []
        for number, record in shown:
            last = self._last_shown
            has_gap = last is not None and number > last + 1
            if has_gap or not groups:
                groups.append((has_gap, []))
            groups[-1][1].append(record)
            self._last_shown = number if last is None else max(last, number)
        for entry in self._news.values():
            self._clear(entry)
        self._news.clear()
        return groups

    def _forget(self, first_undecided: Record | None) -> None:
        """Forget the entries that no match can concern, and the oldest if there are too many."""
        oldest = self._count
        if first_undecided is not None and (entry := self._paragraph_of(first_undecided)) is not None:
            oldest = entry.number
        while self._kept:
            number = next(iter(self._kept))
            is_full = self._kept_bytes > _KEPT_BYTES or len(self._kept) > _KEPT_ENTRIES
            if number >= oldest - self._before and not (is_full and number < self._count - self._before):
                break
            self._clear(self._kept.pop(number))

    def _clear(self, entry: _Entry) -> None:
        """Drop the records of an entry."""
        self._kept_bytes -= entry.size
        entry.records, entry.size = [], 0
