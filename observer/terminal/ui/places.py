"""Where to go in a run: what can be typed behind `:`. Pure."""

import re

from observer.errors import UsageError
from observer.format.zone import Zone
from observer.runs.filters.filter_options import parse_duration_option, parse_since_option
from observer.source.seek import StartPosition

HINT = "a number (812344), a time (14:05, yesterday 08:00) or an age (-10m: before the last event)"
_NUMBER = re.compile(r"#?(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})")


def parse_place(text: str, now: float, zone: Zone, last: float | None) -> StartPosition:
    """Return the position that a text stands for; `last` is the time of the last event. Raises UsageError.

    >>> from observer.format.zone import UTC
    >>> parse_place("4,200", 0.0, UTC, None).seq, parse_place("-10m", 0.0, UTC, 1000.0).since
    (4200, 400.0)
    """
    text = text.strip()
    if match := _NUMBER.fullmatch(text):
        return StartPosition(seq=int(match[1].replace(",", "")))
    try:
        if text.startswith("-"):
            age = parse_duration_option("", text[1:].strip()) or 0.0
            return StartPosition(since=(now if last is None else last) - age)
        return StartPosition(since=parse_since_option("", text, now, zone))
    except UsageError:
        raise UsageError(f"no such place: {text}; use {HINT}") from None
