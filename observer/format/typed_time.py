"""Parses times as people type them, in the zone in which times are shown. Pure.

A text names a span: a day, a second, or a moment. Reading starts with the first moment of a span and stops after its
last, so a time that is typed as it was shown finds what was shown with it.
"""

import re
from datetime import UTC as UTC_RULES
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from observer.format.timestamps import sum_of_units
from observer.format.zone import UTC, Zone, change_between, label

_TEXT = (
    r"(?:(?P<word>[a-z]+)(?:,? |$))?"
    r"(?P<date>\d{4}-\d\d-\d\d)?"
    r"(?:[t ]?(?P<clock>\d\d?:\d\d(?::\d\d(?P<fraction>[.]\d{1,9})?)?)"
    r"(?: ?(?P<zone>z|[a-z]{2,5}|(?:utc|gmt)?[+-]\d\d(?::?\d\d)?))?)?"
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MIN_DAY_LETTERS = 3
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_SECOND = 1.0
_TICK = 1e-6
"""The precision of timestamps: what ends before a moment ends this long before it."""


class _Typed(Struct, frozen=True):
    """The parts of a text: a day or a day of the week, a time of day, and a zone or its abbreviation."""

    day: date | None
    weekday: int | None
    clock: time | None
    is_exact: bool
    """Whether the time has a fraction, so that it names a moment and not a second."""
    zone: Zone
    label: str


def parse_since(text: str, now: float, zone: Zone = UTC) -> float:
    """Return the first moment of what a text names, in seconds since 1970. Raises ValueError.

    A time of day alone, or on a day of the week, is the last one that is not after `now`.

    >>> UTC.date_time(parse_since("08:00", 1795872019.5)), UTC.date_time(parse_since("fri 14:00", 1795872019.5))
    ('2026-11-28 08:00:00 UTC', '2026-11-27 14:00:00 UTC')
    """
    moment = _parse_relative(text, now)
    if moment is not None:
        return moment
    typed, today = _parse_at(text, now, zone)
    start, _ = _span(typed, typed.day or today, text)
    if typed.day is None and start > now:
        start, _ = _span(typed, today - (_DAY if typed.weekday is None else _WEEK), text)
    return start


def parse_until(text: str, now: float, zone: Zone = UTC, since: float | None = None) -> float:
    """Return the last moment of what a text names, in seconds since 1970. Raises ValueError.

    A time of day alone, or on a day of the week, is the first one after `since`; without `since`, it is that of today,
    or of the last such day.

    >>> UTC.date_time(parse_until("yesterday", 1795872019.5)), UTC.date_time(parse_until("8:00", 1795872019.5))
    ('2026-11-27 23:59:59 UTC', '2026-11-28 08:00:00 UTC')
    """
    moment = _parse_relative(text, now)
    if moment is not None:
        return moment
    typed, day = _parse_at(text, now, zone)
    step = _DAY if typed.weekday is None else _WEEK
    if typed.day is None and since is not None:
        first = typed.zone.local(since)
        day = day if first is None else first.date()
        if typed.weekday is not None:
            day += timedelta(days=(typed.weekday - day.weekday()) % 7)
    _, end = _span(typed, typed.day or day, text)
    if typed.day is None and since is not None and end < since:
        _, end = _span(typed, day + step, text)
    return end


def _parse_relative(text: str, now: float) -> float | None:
    age = sum_of_units(text.lower().removesuffix(" ago").strip())
    return now if text.lower().strip() == "now" else None if age is None else now - age


def _parse_at(text: str, now: float, zone: Zone) -> tuple[_Typed, date]:
    """Return the parts of a text, and today or the last day that is of its day of the week."""
    try:
        typed = _parse(text, now, zone)
        local = typed.zone.local(now)
        today = date.min if local is None else local.date()
        return typed, today - timedelta(days=0 if typed.weekday is None else (today.weekday() - typed.weekday) % 7)
    except (ValueError, OverflowError):
        raise ValueError(
            f'"{text}" is not a time; use for example 08:00, friday, "yesterday 08:00", 2026-11-23, '
            '"2026-11-23 01:12:30", 2026-11-23T01:12:30Z, or an age such as 10m, 2h or 1d'
        ) from None


def _parse(text: str, now: float, zone: Zone) -> _Typed:
    match = re.fullmatch(_TEXT, " ".join(text.lower().split()), re.ASCII)
    if match is None or not any(match.group("word", "date", "clock")):
        raise ValueError
    chosen, abbreviation = _parse_zone(match["zone"] or "", zone)
    local = chosen.local(now)
    day = date.fromisoformat(match["date"]) if match["date"] else None
    weekday = None
    if (word := match["word"]) in {"today", "yesterday"} and day is None and local is not None:
        day = local.date() - (_DAY if word == "yesterday" else timedelta())
    elif word is not None:
        (weekday,) = (n for n, name in enumerate(_DAYS) if name.startswith(word) and len(word) >= _MIN_DAY_LETTERS)
        if day is not None and day.weekday() != weekday:
            raise ValueError
    clock = _parse_clock(match["clock"]) if match["clock"] else None
    return _Typed(day, weekday, clock, bool(match["fraction"]), chosen, abbreviation)


def _parse_clock(text: str) -> time:
    hours, _, rest = text.partition(":")
    rest = rest[:3] + "59" if rest[3:5] == "60" else rest  # a leap second
    return time.fromisoformat(f"{hours:0>2}:{rest[:12]}")


def _parse_zone(text: str, zone: Zone) -> tuple[Zone, str]:
    """Return the zone that follows a time; an abbreviation is returned as such, for it depends on the time."""
    if not text:
        return zone, ""
    if text in {"z", "utc", "gmt"}:
        return UTC, ""
    if text[-1].isdecimal():
        offset = text.lstrip("utcgm")
        return Zone(offset, datetime.fromisoformat(f"2000-01-01T00:00{offset}").tzinfo or UTC_RULES), ""
    return zone, text.upper()


def _span(typed: _Typed, day: date, text: str) -> tuple[float, float]:
    """Return the first and the last moment of a time on a day; of a time that occurs twice, both are meant."""
    try:
        if typed.clock is None:
            return _first(typed, day, time()), _first(typed, day + _DAY, time()) - _TICK
        moments = _moments(typed, day, typed.clock)
    except (ValueError, OverflowError):
        raise ValueError(f'"{text}" is not in the years 1 to 9999') from None
    if not moments:
        raise ValueError(
            f'"{text}": {typed.label} is not what {typed.zone.name} is called then; '
            "leave it out, or use UTC or an offset such as -05:00"
        )
    return moments[0], moments[-1] + (0.0 if typed.is_exact else _SECOND - _TICK)


def _first(typed: _Typed, day: date, clock: time) -> float:
    return _moments(typed, day, clock)[0]


def _moments(typed: _Typed, day: date, clock: time) -> list[float]:
    """Return the moments at which clocks show a time: none, one, or two where they are turned back.

    Of a time that is skipped, it is the moment at which clocks are turned forward.
    """
    zone = typed.zone
    naive = datetime.combine(day, clock)
    moments = sorted({naive.replace(tzinfo=zone.rules, fold=fold).timestamp() for fold in (0, 1)})
    shown = zone.local(moments[0])
    if shown is not None and shown.replace(tzinfo=None, fold=0) != naive:
        return [change_between(zone, *moments)]
    locals_ = [(moment, zone.local(moment)) for moment in moments]
    return [moment for moment, local in locals_ if not typed.label or (local and label(local) == typed.label)]
