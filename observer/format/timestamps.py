"""Times as people and files write them, in seconds since 1970. Pure."""

import re
from datetime import datetime, timedelta

_UNITS = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_LEAP = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:)60(.*)")
_NUMBER = re.compile(r"\d{1,9}(\.\d*)?")


def parse_timestamp(stamp: str | None) -> float | None:
    """Return an RFC 3339 time in seconds since 1970, or None when it is none.

    >>> parse_timestamp("1970-01-01T00:01:00.500000Z")
    60.5
    """
    try:
        return datetime.fromisoformat(stamp).timestamp() if stamp else None
    except (ValueError, OverflowError):
        return _rarely(stamp or "")


def _rarely(stamp: str) -> float | None:
    """What RFC 3339 allows and Python refuses: small letters, and the sixtieth second."""
    leap = _LEAP.fullmatch(stamp)
    try:
        return datetime.fromisoformat(f"{leap[1]}59{leap[2]}" if leap else stamp.upper()).timestamp() + bool(leap)
    except (ValueError, OverflowError):
        return None


def parse_time(text: str, now: float) -> float:
    """Return the time that somebody means: RFC 3339, or how long before `now`, as in `10m`, `2h`, `1d`, `1h30m`.

    A time without a zone is this machine's. Raises ValueError.

    >>> parse_time("2h", 10_000.0)
    2800.0
    """
    ago = _units(text)
    if ago is not None:
        return now - ago
    found = parse_timestamp(text)
    if found is None:
        raise ValueError(f"{text!r} is no time; write 2026-11-23T01:12:30Z, or 10m, 2h, 1d for so long ago")
    return found


def parse_duration(text: str) -> float:
    """Return a length of time in seconds: `30m`, `90s`, `1h30m`, `2d`, or a bare number of seconds. Raises ValueError.

    >>> parse_duration("1h30m"), parse_duration("2.5")
    (5400.0, 2.5)
    """
    found = float(text) if _NUMBER.fullmatch(text) else _units(text)
    if found is not None:
        return found
    raise ValueError(f"{text!r} is no length of time; write 90s, 30m or 1h30m")


def _units(text: str) -> float | None:
    """The seconds of `1d2h3m4s`, or None when it is no such thing."""
    parts = _UNITS.fullmatch(text)
    if not text or not parts:
        return None
    days, hours, minutes, rest = (int(part or 0) for part in parts.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=rest).total_seconds()
    except OverflowError:
        return None
