"""The times of events as views show them: in the view's zone, or since the start of the run."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from observer.format.event import Event
from observer.format.timestamps import parse_timestamp, timestamp_text
from observer.format.zone import Zone, clock_text


class TimeFormat(StrEnum):
    """How the time of an event is shown."""

    CLOCK = "clock"
    RELATIVE = "relative"
    NONE = "none"


_Day = tuple[date, timedelta | None]
"""A date, and the offset, which changes on some days."""
_MINUTE = len("2026-11-23T01:12:")
_REST = re.compile(r"[0-5][0-9]\.[0-9]{6}Z")
"""What follows the minute in the timestamps that runtail writes."""
_EXACT_S = 2.0**32
"""Seconds up to which a float holds microseconds, so that a timestamp is the same after it was parsed."""


class _Minute(Struct, frozen=True):
    """A minute of timestamps in UTC that begin with `prefix`, as it is shown: its begin in two forms, and its end."""

    prefix: str
    clock: str
    begin: str
    end: str
    day: _Day


_NO_MINUTE = _Minute("", "", "", "", (date.min, None))


class EventTimes:
    """Formats the times of a run's events in their order, and knows which day and zone have been named so far.

    `now` is in seconds since 1970: a time of today needs no date; with None, no day is today.
    """

    def __init__(self, zone: Zone, form: TimeFormat, now: float | None) -> None:
        self._zone = zone
        self._is_clock, self._is_none = form is TimeFormat.CLOCK, form is TimeFormat.NONE
        self._start: float | None = None
        self._last = now
        self._named: _Day | None = None
        self._minute = _NO_MINUTE
        self._stamp: str | None = None
        self._minute_at_stamp: _Minute | None = None
        self._event: Event | None = None
        self._seconds: float | None = None
        self._datetime: datetime | None = None

    def begin(self, events: Iterable[Event | None]) -> None:
        """Remember when the run began, if these are its first events that have a time, and times count from there."""
        if self._start is None and not self._is_clock:
            times = (self._time(event) for event in events if event is not None)
            self._start = next((time for time in times if time is not None), None)

    def moment(self, event: Event) -> str:
        """Return the time of day and the zone, with the date unless it is today or has just been named."""
        text = self._zone.moment(self._time(event), self._last)
        self.mark_named(event)
        return text

    def mark_named(self, event: Event) -> None:
        """Remember that the date and the zone of an event have been shown."""
        if (day := self._day(event)) is not None:
            self._last, self._named = self._time(event), day

    def new_day(self, event: Event) -> tuple[str, str] | None:
        """Return the day and the zone of an event, if clock times are shown and these two have to be named first."""
        if not self._is_clock:
            return None
        minute = self._minute_of(event.timestamp)
        day = minute.day if minute is not None else self._day(event)
        if day is None or day == self._named:
            return None
        self.mark_named(event)
        return self._zone.day(self._last), self._zone.full_name(self._last)

    def day_and_time(self, event: Event) -> tuple[tuple[str, str] | None, str]:
        """Return `new_day` and `brief` of an event; of most events both are told by their minute."""
        stamp = event.timestamp
        if self._is_clock and stamp and (minute := self._minute_of(stamp)) is not None and minute.day == self._named:
            return None, minute.clock + stamp[_MINUTE : _MINUTE + 2]
        return self.new_day(event), self.brief(event)

    def brief(self, event: Event) -> str:
        """Return the time of an event in a few characters: `14:03:07`, or `+1h02m03s` since the start."""
        if self._is_clock:
            stamp = event.timestamp
            if stamp and (minute := self._minute_of(stamp)) is not None:
                return minute.clock + stamp[_MINUTE : _MINUTE + 2]
            local = self._local(event)
            return "" if local is None else clock_text(local)
        time = self._time(event)
        if self._is_none or time is None or self._start is None:
            return ""
        sign, hours, minutes, seconds = _parts(time - self._start)
        if hours:
            return f"{sign}{hours}h{minutes:02}m{int(seconds):02}s"
        return f"{sign}{minutes}m{int(seconds):02}s" if minutes else f"{sign}{int(seconds)}s"

    def stamp(self, event: Event) -> str:
        """Return the time of an event for a column: a timestamp with its offset, or `+01:02:03.123` since the start."""
        if self._is_clock:
            stamp = event.timestamp
            if stamp and (minute := self._minute_of(stamp)) is not None:
                return f"{minute.begin}{stamp[_MINUTE:-1]}{minute.end}"
            local = self._local(event)
            return timestamp_text(local) if local is not None else event.timestamp or ""
        time = self._time(event)
        if self._is_none or time is None or self._start is None:
            return ""
        sign, hours, minutes, seconds = _parts(time - self._start)
        return f"{sign}{hours:02}:{minutes:02}:{seconds:06.3f}"

    def stamps(self, events: Iterable[Event | None]) -> list[str]:
        """Return `stamp` of each event, empty for none; faster for many than to ask for each."""
        stamps: list[str] = []
        minute = _NO_MINUTE
        for event in events:
            stamp = event.timestamp if event is not None else None
            if stamp and stamp[:_MINUTE] == minute.prefix and _REST.fullmatch(stamp, _MINUTE) is not None:
                stamps.append(f"{minute.begin}{stamp[_MINUTE:-1]}{minute.end}")
            else:
                stamps.append("" if event is None else self.stamp(event))
                minute = self._minute if self._is_clock and self._minute.end else _NO_MINUTE
        return stamps

    def _time(self, event: Event) -> float | None:
        self._look_at(event)
        return self._seconds

    def _local(self, event: Event) -> datetime | None:
        self._look_at(event)
        return self._datetime

    def _minute_of(self, stamp: str | None) -> _Minute | None:
        """Return the minute of a timestamp as runtail writes it, None for any other: converting each takes long."""
        if stamp is self._stamp:  # what is asked twice about an event
            return self._minute_at_stamp
        self._stamp, self._minute_at_stamp = stamp, None
        if stamp is None or _REST.fullmatch(stamp, _MINUTE) is None:
            return None
        if stamp[:_MINUTE] != self._minute.prefix:
            self._minute = self._convert(stamp[:_MINUTE])
        if self._minute.end:
            self._minute_at_stamp = self._minute
        return self._minute_at_stamp

    def _convert(self, prefix: str) -> _Minute:
        """Convert a minute; it has no end if its seconds are not the same in the zone, or it is none."""
        first, last = (parse_timestamp(f"{prefix}{rest}") for rest in ("00.000000Z", "59.999999Z"))
        one, other = self._zone.local(first), self._zone.local(last)
        if first is None or one is None or other is None or not 0 <= first < _EXACT_S:
            return _Minute(prefix, "", "", "", _NO_MINUTE.day)
        begin, end = timestamp_text(one), timestamp_text(other)
        if one.replace(second=59, microsecond=999_999) != other:
            return _Minute(prefix, "", "", "", _NO_MINUTE.day)
        return _Minute(prefix, clock_text(one)[:-2], begin[:_MINUTE], end[26:], _day_of(one))

    def _day(self, event: Event) -> _Day | None:
        local = self._local(event)
        return None if local is None else _day_of(local)

    def _look_at(self, event: Event) -> None:
        """Parse the time of an event, once for all that is asked about it."""
        if event is not self._event:
            self._event = event
            self._seconds = parse_timestamp(event.timestamp)
            self._datetime = self._zone.local(self._seconds)


def _day_of(local: datetime) -> _Day:
    return local.date(), local.utcoffset()


def _parts(duration: float) -> tuple[str, int, int, float]:
    """Return the sign, hours, minutes and seconds of a duration."""
    milliseconds = round(abs(duration) * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return "-" if duration < 0 else "+", minutes // 60, minutes % 60, rest / 1000
