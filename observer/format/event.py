"""One line of a run file into an event. It never raises: what is not an event is `Malformed`, and is shown too.

The reader is tolerant. Keys and types it does not know, fields that are missing or of another type, and JSON
objects written by quite different programs all become events.
"""

import json
from typing import Any, TypeVar

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder

from observer.format.lines import Line, Oversize

BOM = b"\xef\xbb\xbf"
PREVIEW = 160
"""How many bytes of a malformed line are kept to be shown."""

_HUGE = 1e18

T = TypeVar("T")


class Event(Struct, frozen=True, gc=False):
    """One event. A field that the line lacks, or has in another type, is None (`type`: empty)."""

    line: Line
    type: str
    data: dict[str, Any]
    """The line's `data`; when it has none, all keys that the format does not know."""
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
        """Return `data[key]` if it is a number that can be reckoned with, else None."""
        return number(self.data.get(key))


def number(value: Any) -> float | None:
    """Return a value if it is a number that can be reckoned with, else None.

    >>> number(1.5), number(10**400), number(True), number("1")
    (1.5, None, None, None)
    """
    good = isinstance(value, int | float) and not isinstance(value, bool) and -_HUGE < value < _HUGE
    return value if good else None


class Malformed(Struct, frozen=True):
    """A line that is no event: where it stands, how long it is, why, and how it begins."""

    offset: int
    length: int
    reason: str
    preview: str


class Record(Struct, eq=False, gc=False):
    """A line on its way from a source to a view, decoded when somebody asks and then only once."""

    line: Line | Oversize
    _event: Event | Malformed | None = None
    _type: str | None = None

    @property
    def found(self) -> Event | Malformed | None:
        """What the line holds; None when it is blank or too long to keep."""
        if self._event is None and isinstance(self.line, Line):
            self._event = decode(self.line)
        return self._event

    @property
    def event(self) -> Event | None:
        """The event on the line, if there is one."""
        found = self.found
        return found if isinstance(found, Event) else None

    @property
    def type(self) -> str:
        """The event's type, empty when there is none; cheaper than the whole event."""
        if self._type is None:
            found = self._event
            if isinstance(found, Event):
                self._type = found.type
            else:
                self._type = type_of(self.line) if isinstance(self.line, Line) else ""
        return self._type


class _Envelope(Struct, gc=False):  # JSON holds no cycles: nothing to look for
    type: str
    data: dict[str, Any]
    seq: int | None = None
    timestamp: str | None = None
    run: str | None = None
    phase: str | None = None
    iteration: int | None = None
    parent: str | None = None


class _TypeAlone(Struct):
    type: str = ""


_ENVELOPE = Decoder(_Envelope)
_TYPE_ALONE = Decoder(_TypeAlone)
_ANYTHING = Decoder()
_KNOWN_KEYS = frozenset(_Envelope.__struct_fields__)


def decode(line: Line) -> Event | Malformed | None:
    """Return the event on a line, `Malformed` when there is none, None when the line is blank."""
    source = line.data if line.offset else json_of(line)
    try:
        found = _ENVELOPE.decode(source)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _tolerant(line, source, error) if source.strip() else None
    return Event(
        line,
        found.type,
        found.data,
        found.seq,
        found.timestamp,
        found.run,
        found.phase,
        found.iteration,
        found.parent,
    )


def type_of(line: Line) -> str:
    """Return a line's event type, empty when it has none: several times faster than `decode`."""
    try:
        return _TYPE_ALONE.decode(json_of(line)).type
    except (DecodeError, UnicodeDecodeError, RecursionError):
        found = decode(line)  # msgspec is stricter than JSON
        return found.type if isinstance(found, Event) else ""


def json_of(line: Line) -> bytes:
    """Return the bytes of a line without the byte order mark that some programs begin a file with."""
    return line.data.removeprefix(BOM) if line.offset == 0 else line.data


def _tolerant(line: Line, source: bytes, error: Exception) -> Event | Malformed:
    try:
        found = _ANYTHING.decode(source) if isinstance(error, ValidationError) else _lenient(source)
    except RecursionError:
        return _malformed(line, "nested too deeply")
    except UnicodeDecodeError:
        return _malformed(line, "not UTF-8")
    except ValueError:  # DecodeError is one
        return _malformed(line, str(error))
    if not isinstance(found, dict):
        return _malformed(line, "not a JSON object")
    data = found.get("data")
    if not isinstance(data, dict):
        data = {key: value for key, value in found.items() if key not in _KNOWN_KEYS or key == "data"}
    return Event(
        line,
        _typed(found, "type", str) or "",
        data,
        _typed(found, "seq", int),
        _typed(found, "timestamp", str),
        _typed(found, "run", str),
        _typed(found, "phase", str),
        _typed(found, "iteration", int),
        _typed(found, "parent", str),
    )


def _lenient(source: bytes) -> Any:
    """Decode what msgspec refuses but JSON allows: lone surrogates, which programs that cut strings do write."""
    return json.loads(source.decode("utf-8"), parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _typed(found: dict[str, Any], key: str, kind: type[T]) -> T | None:
    value = found.get(key)
    return value if isinstance(value, kind) and not isinstance(value, bool) else None


def _malformed(line: Line, reason: str) -> Malformed:
    preview = line.data[:PREVIEW].decode("utf-8", "backslashreplace")
    return Malformed(line.offset, len(line.data), reason, preview)
