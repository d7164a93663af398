"""Decodes JSON as programs write it, beyond what the standard allows. Pure.

Accepted as well are numbers out of range, NaN and Infinity, which become None, lone surrogates, which programs write
that cut strings, and a byte order mark or NUL bytes around the object.
"""

from math import isfinite
from typing import Any

from msgspec import DecodeError
from msgspec.json import Decoder

MAX_DEPTH = 256
"""The deepest nesting of an event. Beyond it, it would depend on the caller whether decoding or encoding succeeds."""
SHORT = 2 * MAX_DEPTH
"""Bytes of a line that cannot be nested too deeply: what is opened must be closed."""
_BRACKETS = b"{["
BOM = b"\xef\xbb\xbf"
REFUSED = (DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder of standard JSON raises for a line, which a tolerant one may read all the same."""

_CONTAINERS = frozenset({dict, list})
_ANYTHING = Decoder()


def parse_object(data: bytes) -> dict[str, Any] | None:
    """Return the JSON object that `data` holds, None if that is blank. Raises ValueError with the reason if it cannot.

    >>> parse_object(b'{"cost":NaN,"size":1e999}'), parse_object(b"  ")
    ({'cost': None, 'size': None}, None)
    """
    source = without_padding(data)
    if not source.strip():
        return None
    if not is_utf8(source):
        raise ValueError("not UTF-8")
    try:
        value = _parse(source)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - of the text, not of an argument
    if is_nested_deeply(value):
        raise ValueError("nested too deeply")
    return value


def without_padding(data: bytes) -> bytes:
    r"""Return `data` without a byte order mark, and without the NUL bytes that stand where a file lost its content.

    Of text before such a hole, the end is lost, so an object that begins behind the hole is returned instead.

    >>> without_padding(b'\0\0{"seq":1}\0'), without_padding(b'{"seq":1,"ty\0\0{"seq":2}')
    (b'{"seq":1}', b'{"seq":2}')
    """
    if b"\0" in data:
        data = data.strip(b"\0 \t\r\n")
        behind = data[data.rfind(b"\0") + 1 :]
        data = behind if behind.startswith(b"{") else data
    return data.removeprefix(BOM)


def is_nested_deeply(value: Any) -> bool:
    """Return whether a JSON value is nested deeper than `MAX_DEPTH`.

    >>> from functools import reduce
    >>> [is_nested_deeply(reduce(lambda inner, _: {"a": [inner]}, range(count), 1)) for count in (0, 128, 129)]
    [False, False, True]
    """
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        contents = [container.values() if type(container) is dict else container for container in level]
        level = [
            item
            for items in contents
            if not _CONTAINERS.isdisjoint(map(type, items))  # most hold none, which this tells fastest
            for item in items
            if type(item) in _CONTAINERS
        ]
    return bool(level)


def may_be_nested_deeply(data: bytes) -> bool:
    """Return whether JSON has enough brackets to be nested deeper than `MAX_DEPTH`."""
    count = 0
    for bracket in (b"{", b"["):
        index = data.find(bracket)
        while index >= 0:
            count += 1
            if count > MAX_DEPTH:
                return True
            index = data.find(bracket, index + 1)
    return False


def has_many_brackets(line: bytes) -> bool:
    """Do the same as `may_be_nested_deeply`, faster for a line of some size in which there are some brackets."""
    return len(line) - len(line.translate(None, _BRACKETS)) > MAX_DEPTH


def is_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8.

    >>> is_utf8("ä".encode()), is_utf8(b"\\xff")
    (True, False)
    """
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parse(source: bytes) -> Any:
    """Decode any JSON. Raises ValueError and RecursionError."""
    try:
        return _ANYTHING.decode(source)
    except DecodeError as error:
        import json  # noqa: PLC0415 - most lines are standard JSON

        try:
            return json.loads(source.decode(), parse_constant=_unknown, parse_int=_integer, parse_float=_float)
        except ValueError:
            raise ValueError(str(error)) from None


def _unknown(_constant: str) -> None:
    """Stand for NaN and Infinity."""


def _integer(digits: str) -> int | None:
    try:
        return int(digits)
    except ValueError:  # more digits than Python converts
        return None


def _float(digits: str) -> float | None:
    value = float(digits)
    return value if isfinite(value) else None
