"""Formats times in one time zone, which is named. Pure: the rules of the zone come in as a tzinfo.

Times are in seconds since 1970, as in `timestamps`.
"""

import math
from datetime import UTC as UTC_RULES
from datetime import datetime, tzinfo

from msgspec import Struct

from observer.format.timestamps import timestamp_text

_SAMPLE_S, _MAX_SAMPLES = 86_400.0, 5_000
"""How often the offset of a zone is looked at, and how many times at most, however long the time is."""
UNKNOWN = "..:..:.."
"""Stands for the time of day where it is not known, so that columns stay aligned."""


class Zone(Struct, frozen=True):
    """A time zone: its name for people, such as `Europe/Berlin`, and its rules.

    A time that is None or not in the years 1 to 9999 has no text: the functions return an empty one.
    """

    name: str
    rules: tzinfo

    def local(self, seconds: float | None) -> datetime | None:
        """Return a time as a datetime in the zone."""
        try:
            return None if seconds is None else datetime.fromtimestamp(seconds, self.rules)
        except (ValueError, OverflowError, OSError):
            return None

    def full_name(self, seconds: float | None) -> str:
        """Return the name of the zone, with what it is called at a time: `Europe/Berlin (CEST)`."""
        time = self.local(seconds)
        return self.name if time is None or label(time) == self.name else f"{self.name} ({label(time)})"

    def clock(self, seconds: float | None) -> str:
        """Return the time of day alone, for columns and lines below a text that names the day and the zone.

        >>> UTC.clock(1795872019.5)
        '13:20:19'
        """
        time = self.local(seconds)
        return "" if time is None else clock_text(time)

    def date_time(self, seconds: float | None) -> str:
        """Return the date, the time of day and the zone.

        >>> UTC.date_time(1795872019.5)
        '2026-11-28 13:20:19 UTC'
        """
        time = self.local(seconds)
        return "" if time is None else f"{time.date()} {clock_text(time)} {label(time)}"

    def moment(self, seconds: float | None, near: float | None) -> str:
        """Return the time of day and the zone, with the date if that is not the day of `near`.

        >>> UTC.moment(1795872019.5, 1795872000), UTC.moment(1795872019.5, 1795972000)
        ('13:20:19 UTC', '2026-11-28 13:20:19 UTC')
        """
        time = self.local(seconds)
        if time is None:
            return ""
        return f"{clock_text(time)} {label(time)}" if self.same_day(seconds, near) else self.date_time(seconds)

    def same_day(self, seconds: float | None, other: float | None) -> bool:
        """Return whether two times are known, on the same day, and clocks were not changed between them."""
        one, two = self.local(seconds), self.local(other)
        if one is None or two is None:
            return False
        return (one.date(), one.utcoffset()) == (two.date(), two.utcoffset())

    def column(self, times: list[float | None], near: float | None) -> list[str]:
        """Return times as texts of equal kind, for a list: each with its date unless all are on the day of `near`.

        >>> UTC.column([1795872019.5, None], 1795872000)
        ['13:20:19 UTC', '..:..:..']
        """
        dated = any(self.local(time) is not None and not self.same_day(time, near) for time in times)
        return [(self.date_time(time) if dated else self.moment(time, near)) or UNKNOWN for time in times]

    def day(self, seconds: float | None) -> str:
        """Return the day of the week and the date.

        >>> UTC.day(1795872019.5)
        'Saturday, 2026-11-28'
        """
        time = self.local(seconds)
        return "" if time is None else f"{_DAYS[time.weekday()]}, {time.date()}"

    def timestamp(self, seconds: float | None) -> str:
        """Return an RFC 3339 timestamp with microseconds and the offset of the zone.

        >>> UTC.timestamp(1795872019.5)
        '2026-11-28T13:20:19.500000Z'
        """
        time = self.local(seconds)
        return "" if time is None else timestamp_text(time)


class Span(Struct, frozen=True):
    """A time from which on an offset from UTC, in minutes, and a name hold."""

    begin: float
    offset: float
    label: str


def spans_between(zone: Zone, first: float, last: float) -> list[Span]:
    """Return the offsets of a zone from `first` to `last`, the earliest first, for programs that do not know its rules.

    >>> [(span.offset, span.label) for span in spans_between(UTC, 0.0, 1e9)]
    [(0.0, 'UTC')]
    """
    spans: list[Span] = []
    step = max(_SAMPLE_S, (last - first) / _MAX_SAMPLES)
    at = first
    while at < last + step:
        time = zone.local(min(at, last))
        if time is not None:
            span = Span(min(at, last), _minutes(time), label(time))
            if spans and spans[-1].offset != span.offset:
                span = Span(change_between(zone, at - step, span.begin), span.offset, span.label)
            if not spans or (spans[-1].offset, spans[-1].label) != (span.offset, span.label):
                spans.append(span)
        at += step
    return spans


def change_between(zone: Zone, before: float, after: float) -> float:
    """Return the second at which the offset of a zone changes, as it does between two times."""
    low, high = math.floor(before), math.ceil(after)
    offset = zone.rules.utcoffset(datetime.fromtimestamp(before, zone.rules))
    while high - low > 1:
        middle = (low + high) // 2
        if zone.rules.utcoffset(datetime.fromtimestamp(middle, zone.rules)) == offset:
            low = middle
        else:
            high = middle
    return float(high)


def _minutes(time: datetime) -> float:
    offset = time.utcoffset()
    return 0.0 if offset is None else offset.total_seconds() / 60


def label(time: datetime) -> str:
    """Return the name of the zone at a time, such as `CEST`; its offset where the zone has no letters for it.

    >>> from datetime import timedelta, timezone
    >>> label(datetime(2026, 11, 28, tzinfo=timezone(timedelta(hours=-3), "-03")))
    'UTC-03:00'
    """
    name = time.tzname() or ""
    return name if name.isalpha() and name.isascii() else f"UTC{time.isoformat(timespec='seconds')[19:]}"


def clock_text(time: datetime) -> str:
    """Return the time of day."""
    return time.isoformat()[11:19]


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

UTC = Zone("UTC", UTC_RULES)
