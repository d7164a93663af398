"""What the converters of outputs have in common: one stream without companions; its last lines have the sums. Pure."""

from collections import Counter

from observer.dialects.dialect import ForeignEvent
from observer.dialects.records import NO_OBJECT, decode_record, is_blank
from observer.format.fields import Fields


class OutputConverter:
    """Converts one output; see `Converter`. A subclass adds the events of a record to `_events` in `_take`."""

    def __init__(self) -> None:
        self.unknown: Counter[str] = Counter()
        self._events: list[ForeignEvent] = []

    def feed(self, line: bytes, origin: str = "") -> list[ForeignEvent]:
        """Return the events of the next line."""
        record = None if origin else decode_record(line)
        if record is not None:
            self._take(record)
        elif not origin and not is_blank(line):
            self.unknown[NO_OBJECT] += 1
        return self._fetch()

    def skip(self) -> None:
        """Note that lines are left out here: the last ones have the sums."""

    def flush(self) -> list[ForeignEvent]:
        """Return nothing: the figures of what has not ended are not known."""
        return []

    def _take(self, record: Fields) -> None:
        raise NotImplementedError

    def _fetch(self) -> list[ForeignEvent]:
        """Return the events since the last call."""
        events, self._events = self._events, []
        return events
