"""Encodes events as lines: the envelope, `seq`, timestamps that never decrease, and exactly one line for any text."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct

from agent.events import Event, Phase

Clock = Callable[[], int]
"""Returns nanoseconds since 1970 in UTC, like `time.time_ns`."""

EncodedLine = tuple[bytes, bytes]
"""A line in two parts: its envelope, which is final, and its `data`, which may still contain secrets."""

LINE_END = b"}\n"
"""The bytes after the `data` of a line."""

TOO_DEEP = "[nested too deeply to record]"
_MAX_DEPTH = 100
"""Levels of nesting that are recorded; parsers of other languages give up at a few hundred."""

_NS_PER_SECOND = 1_000_000_000
_ENVELOPE = b'{"seq":%d,"timestamp":"%b.%06dZ","run":%b,"type":"%b","phase":"%b","iteration":%d,"parent":%b,"data":'
"""`agent.events.Line` up to its data. Formatting it takes a third of the time of encoding the struct."""


class CopiedLine(Struct, frozen=True):
    """A line of another run file: `time_ns` is its timestamp in nanoseconds since 1970, `data` its fields."""

    type: str
    time_ns: int
    phase: str
    iteration: int
    parent: str | None
    data: dict[str, Any]


class LineEncoder:
    """Numbers and encodes the events of one run file, one line at a time.

    `seq` is the last number used and `last_ns` the last time written, both 0 for a new file.
    """

    def __init__(self, run: str, clock: Clock, *, seq: int = 0, last_ns: int = 0) -> None:
        self._encoder = msgspec.json.Encoder()
        self._run = self._encoder.encode(replace_surrogates(run))
        self._clock = clock
        self._last_ns = last_ns
        self._second = -1
        self._second_text = b""
        self.seq = seq

    def encode(self, event: Event, phase: Phase, iteration: int, parent: str | None) -> EncodedLine:
        """Return the next line of the file. Never raises, whatever the event contains."""
        try:
            data = self._encoder.encode(event)
        except (ValueError, TypeError, RecursionError, OverflowError):
            data = self._encoder.encode(json_fields(event))
        return self._envelope(event.type.encode(), self._clock(), phase.encode(), iteration, parent), data

    def copy(self, line: CopiedLine) -> EncodedLine:
        """Return the next line of the file, with everything of `line`, which is of another run file, but its number."""
        try:
            data = self._encoder.encode(line.data)
        except (ValueError, TypeError, RecursionError, OverflowError):
            data = self._encoder.encode(json_value(line.data))
        type_, phase = (self._encoder.encode(replace_surrogates(text))[1:-1] for text in (line.type, line.phase))
        return self._envelope(type_, line.time_ns, phase, line.iteration, line.parent), data

    def _envelope(self, type_: bytes, time_ns: int, phase: bytes, iteration: int, parent: str | None) -> bytes:
        self.seq += 1
        return _ENVELOPE % (
            self.seq,
            *self._timestamp(time_ns),
            self._run,
            type_,
            phase,
            iteration,
            b"null" if parent is None else self._encoder.encode(replace_surrogates(parent)),
        )

    def _timestamp(self, time_ns: int) -> tuple[bytes, int]:
        """Return the timestamp as text up to its second, and the microseconds."""
        now = self._last_ns = max(time_ns, self._last_ns)
        second, ns = divmod(now, _NS_PER_SECOND)
        if second != self._second:
            self._second = second
            self._second_text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()
        return self._second_text, ns // 1000


def parse_timestamp_ns(text: str) -> int:
    """Parse a timestamp of a run file to nanoseconds since 1970. Raises ValueError."""
    time = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return int(time.timestamp()) * _NS_PER_SECOND + time.microsecond * 1000


def json_fields(event: Event) -> dict[str, Any]:
    """Return an event's data as values that JSON can represent; lone surrogates and very deep values are replaced."""
    return {name: json_value(getattr(event, name)) for name in event.__struct_fields__}


def json_value(value: Any, depth: int = 0) -> Any:
    """Return `value` as something that JSON can represent; `depth` is its level of nesting."""
    if depth > _MAX_DEPTH:
        return TOO_DEEP
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return replace_surrogates(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Struct):
        return {name: json_value(getattr(value, name), depth + 1) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {json_value(str(key), depth): json_value(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_value(inner, depth + 1) for inner in value]
    return json_value(repr(value), depth)


def replace_surrogates(text: str) -> str:
    """Return `text` with surrogate pairs joined and lone surrogates, which UTF-8 cannot encode, replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
