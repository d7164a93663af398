"""The times of events as views show them: in the view's zone, or since the start of the run."""

from enum import StrEnum

from observer.format.event import Event
from observer.format.timestamps import parse_timestamp
from observer.format.zone import Zone


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
        self._named: tuple[str, str] | None = None

    def begin(self, event: Event) -> None:
        """Remember when the run began, if this is its first event."""
        if self._start is None:
            self._start = parse_timestamp(event.timestamp)

    def moment(self, event: Event) -> str:
        """Return the time of day and the zone, with the date unless it is today or has just been named."""
        time = parse_timestamp(event.timestamp)
        text = self._zone.moment(time, self._last)
        self.mark_named(event)
        return text

    def mark_named(self, event: Event) -> None:
        """Remember that the date and the zone of an event have been shown."""
        time = parse_timestamp(event.timestamp)
        if day := self._zone.day(time):
            self._last, self._named = time, (day, self._zone.full_name(time))

    def new_day(self, event: Event) -> tuple[str, str] | None:
        """Return the day and the zone of an event, if clock times are shown and these two have to be named first."""
        time = parse_timestamp(event.timestamp)
        before = self._named
        if self._form is TimeFormat.CLOCK and self._zone.day(time):
            self.mark_named(event)
        return None if self._named == before else self._named

    def brief(self, event: Event) -> str:
        """Return the time of an event in a few characters: `14:03:07`, or `+1h02m03s` since the start."""
        time = parse_timestamp(event.timestamp)
        if self._form is TimeFormat.CLOCK:
            return self._zone.clock(time)
        if self._form is TimeFormat.NONE or time is None or self._start is None:
            return ""
        sign, hours, minutes, seconds = _parts(time - self._start)
        if hours:
            return f"{sign}{hours}h{minutes:02}m{int(seconds):02}s"
        return f"{sign}{minutes}m{int(seconds):02}s" if minutes else f"{sign}{int(seconds)}s"

    def stamp(self, event: Event) -> str:
        """Return the time of an event for a column: a timestamp with its offset, or `+01:02:03.123` since the start."""
        time = parse_timestamp(event.timestamp)
        if self._form is TimeFormat.CLOCK:
            return self._zone.timestamp(time) or event.timestamp or ""
        if self._form is TimeFormat.NONE or time is None or self._start is None:
            return ""
        sign, hours, minutes, seconds = _parts(time - self._start)
        return f"{sign}{hours:02}:{minutes:02}:{seconds:06.3f}"


def _parts(duration: float) -> tuple[str, int, int, float]:
    """Return the sign, hours, minutes and seconds of a duration."""
    milliseconds = round(abs(duration) * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return "-" if duration < 0 else "+", minutes // 60, minutes % 60, rest / 1000
