"""Decodes one line of a run file into an event. Nothing here raises: a line without an event is `Malformed`. Pure.

`decode` decides what an event is, for every view, count and report: a line that holds a JSON object, as far as
`observer.format.tolerant_json` reads one. Decoding is tolerant, field by field: unknown keys and types, missing fields
and fields of another type, and objects that quite different programs wrote all become events. `type_of` and `keys_of`
return what `decode` would, without building the rest.
"""

from collections.abc import Collection, Iterator, Sequence
from io import BytesIO
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct, ValidationError
from msgspec.json import Decoder
from msgspec.structs import force_setattr

from observer.format.fields import ExactInteger, FieldAccess, integer
from observer.format.json import encode
from observer.format.line import Line, Oversize
from observer.format.line_block import LineBlock
from observer.format.lines import Block
from observer.format.tolerant_json import REFUSED, SHORT, is_utf8, may_be_nested_deeply, parse_object

PREVIEW = 160
"""Bytes of a malformed line that are kept for display."""

_FEW = 256
"""Lines that are decoded together."""
_LONG = 64 * 1024
"""Bytes of a line beyond which it is not decoded for a single key."""

T = TypeVar("T")

if TYPE_CHECKING:
    _Shallow = Any
else:
    _Shallow = _SCALAR = str | int | float | bool | None
    for _ in range(4):  # each level doubles the size of the type; what is nested deeper takes the slower way
        _Shallow = _SCALAR | list[_Shallow] | dict[str, _Shallow]

UNKNOWN_LINE = Line(b"", 0)
"""The line of an event that was decoded together with others, or made from one that was."""


