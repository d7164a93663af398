"""Reads the fields of JSON objects that anybody may have written, each as what it should be. Pure.

A field that is missing or has another type counts as absent, so that no value is hashed, compared or used as an index
before its type is known.
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from msgspec import Meta, Struct

_LARGEST = 1e18
"""The largest number that is used: up to this, adding and rounding are safe."""
LARGEST_INTEGER = 2**53 - 1
"""The largest whole number that every reader of JSON can hold."""
ExactInteger = Annotated[int, Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]
"""The type of such a number in a struct that is decoded from JSON."""
_NUMBERS = (float, int)
"""The types of JSON numbers; `true` is not one, although it is an `int` in Python."""


class FieldAccess:
    """The fields of `data`."""

    __slots__ = ()
    data: dict[str, Any]

    def value(self, key: str) -> Any:
        """Return `data[key]` whatever it is, or None: only to be shown as JSON."""
        return self.data.get(key)

    def text(self, key: str) -> str:
        """Return `data[key]` if it is a string, else an empty one."""
        value = self.data.get(key)
        return value if isinstance(value, str) else ""

    def optional_text(self, key: str) -> str | None:
        """Return `data[key]` if it is a string, which may be empty, else None."""
        value = self.data.get(key)
        return value if isinstance(value, str) else None

    def words(self, key: str) -> str:
        """Return `data[key]` as people read it: a string as it is, anything else as JSON; empty if there is nothing."""
        value = self.data.get(key)
        return value if isinstance(value, str) else compact(value) if value or value == 0 else ""

    def number(self, key: str) -> float | None:
        """Return `data[key]` if it is a number of usable size, else None."""
        return number(self.data.get(key))

    def integer(self, key: str) -> int | None:
        """Return `data[key]` if it is a whole number, else None; see `integer`."""
        return integer(self.data.get(key))

    def whole(self, key: str) -> int | None:
        """Return `data[key]` without its fraction if it is a number, else None; see `integer`."""
        return whole(self.data.get(key))

    def count(self, key: str) -> int | None:
        """Return `data[key]` if it is a whole number that is not negative, else None."""
        value = integer(self.data.get(key))
        return value if value is not None and value >= 0 else None

    def flag(self, key: str) -> bool:
        """Return whether `data[key]` is `true`."""
        return self.data.get(key) is True

    def fields(self, key: str) -> "Fields | None":
        """Return `data[key]` if it is an object, else None."""
        value = self.data.get(key)
        return Fields(value) if isinstance(value, dict) else None

    def object(self, key: str) -> "Fields":
        """Return `data[key]` if it is an object, else an empty one."""
        return as_fields(self.data.get(key))

    def items(self, key: str) -> "list[Fields]":
        """Return the objects in `data[key]`; none if it is not a list."""
        return as_items(self.data.get(key))

    def texts(self, key: str) -> list[str]:
        """Return the strings in `data[key]`; none if it is not a list."""
        return [item for item in self.values(key) if isinstance(item, str)]

    def has_list(self, key: str) -> bool:
        """Return whether `data[key]` is a list, which may be empty."""
        return isinstance(self.data.get(key), list)

    def values(self, key: str) -> list[Any]:
        """Return `data[key]` if it is a list, else an empty one."""
        value = self.data.get(key)
        return value if isinstance(value, list) else []


class Fields(FieldAccess, Struct, frozen=True, gc=False):
    """A JSON object inside of an event."""

    data: dict[str, Any]


NO_FIELDS = Fields({})
"""An object without fields."""


def as_fields(value: Any) -> Fields:
    """Return a value if it is an object, else an empty one."""
    return Fields(value if isinstance(value, dict) else {})


def as_items(value: Any) -> list[Fields]:
    """Return the objects in a value; none if it is not a list."""
    return [Fields(item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def compact(value: Any) -> str:
    """Return any JSON value on one line."""
    try:
        return _compact_encoder()(value)
    except (ValueError, RecursionError, TypeError):
        return repr(type(value))


@cache
def _compact_encoder() -> Callable[[Any], str]:
    import json  # noqa: PLC0415 - rarely needed

    return json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode


def number(value: Any) -> float | None:
    """Return a value if it is a number of usable size, else None.

    >>> number(1.5), number(10**400), number(True), number("1")
    (1.5, None, None, None)
    """
    return value if value.__class__ in _NUMBERS and -_LARGEST < value < _LARGEST else None


def integer(value: Any) -> int | None:
    """Return a value if it is a whole number that every reader of JSON can hold, however it is written, else None.

    >>> integer(5.0), integer(5.5), integer(2**53), integer(True)
    (5, None, None, None)
    """
    if value.__class__ is int:
        return value if -LARGEST_INTEGER <= value <= LARGEST_INTEGER else None
    usable = number(value)
    if usable is None or abs(usable) > LARGEST_INTEGER or usable != int(usable):
        return None
    return int(usable)


def whole(value: Any) -> int | None:
    """Return a number without its fraction; None if it is not one that every reader of JSON can hold.

    >>> whole(5.9), whole(-5.9), whole(1e300), whole("5")
    (5, -5, None, None)
    """
    usable = number(value)
    return None if usable is None else integer(int(usable))
