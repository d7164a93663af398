"""Parses the timestamps of files, and durations, into seconds. Pure."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_UNITS = r"(?:(\d{1,15})d)?(?:(\d{1,15})h)?(?:(\d{1,15})m)?(?:(\d{1,15})s)?"
_LEAP = r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:)60(.*)"
_NUMBER = r"\d{1,9}(\.\d*)?"


@lru_cache(maxsize=8)  # a report asks several times for that of one event, one after the other
def parse_timestamp(stamp: str | None) -> float | None:
    """Return an RFC 3339 timestamp in seconds since 1970, None if it is invalid; without an offset it is in UTC.

    >>> parse_timestamp("1970-01-01T00:01:00.500000Z")
    60.5
    """
    try:
        return _seconds(datetime.fromisoformat(stamp)) if stamp else None
    except (ValueError, OverflowError):
        return _parse_unusual(stamp or "")


def _parse_unusual(stamp: str) -> float | None:
    """Parse what RFC 3339 allows but Python refuses: lower-case letters, and a leap second."""
    leap = re.fullmatch(_LEAP, stamp)
    try:
        return _seconds(datetime.fromisoformat(f"{leap[1]}59{leap[2]}" if leap else stamp.upper())) + bool(leap)
    except (ValueError, OverflowError):
        return None


def _seconds(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def utc_datetime(seconds: float | None) -> datetime | None:
    """Return a time in seconds since 1970 as a datetime in UTC; None if it is none, or not in the years 1 to 9999."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def parse_duration(text: str) -> float:
    """Return a duration in seconds: `30m`, `90s`, `1h30m`, `2d`, or a bare number of seconds. Raises ValueError.

    >>> parse_duration("1h30m"), parse_duration("2.5")
    (5400.0, 2.5)
    """
    seconds = float(text) if re.fullmatch(_NUMBER, text) else sum_of_units(text)
    if seconds is None:
        raise ValueError(f'"{text}" is not a duration; use for example 90s, 30m or 1h30m')
    return seconds


def sum_of_units(text: str) -> float | None:
    """Return the seconds in a text such as `1d2h3m4s`, None for any other text."""
    parts = re.fullmatch(_UNITS, text)
    if not text or not parts:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
    except OverflowError:
        return None


def format_timestamp(seconds: float | None) -> str | None:
    """Return a time in seconds since 1970 as an RFC 3339 timestamp in UTC, with milliseconds; None if there is none.

    >>> format_timestamp(1780017619.5)
    '2026-05-29T01:20:19.500Z'
    """
    time = utc_datetime(seconds)
    return None if time is None else timestamp_text(time, "milliseconds")


def timestamp_text(time: datetime, timespec: str = "microseconds") -> str:
    """Return a time with a zone as an RFC 3339 timestamp, to as many digits as `timespec` says: see `isoformat`.

    >>> time = datetime(2026, 5, 29, 1, 20, 19, tzinfo=UTC)
    >>> timestamp_text(time), timestamp_text(time, "auto")
    ('2026-05-29T01:20:19.000000Z', '2026-05-29T01:20:19Z')
    """
    return time.isoformat(timespec=timespec).replace("+00:00", "Z")
