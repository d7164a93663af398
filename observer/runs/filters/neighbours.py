"""Finds the events before and after matches, as `grep -B` and `-A` do for lines. Pure.

A paragraph counts as one event, whatever the pieces in which it came, and what only shows that a run is alive as none.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from observer.format.event import Record
from observer.runs.filters.filter import LIVENESS_TYPES, PIECE_TYPES, Filter

Group = tuple[bool, list[Record]]
"""Records that follow each other, and whether others were left out before them."""


class _Entry(Struct, gc=False):
    """A record, or the pieces of a paragraph, as far as they were not shown."""

    number: int
    records: list[Record]
    is_match: bool = False
    is_shown: bool = False


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
        self._entries: list[_Entry] = []
        self._texts: dict[tuple[str | None, str, str, float | None], _Entry] = {}
        self._last_match = -1 - after
        self._last_shown: int | None = None

    def take(self, records: Iterable[Record], matches: Sequence[Record]) -> list[Group]:
        """Take the next records, of which, with earlier ones, `matches` match. Return what is to be shown by now."""
        matched = {id(record): record for record in matches}
        for record in records:
            if id(record) in matched or not self._is_ignored(record):
                self._add(record)
        for entry in self._entries:
            for record in entry.records:
                if matched.pop(id(record), None) is not None:
                    entry.is_match = True
        groups = self._groups()
        if matched:  # pieces of a long text whose beginning is forgotten
            groups.insert(0, (self._last_shown is not None, list(matched.values())))
        self._forget()
        return groups

    def _is_ignored(self, record: Record) -> bool:
        """Return whether a record does not count as an event, such as a `message` whose pieces were taken."""
        event = record.event if record.type == "message" else None
        said = event is not None and any(key[:3] == (event.parent, "thought", event.text("id")) for key in self._texts)
        return said or record.type in self._ignored

    def _add(self, record: Record) -> None:
        event = record.event
        if event is None or event.type not in PIECE_TYPES:
            self._append(record)
            return
        key = (event.parent, event.type, event.text("message"), event.number("block"))
        entry = self._texts.get(key) if key[2] else None
        if entry is None:
            self._texts[key] = self._append(record)
        else:
            entry.records.append(record)

    def _append(self, record: Record) -> _Entry:
        entry = _Entry(self._count, [record])
        self._entries.append(entry)
        self._count += 1
        return entry

    def _groups(self) -> list[Group]:
        next_match: list[int | None] = []
        upcoming: int | None = None
        for entry in reversed(self._entries):
            upcoming = entry.number if entry.is_match else upcoming
            next_match.append(upcoming)
        groups: list[Group] = []
        for entry, following in zip(self._entries, reversed(next_match), strict=True):
            self._last_match = entry.number if entry.is_match else self._last_match
            follows = 0 <= entry.number - self._last_match <= self._after
            precedes = following is not None and following - entry.number <= self._before
            entry.is_shown = entry.is_shown or follows or precedes
            if entry.records and entry.is_shown:
                last = self._last_shown
                self._last_shown = entry.number if last is None else max(last, entry.number)
                has_gap = last is not None and entry.number > last + 1
                if has_gap or not groups:
                    groups.append((has_gap, []))
                groups[-1][1].extend(entry.records)
                entry.records = []
        if not self._joins_pieces:
            for _, records in groups:
                records.sort(key=lambda record: record.line.offset)
        return groups

    def _forget(self) -> None:
        """Forget the entries that are too old to be shown, and to be continued."""
        del self._entries[: -max(1, self._before, self._after + 1)]
        if self._entries:
            oldest = self._entries[0].number
            self._texts = {key: entry for key, entry in self._texts.items() if entry.number >= oldest}