class Event(FieldAccess, Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One event. A field that is missing from the line or has another type is None; `type` is empty then.

    The methods of `FieldAccess` return a field of `data` if it is what it should be.
    """

    # Lines are decoded to it directly. Unknown keys are forbidden, as they would be skipped and not decoded; such a
    # line, and one with a field of another type, is read by `_decode_by_field`.
    line: Line = UNKNOWN_LINE
    type: str = ""
    data: dict[str, _Shallow] = {}
    """The line's `data`; if it has none, all keys that the format does not define."""
    seq: ExactInteger | None = None
    timestamp: str | None = None
    run: str | None = None
    phase: str | None = None
    iteration: ExactInteger | None = None
    parent: str | None = None


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
        """The event's type, empty if there is not an event; cheaper than the whole event."""
        if self._type is None:
            if self._decoded is None and isinstance(self.line, Line) and _is_skimmed(self.line.data):
                self._type = type_of(self.line)
            else:
                event = self.event
                self._type = "" if event is None else event.type
        return self._type


def events_of(records: Sequence[Record]) -> list[Event | None]:
    """Return `event` of each record; faster for many than to ask each of them."""
    decoded = [record._decoded for record in records]
    if set(map(type, decoded)) == {Event}:  # as of nearly all that were decoded together
        return decoded  # type: ignore[return-value] # mypy does not follow what the types were compared with
    return [record.event for record in records]


def records_in(block: LineBlock) -> Iterator[list[Record]]:
    """Yield the records of a block, decoded, a few at a time: so they are used while they are in the processor's cache.

    Which line is whose is not known any more: those with an event have the `UNKNOWN_LINE`.
    """
    yield [Record(block.first)]
    raw = block.raw_lines()
    for begin in range(0, len(raw), _FEW):
        try:
            events = list(map(_EVENT.decode, raw[begin : begin + _FEW]))
        except REFUSED:
            yield list(map(Record, block[begin + 1 : begin + 1 + _FEW]))
        else:
            yield [Record(UNKNOWN_LINE, event, event.type) for event in events]


def events_in(block: Block, without_line: Collection[str]) -> list[Event] | None:
    """Return the events of a block, one on each line; None if only a tolerant decoder reads one of them.

    Those of the types `without_line` have the `UNKNOWN_LINE`.
    """
    lines = list(BytesIO(block.data))
    try:
        events = list(map(_EVENT.decode, lines))
    except REFUSED:
        return None
    for event, line, offset in zip(events, lines, accumulate(map(len, lines), initial=block.offset), strict=False):
        if event.type not in without_line:
            force_setattr(event, "line", Line(line[:-1], offset))
    return events


class _Type(Struct, gc=False):
    type: str = ""


class _Keys(Struct, gc=False):
    seq: ExactInteger | None = None
    timestamp: str | None = None


_EVENT = Decoder(Event)
read_type = Decoder(_Type).decode
"""Reads only the type of a line, "" if it has none; raises what is in `REFUSED`. See `type_of`."""
_KEYS = Decoder(_Keys)
_KEYS_OF_EVENTS = Event.__struct_fields__[1:]
_KNOWN_KEYS = frozenset(_KEYS_OF_EVENTS)


def decode(line: Line) -> Event | Malformed | None:
    """Return the event on a line, `Malformed` if there is none, None for a blank line."""
    try:
        event = _EVENT.decode(line.data)
    except REFUSED:
        return _decode_by_field(line)
    force_setattr(event, "line", line)
    return event


def type_of(line: Line) -> str:
    """Return the type of a line's event, empty if it has none; several times faster than `decode` for short lines."""
    if _is_skimmed(line.data):
        try:
            kind = read_type(line.data).type
        except REFUSED:  # a type that is not a string, or JSON that only a tolerant decoder reads
            pass
        else:
            return kind if is_utf8(line.data) else ""  # msgspec does not check the bytes that it skips
    event = decode(line)
    return event.type if isinstance(event, Event) else ""


def keys_of(line: Line) -> Keys | None:
    """Return the keys of a line's event by which a file is ordered, None if the line has no event."""
    if _is_skimmed(line.data):
        try:
            keys = _KEYS.decode(line.data)
        except REFUSED:
            pass
        else:
            return Keys(keys.seq, keys.timestamp) if is_utf8(line.data) else None
    event = decode(line)
    return Keys(event.seq, event.timestamp) if isinstance(event, Event) else None


def standard_json(line: Line) -> bytes | Malformed | None:
    """Return a line's event as JSON that every program reads: the line as written, unless only we can read that.

    Returns what `decode` does for a line without an event.
    """
    try:
        read_type(line.data)
    except ValidationError:  # only the type is not a string, or there is not an object
        is_standard = True
    except REFUSED:
        is_standard = False
    else:
        is_standard = True
        if _is_skimmed(line.data) and is_utf8(line.data):
            return line.data
    decoded = decode(line)
    if not isinstance(decoded, Event):
        return decoded
    if is_standard:
        return line.data
    envelope = {key: getattr(decoded, key) for key in _KEYS_OF_EVENTS}
    return encode({key: value for key, value in envelope.items() if value is not None})


def _is_skimmed(data: bytes) -> bool:
    """Return whether single keys of a line are read without the rest: it cannot be nested too deeply, and it is faster.

    Decoding a line that is neither short nor very long is as fast as looking for brackets in it.
    """
    return len(data) <= SHORT or (len(data) > _LONG and not may_be_nested_deeply(data))


def _decode_by_field(line: Line) -> Event | Malformed | None:
    try:
        fields = parse_object(line.data)
    except ValueError as error:
        preview = line.data[:PREVIEW].decode("utf-8", "backslashreplace")
        return Malformed(line.offset, len(line.data), str(error), preview)
    if fields is None:
        return None
    data = fields.get("data")
    if not isinstance(data, dict):
        data = {key: value for key, value in fields.items() if key not in _KNOWN_KEYS or key == "data"}
    return Event(
        line,
        _typed(fields, "type", str) or "",
        data,
        integer(fields.get("seq")),
        _typed(fields, "timestamp", str),
        _typed(fields, "run", str),
        _typed(fields, "phase", str),
        integer(fields.get("iteration")),
        _typed(fields, "parent", str),
    )


def _typed(fields: dict[str, Any], key: str, kind: type[T]) -> T | None:
    value = fields.get(key)
    return value if isinstance(value, kind) else None
