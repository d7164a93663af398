"""Events into lines: the envelope, `seq`, timestamps that never go back, and one line whatever the text holds."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct

from agent.events import Event, Phase
from agent.runlog.characters import whole
from agent.runlog.redact import Redactor

Clock = Callable[[], int]
"""Nanoseconds since 1970 in UTC, like `time.time_ns`."""

_NS_PER_SECOND = 1_000_000_000
_DEEPEST = 100
"""Levels of nesting that are kept; parsers of other languages give up at a few hundred."""
_TOO_DEEP = "[nested too deeply to record]"

_LINE_BREAKS = tuple((char.encode(), f"\\u{ord(char):04x}".encode()) for char in "\u0085\u2028\u2029")
"""Not line ends in NDJSON, but many readers (Node's readline, `str.splitlines`) break lines there."""


EncodedLine = tuple[bytes, bytes]
"""A line in two parts: its envelope, which nothing changes any more, and its `data`."""

_ENVELOPE = b'{"seq":%d,"timestamp":"%b.%06dZ","run":%b,"type":"%b","phase":"%b","iteration":%d,"parent":%b,"data":'
"""`agent.events.Line` up to its data. Spelled out, because it takes a third of the time of encoding the struct."""
_END = b"}\n"


class LineEncoder:
    """Numbers and encodes the events of one run file, one line at a time.

    `seq` is the last number used and `last_ns` the last time written, both 0 for a new file.
    """

    def __init__(self, run: str, clock: Clock, *, seq: int = 0, last_ns: int = 0) -> None:
        self._encoder = msgspec.json.Encoder()
        self._run = self._encoder.encode(whole(run))
        self._clock = clock
        self._last_ns = last_ns
        self._second = -1
        self._second_text = b""
        self.seq = seq

    def encode(self, event: Event, phase: Phase, iteration: int, parent: str | None) -> EncodedLine:
        """The next line of the file. Never raises for what the event holds."""
        try:
            data = self._encoder.encode(event)
        except (ValueError, TypeError, RecursionError, OverflowError):
            data = self._encoder.encode(plain(event))
        self.seq += 1
        envelope = _ENVELOPE % (
            self.seq,
            *self._now(),
            self._run,
            event.type.encode(),
            phase.encode(),
            iteration,
            b"null" if parent is None else self._encoder.encode(whole(parent)),
        )
        return envelope, data

    def _now(self) -> tuple[bytes, int]:
        """The timestamp, as text up to its second and the microseconds."""
        now = self._last_ns = max(self._clock(), self._last_ns)
        second, rest = divmod(now, _NS_PER_SECOND)
        if second != self._second:
            self._second = second
            self._second_text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()
        return self._second_text, rest // 1000


class Cleaner:
    """The last step before lines are written, many at a time: secrets out, and no foreign line break within a line."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._encoder = msgspec.json.Encoder()

    def clean(self, lines: Iterable[EncodedLine]) -> bytes:
        """The lines as they go to the file. Only `data` is redacted, the envelope is as it was."""
        if self._redactor.may_hold_secret(b"\n".join([data for _, data in lines])):
            lines = [(envelope, self._redacted(data)) for envelope, data in lines]
        cleaned = b"".join([part for envelope, data in lines for part in (envelope, data, _END)])
        if not cleaned.isascii():
            for char, escape in _LINE_BREAKS:
                cleaned = cleaned.replace(char, escape)
        return cleaned

    def _redacted(self, data: bytes) -> bytes:
        if not self._redactor.may_hold_secret(data):
            return data
        try:
            fields = _plain(msgspec.json.decode(data), 0)
        except RecursionError:
            fields = {"message": _TOO_DEEP}
        return self._encoder.encode({name: self._redactor.tree(value) for name, value in fields.items()})


def timestamp_ns(text: str) -> int:
    """The nanoseconds since 1970 that a timestamp of a run file stands for. Raises ValueError."""
    when = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return int(when.timestamp()) * _NS_PER_SECOND + when.microsecond * 1000


def plain(event: Event) -> dict[str, Any]:
    """An event's data as values that JSON can hold: lone surrogates replaced, very deep nesting cut with a mark."""
    return {name: _plain(getattr(event, name), 0) for name in event.__struct_fields__}


def _plain(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return _TOO_DEEP
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return whole(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Struct):
        return {name: _plain(getattr(value, name), depth + 1) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {_plain(str(key), depth): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner, depth + 1) for inner in value]
    return _plain(repr(value), depth)
