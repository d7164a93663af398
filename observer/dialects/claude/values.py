"""Reads values of records that are not checked: one of another type is treated as if it were missing. Pure."""

import json
from datetime import UTC, datetime
from typing import Any

from observer.dialects import event_data
from observer.dialects.dialect import ForeignEvent
from observer.dialects.records import decode_record
from observer.format.fields import integer, number

_MAX_QUOTED_CHARS = 200


def parse_record(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object in a line, whose texts are Unicode; None if it is anything else."""
    record = decode_record(line)
    return None if record is None else record.data


def malformed_line(line: bytes) -> ForeignEvent:
    """Return the event for a line that is not a record."""
    text = line.decode(errors="replace").rstrip("\r\n")
    quoted = text if len(text) <= _MAX_QUOTED_CHARS else f"{text[:_MAX_QUOTED_CHARS]} [... {len(line)} bytes]"
    message = f"a line of the input is not an event: {quoted}"
    return ForeignEvent("error", event_data.error(message, "malformed_line"))


def text_or_none(value: Any) -> str | None:
    """Return a string; None for anything else."""
    return value if isinstance(value, str) else None


def text_of(value: Any) -> str:
    """Return a string; an empty one for anything else."""
    return value if isinstance(value, str) else ""


def number_or_none(value: Any) -> float | None:
    """Return a number of usable size; None for anything else."""
    return number(value)


def int_or_none(value: Any) -> int | None:
    """Return a number as a whole one; None for anything else."""
    usable = number(value)
    return None if usable is None else integer(int(usable))


def count_of(value: Any) -> int:
    """Return a number as a whole one; 0 for anything else."""
    return int_or_none(value) or 0


def texts(value: Any) -> list[str]:
    """Return the strings in a list; none for anything else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def dict_of(value: Any) -> dict[str, Any]:
    """Return an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def dicts_of(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list; none for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def input_of(value: Any) -> dict[str, Any]:
    """Return the input of a call, which must be an object."""
    return value if isinstance(value, dict) else {"malformed": value}


def compact(value: Any) -> str:
    """Return any value as JSON."""
    return json.dumps(value, ensure_ascii=False, default=str)


def elapsed_ms(begin: str | None, end: str | None) -> int | None:
    """Return the time between two timestamps in milliseconds; None if one is missing. Never negative."""
    start, stop = _time(begin), _time(end)
    if start is None or stop is None:
        return None
    return max(0, round((stop - start).total_seconds() * 1000))


def _time(value: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time
