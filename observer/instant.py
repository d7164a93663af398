"""Times as people and files write them, in seconds since 1970. Pure."""

import re
from datetime import datetime, timedelta

_AGO = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def seconds(stamp: str | None) -> float | None:
    """Return an RFC 3339 time in seconds since 1970, or None when it is none.

    >>> seconds("1970-01-01T00:01:00.500000Z")
    60.5
    """
    try:
        return datetime.fromisoformat(stamp).timestamp() if stamp else None
    except (ValueError, OverflowError):
        return None


def moment(text: str, now: float) -> float:
    """Return the time that somebody means: RFC 3339, or how long before `now`, as in `10m`, `2h`, `1d`, `1h30m`.

    A time without a zone is this machine's. Raises ValueError.

    >>> moment("2h", 10_000.0)
    2800.0
    """
    ago = _AGO.fullmatch(text)
    if text and ago:
        days, hours, minutes, rest = (int(part or 0) for part in ago.groups())
        return now - timedelta(days=days, hours=hours, minutes=minutes, seconds=rest).total_seconds()
    found = seconds(text)
    if found is None:
        raise ValueError(f"{text!r} is no time; write 2026-11-23T01:12:30Z, or 10m, 2h, 1d for so long ago")
    return found
