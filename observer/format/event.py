"""Decodes one line of a run file into an event. Nothing here raises: a line without an event is `Malformed`. Pure.

Decoding is tolerant, field by field: unknown keys and types, missing fields and fields of another type, and objects
that quite different programs wrote all become events. `type_of` and `keys_of` return what `decode` would, without
building the rest. A line has an event if it is UTF-8 and a JSON object.
"""

import json
from math import isfinite
from typing import Any, TypeVar

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder

from observer.format.lines import Line, Oversize

BOM = b"\xef\xbb\xbf"
PREVIEW = 160
"""Bytes of a malformed line that are kept for display."""

_LARGEST = 1e18
"""The largest number that is used: up to this, adding and rounding are safe."""
_REFUSED = (DecodeError, UnicodeDecodeError, RecursionError)

T = TypeVar("T")


class Event(Struct, frozen=True, gc=False):
    """One event. A field that is missing from the line or has another type is None; `type` is empty then."""

    line: Line
    type: str
    data: dict[str, Any]
    """The line's `data`; if it has none, all keys that the format does not define."""
    seq: int | None = None
    timestamp: str | None = None
    run: str | None = None
    phase: str | None = None
    iteration: int | None = None
    parent: str | None = None

    def text(self, key: str) -> str:
        """Return `data[key]` if it is a string, else an empty one."""
        value = self.data.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> float | None:
        """Return `data[key]` if it is a number of usable size, else None."""
        return number(self.data.get(key))


def number(value: Any) -> float | None:
    """Return a value if it is a number of usable size, else None.

    >>> number(1.5), number(10**400), number(True), number("1")
    (1.5, None, None, None)
    """
    usable = isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST < value < _LARGEST
    return value if usable else None


class Malformed(Struct, frozen=True):
    """A line without an event: its offset and length in bytes, the reason, and how it begins."""

    offset: int
    length: int
    reason: str
    preview: str


class Keys(Struct, gc=False):
    """The keys by which the lines of a file are ordered; None for one that a line lacks."""

    seq: int | None = None
    timestamp: str | None = None


class Record(Struct, eq=False, gc=False):
    """A line on its way from a source to a view; decoded on first use, and only once."""

    line: Line | Oversize
    _decoded: Event | Malformed | None = None
    _type: str | None = None
    stalled_s: float | None = None
    """Seconds of a stall that the event ends, if trouble was looked for and it ends one."""

    @property
    def decoded(self) -> Event | Malformed | None:
        """The result of `decode` for the line; None for a line that is too long to keep."""
        if self._decoded is None and isinstance(self.line, Line):
            self._decoded = decode(self.line)
        return self._decoded

    @property
    def event(self) -> Event | None:
        """The event on the line, or None."""
        decoded = self.decoded
        return decoded if isinstance(decoded, Event) else None

    @property
    def type(self) -> str:
        """The event's type, empty if there is no event; cheaper than the whole event."""
        if self._type is None:
            if isinstance(self._decoded, Event):
                self._type = self._decoded.type
            else:
                self._type = type_of(self.line) if isinstance(self.line, Line) else ""
        return self._type


class _Envelope(Struct, gc=False, forbid_unknown_fields=True):  # else unknown fields would be skipped, not decoded
    type: str
    data: dict[str, Any]
    seq: int | None = None
    timestamp: str | None = None
    run: str | None = None
    phase: str | None = None
    iteration: int | None = None
    parent: str | None = None


class _Type(Struct, gc=False):
    type: str = ""


_ENVELOPE = Decoder(_Envelope)
_TYPE = Decoder(_Type)
_KEYS = Decoder(Keys)
_ANYTHING = Decoder()
_KNOWN_KEYS = frozenset(_Envelope.__struct_fields__)


def decode(line: Line) -> Event | Malformed | None:
    """Return the event on a line, `Malformed` if there is none, None for a blank line."""
    source = line.data if line.offset else json_of(line)
    try:
        envelope = _ENVELOPE.decode(source)
    except _REFUSED as error:
        return _decode_by_field(line, source, error) if source.strip() else None
    return Event(
        line,
        envelope.type,
        envelope.data,
        envelope.seq,
        envelope.timestamp,
        envelope.run,
        envelope.phase,
        envelope.iteration,
        envelope.parent,
    )


def type_of(line: Line) -> str:
    """Return the type of a line's event, empty if it has none; several times faster than `decode`."""
    source = line.data if line.offset else json_of(line)
    try:
        kind = _TYPE.decode(source).type
    except _REFUSED:  # a type that is not a string, or JSON that msgspec refuses
        event = decode(line)
        return event.type if isinstance(event, Event) else ""
    return kind if source.isascii() or is_utf8(source) else ""  # msgspec does not check the bytes that it skips


def keys_of(line: Line) -> Keys | None:
    """Return the keys of a line's event by which a file is ordered, None if the line has no event."""
    source = line.data if line.offset else json_of(line)
    try:
        keys = _KEYS.decode(source)
    except _REFUSED:
        event = decode(line)
        return Keys(event.seq, event.timestamp) if isinstance(event, Event) else None
    return keys if source.isascii() or is_utf8(source) else None


def json_of(line: Line) -> bytes:
    """Return the bytes of a line without the byte order mark with which some programs begin a file."""
    return line.data.removeprefix(BOM) if line.offset == 0 else line.data


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


def _decode_by_field(line: Line, source: bytes, error: Exception) -> Event | Malformed:
    if not is_utf8(source):
        return _malformed(line, "not UTF-8")
    try:
        fields = _lenient(source, error)
    except RecursionError:
        return _malformed(line, "nested too deeply")
    except ValueError:
        return _malformed(line, str(error))
    if not isinstance(fields, dict):
        return _malformed(line, "not a JSON object")
    data = fields.get("data")
    if not isinstance(data, dict):
        data = {key: value for key, value in fields.items() if key not in _KNOWN_KEYS or key == "data"}
    return Event(
        line,
        _typed(fields, "type", str) or "",
        data,
        _typed(fields, "seq", int),
        _typed(fields, "timestamp", str),
        _typed(fields, "run", str),
        _typed(fields, "phase", str),
        _typed(fields, "iteration", int),
        _typed(fields, "parent", str),
    )


def _lenient(source: bytes, error: Exception) -> Any:
    """Decode any JSON, including what msgspec refuses.

    That is lone surrogates, which programs write that cut strings, and numbers out of range, which become None. Raises
    ValueError and RecursionError.
    """
    if isinstance(error, ValidationError):  # valid JSON whose fields have other types than the envelope's
        try:
            return _ANYTHING.decode(source)
        except DecodeError:
            pass
    return json.loads(source.decode(), parse_constant=_refuse, parse_int=_integer, parse_float=_float)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _integer(digits: str) -> int | None:
    try:
        return int(digits)
    except ValueError:  # more digits than Python converts
        return None


def _float(digits: str) -> float | None:
    value = float(digits)
    return value if isfinite(value) else None


def _typed(fields: dict[str, Any], key: str, kind: type[T]) -> T | None:
    value = fields.get(key)
    return value if isinstance(value, kind) and not isinstance(value, bool) else None


def _malformed(line: Line, reason: str) -> Malformed:
    preview = line.data[:PREVIEW].decode("utf-8", "backslashreplace")
    return Malformed(line.offset, len(line.data), reason, preview)
