"""Text, times, durations and sizes in the output of commands. Pure."""

# ruff: noqa: PLR2004 - the numbers are where a unit ends, each beside its format

import re
from datetime import datetime, timedelta

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
"""The seconds in each unit of a duration."""
_DURATION = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_SIZES = ("kB", "MB", "GB", "TB")


def printable(text: str) -> str:
    r"""Return `text` safe for one line of a terminal: control characters and invisible ones become their escapes.

    >>> printable("a\x1b[31m b\n\u202ec")
    'a\\x1b[31m b\\n\\u202ec'
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def parse_duration(text: str) -> timedelta:
    """Return the duration that a text such as `30d` means. Raises ValueError.

    >>> parse_duration("12h"), parse_duration("2w")
    (datetime.timedelta(seconds=43200), datetime.timedelta(days=14))
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'invalid duration "{printable(text)}"; use a number and a unit: 90m, 12h, 30d or 2w')
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])


def format_duration(duration: timedelta) -> str:
    """Return how long something takes, in its two largest units.

    >>> [format_duration(timedelta(seconds=s)) for s in (-1, 9.6, 61, 3725, 90000, 864000)]
    ['0s', '9s', '1m 01s', '1h 02m', '1d 1h', '10d 0h']
    """
    seconds = max(0, int(duration.total_seconds()))
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m {seconds % 60:02}s"
    if seconds < 86_400:
        return f"{seconds // 3600}h {seconds % 3600 // 60:02}m"
    return f"{seconds // 86_400}d {seconds % 86_400 // 3600}h"


def format_since(since: datetime, now: datetime) -> str:
    """Return a time with its zone and how long ago it was; the date only if it was on another day. Both have a zone.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)
    >>> format_since(now.replace(hour=15, minute=58), now), format_since(now.replace(day=27), now)
    ('15:58 UTC (1h 02m)', '2026-11-27 17:00 UTC (2d 0h)')
    """
    form = "%H:%M %Z" if since.date() == now.date() else "%Y-%m-%d %H:%M %Z"
    return f"{since:{form}} ({format_duration(now - since)})"


def format_size(count: float) -> str:
    """Return a number of bytes, in powers of ten.

    >>> [format_size(n) for n in (0, 999, 1234, 20_000_000)]
    ['0 B', '999 B', '1.2 kB', '20 MB']
    """
    if count < 1000:
        return f"{count:.0f} B"
    for unit in _SIZES:
        count /= 1000
        if count < 999.5 or unit == _SIZES[-1]:
            break
    return f"{count:.1f} {unit}" if count < 9.95 else f"{count:.0f} {unit}"


def pluralize(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> pluralize(1, "run"), pluralize(1200, "run")
    ('1 run', '1,200 runs')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
