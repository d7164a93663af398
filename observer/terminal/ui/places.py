"""Where to go in a run: what can be typed behind `:`, and why that leads elsewhere. Pure."""

import re

from msgspec import Struct

from observer.errors import UsageError
from observer.format.zone import Zone
from observer.runs.filters.filter_options import parse_duration_option, parse_since_option
from observer.source.seek import StartPosition

HINT = "a number (812344), a time (14:05, yesterday 08:00) or an age (-10m: before the last event)"
_NUMBER = re.compile(r"#?(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})")
_CLOCK = re.compile(r"\d\d?:\d\d")


class Moments(Struct, frozen=True, kw_only=True):
    """What typed times count from, in seconds since 1970: the time now, the last event's, and the selected event's."""

    now: float
    last: float | None = None
    selected: float | None = None


class Landmark(Struct, frozen=True):
    """An event as a place: its number, its type, and its time in seconds since 1970."""

    seq: int | None
    type: str
    time: float | None


class Landmarks(Struct, frozen=True):
    """The events around a place: the one there, the first and the last one of the run; None if there is none.

    `shown` are the numbers of the events of the entry that is selected then.
    """

    there: Landmark | None
    first: Landmark | None
    last: Landmark | None
    shown: frozenset[int]


def parse_place(text: str, moments: Moments, zone: Zone) -> StartPosition:
    """Return the position that a text stands for; a time alone is on the day of the selected event. Raises UsageError.

    >>> from observer.format.zone import UTC
    >>> moments = Moments(now=0.0, last=1000.0)
    >>> parse_place("4,200", moments, UTC).seq, parse_place("-10m", moments, UTC).since
    (4200, 400.0)
    """
    text = text.strip()
    if match := _NUMBER.fullmatch(text):
        return StartPosition(seq=int(match[1].replace(",", "")))
    now = moments.now
    try:
        if text.startswith("-"):
            age = parse_duration_option("", text[1:].strip()) or 0.0
            return StartPosition(since=(now if moments.last is None else moments.last) - age)
        day = zone.local(now if moments.selected is None else moments.selected)
        if day is not None and _CLOCK.match(text):
            return StartPosition(since=parse_since_option("", f"{day.date()} {text}", now, zone))
        return StartPosition(since=parse_since_option("", text, now, zone))
    except UsageError:
        raise UsageError(f"no such place: {text}; use {HINT}") from None


def explain_arrival(position: StartPosition, landmarks: Landmarks, zone: Zone, now: float) -> str:
    """Return why another event is selected than the one that was asked for; empty if it is that one, or the next."""
    there, first, last = landmarks.there, landmarks.first, landmarks.last
    if last is None:
        return "no events"
    if position.since is not None:
        asked = zone.moment(position.since, now)
        if there is None:
            return f"no event at {asked} or later: the last one was at {zone.moment(last.time, now)}"
        if first is not None and first.time is not None and position.since < first.time:
            return f"no event at {asked} or before: the first one was at {zone.moment(first.time, now)}"
        return ""
    missing = f"no event {position.seq:,}"
    if there is None:
        return f"{missing}: " + ("they have no numbers" if last.seq is None else f"the last one is {last.seq:,}")
    if there.seq is not None and there.seq != position.seq:
        return f"{missing}: the {'first' if there == first else 'next'} one is {there.seq:,}"
    if position.seq in landmarks.shown:
        begin, end = min(landmarks.shown), max(landmarks.shown)
        is_first = position.seq == begin
        return "" if is_first else f"event {position.seq:,} is a part of this entry (events {begin:,} to {end:,})"
    return f"event {position.seq:,} is hidden ({there.type.replace('_', ' ')})"
