"""The times of events as views show them: in the view's zone, or since the start of the run."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from observer.format.event import Event
from observer.format.timestamps import parse_timestamp
from observer.format.zone import Zone, clock_text, timestamp_text


class TimeFormat(StrEnum):
    """How the time of an event is shown."""

    CLOCK = "clock"
    RELATIVE = "relative"
    NONE = "none"


class EventTimes:
    """Formats the times of a run's events in their order, and knows which day and zone have been named so far.

    `now` is in seconds since 1970: a time of today needs no date; with None, no day is today.
    """

    def __init__(self, zone: Zone, form: TimeFormat, now: float | None) -> None:
        self._zone = zone
        self._form = form
        self._start: float | None = None
        self._last = now
        self._named: tuple[date, timedelta | None] | None = None
        self._event: Event | None = None
        self._seconds: float | None = None
        self._datetime: datetime | None = None

    def begin(self, event: Event) -> None:
        """Remember when the run began, if this is its first event."""
        if self._start is None:
            self._start = self._time(event)

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
        if self._form is not TimeFormat.CLOCK or self._day(event) in {None, self._named}:
            return None
        self.mark_named(event)
        return self._zone.day(self._last), self._zone.full_name(self._last)

    def brief(self, event: Event) -> str:
        """Return the time of an event in a few characters: `14:03:07`, or `+1h02m03s` since the start."""
        if self._form is TimeFormat.CLOCK:
            local = self._local(event)
            return "" if local is None else clock_text(local)
        time = self._time(event)
        if self._form is TimeFormat.NONE or time is None or self._start is None:
            return ""
        sign, hours, minutes, seconds = _parts(time - self._start)
        if hours:
            return f"{sign}{hours}h{minutes:02}m{int(seconds):02}s"
        return f"{sign}{minutes}m{int(seconds):02}s" if minutes else f"{sign}{int(seconds)}s"

    def stamp(self, event: Event) -> str:
        """Return the time of an event for a column: a timestamp with its offset, or `+01:02:03.123` since the start."""
        if self._form is TimeFormat.CLOCK:
            local = self._local(event)
            return timestamp_text(local) if local is not None else event.timestamp or ""
        time = self._time(event)
        if self._form is TimeFormat.NONE or time is None or self._start is None:
            return ""
        sign, hours, minutes, seconds = _parts(time - self._start)
        return f"{sign}{hours:02}:{minutes:02}:{seconds:06.3f}"

    def _time(self, event: Event) -> float | None:
        self._look_at(event)
        return self._seconds

    def _local(self, event: Event) -> datetime | None:
        self._look_at(event)
        return self._datetime

    def _day(self, event: Event) -> tuple[date, timedelta | None] | None:
        """Return the date of an event, and the offset, which changes on some days."""
        local = self._local(event)
        return None if local is None else (local.date(), local.utcoffset())

    def _look_at(self, event: Event) -> None:
        """Parse the time of an event, once for all that is asked about it."""
        if event is not self._event:
            self._event = event
            self._seconds = parse_timestamp(event.timestamp)
            self._datetime = self._zone.local(self._seconds)


def _parts(duration: float) -> tuple[str, int, int, float]:
    """Return the sign, hours, minutes and seconds of a duration."""
    milliseconds = round(abs(duration) * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return "-" if duration < 0 else "+", minutes // 60, minutes % 60, rest / 1000
