"""The time zone of a command: the one that was named, or that of the system."""

import os
import time
from contextlib import suppress
from datetime import UTC as UTC_RULES
from datetime import datetime, timedelta, tzinfo

from observer.errors import UsageError
from observer.format.zone import UTC, Zone

_DATABASE = "/usr/share/zoneinfo/"
_SYSTEM_LINK = "/etc/localtime"
_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "UCT", "Etc/UCT", "Universal", "Etc/Universal", "Zulu", "Etc/Zulu"})


class SystemRules(tzinfo):
    """The local time of the operating system, with the offset that holds at each moment.

    The C library knows it whatever TZ looks like, also where there is no database of time zones for Python.
    """

    def fromutc(self, when: datetime) -> datetime:
        """Return a time in UTC as local time."""
        local = when.replace(tzinfo=UTC_RULES).astimezone()
        naive = local.replace(tzinfo=None)
        is_second = naive.astimezone().utcoffset() != local.utcoffset()  # of two times that look alike
        return naive.replace(tzinfo=self, fold=int(is_second))

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        """Return the offset at a local time."""
        return None if when is None else when.replace(tzinfo=None).astimezone().utcoffset()

    def tzname(self, when: datetime | None) -> str | None:
        """Return the abbreviation of the zone at a local time."""
        return None if when is None else when.replace(tzinfo=None).astimezone().tzname()

    def dst(self, when: datetime | None) -> timedelta | None:
        """Return None: the system tells only the whole offset."""


def choose_zone(name: str | None) -> Zone:
    """Return the zone called `name`, an IANA name or UTC; for `local` or none, that of the system. Raises UsageError.

    >>> choose_zone("utc").name
    'UTC'
    """
    if not name or name.lower() == "local":
        return _system_zone()
    if name.upper() == "UTC" or name in _UTC_NAMES:
        return UTC
    rules = _rules_of(name)
    if rules is None:
        raise UsageError(_unknown(name))
    return Zone(name, rules)


def _unknown(name: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    known = available_timezones()
    if not known:
        return (
            f"unknown time zone {name!r}: this system has no database of time zones; "
            "install its package tzdata, or use UTC or local"
        )
    close = get_close_matches(name.title(), sorted(known), 1)
    return f"unknown time zone {name!r}; use UTC, local, or a name such as {close[0] if close else 'Europe/Berlin'}"


def _system_zone() -> Zone:
    if set(time.tzname) <= {"UTC"}:
        return UTC
    name = _system_name()
    return Zone(name or "local time", _rules_of(name) or SystemRules())


def _system_name() -> str:
    """Return the IANA name of the system's zone, empty if it has none that can be known."""
    name = os.environ.get("TZ", "").removeprefix(":")
    if name:
        return name if not name.startswith("/") and os.path.isfile(_DATABASE + name) else ""
    with suppress(OSError):
        return os.readlink(_SYSTEM_LINK).partition("zoneinfo/")[2]
    return ""


def _rules_of(name: str) -> tzinfo | None:
    """Return the rules of a zone in Python's database, which are much faster; None if it has none of that name."""
    if not name:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # also a directory, and a name with characters that no path has
        return None
