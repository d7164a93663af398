"""Formats times in one time zone, which is named. Pure: the rules of the zone come in as a tzinfo.

Times are in seconds since 1970, as in `timestamps`.
"""

from datetime import UTC as UTC_RULES
from datetime import datetime, tzinfo

from msgspec import Struct

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
        return "" if time is None else _clock(time)

    def date_time(self, seconds: float | None) -> str:
        """Return the date, the time of day and the zone.

        >>> UTC.date_time(1795872019.5)
        '2026-11-28 13:20:19 UTC'
        """
        time = self.local(seconds)
        return "" if time is None else f"{time.date()} {_clock(time)} {label(time)}"

    def moment(self, seconds: float | None, near: float | None) -> str:
        """Return the time of day and the zone, with the date if that is not the day of `near`.

        >>> UTC.moment(1795872019.5, 1795872000), UTC.moment(1795872019.5, 1795972000)
        ('13:20:19 UTC', '2026-11-28 13:20:19 UTC')
        """
        time = self.local(seconds)
        if time is None:
            return ""
        return f"{_clock(time)} {label(time)}" if self.same_day(seconds, near) else self.date_time(seconds)

    def same_day(self, seconds: float | None, other: float | None) -> bool:
        """Return whether two times are known and on the same day."""
        one, two = self.local(seconds), self.local(other)
        return one is not None and two is not None and one.date() == two.date()

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
        return "" if time is None else time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def label(time: datetime) -> str:
    """Return the name of the zone at a time, such as `CEST`; its offset where the zone has no letters for it.

    >>> from datetime import timedelta, timezone
    >>> label(datetime(2026, 11, 28, tzinfo=timezone(timedelta(hours=-3), "-03")))
    'UTC-03:00'
    """
    name = time.tzname() or ""
    return name if name.isalpha() and name.isascii() else f"UTC{time.isoformat(timespec='seconds')[19:]}"


def _clock(time: datetime) -> str:
    return f"{time:%H:%M:%S}"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

UTC = Zone("UTC", UTC_RULES)
