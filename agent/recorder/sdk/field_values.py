"""Reads values of messages whose type nobody has checked: one of another type is treated as if it were missing."""

from typing import Any

_LARGEST = 2**53
"""A larger number cannot be a count, a cost or a time."""


def text_or_none(value: Any) -> str | None:
    """Return a string; None for anything else."""
    return value if isinstance(value, str) else None


def text_of(value: Any) -> str:
    """Return a string; an empty one for anything else."""
    return value if isinstance(value, str) else ""


def number_or_none(value: Any) -> float | None:
    """Return a finite number of a plausible size; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -_LARGEST <= value <= _LARGEST else None


def int_or_none(value: Any) -> int | None:
    """Return a number as a whole one; None for anything else."""
    number = number_or_none(value)
    return None if number is None else int(number)


def count_of(value: Any) -> int:
    """Return a number as a whole one; 0 for anything else."""
    return int_or_none(value) or 0


def list_of(value: Any) -> list[Any]:
    """Return a list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    """Return the strings in a list; none for anything else."""
    return [item for item in list_of(value) if isinstance(item, str)]


def dict_of(value: Any) -> dict[str, Any]:
    """Return an object of JSON; an empty one for anything else."""
    return value if isinstance(value, dict) else {}
