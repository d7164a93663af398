"""Events into lines: the envelope, `seq`, timestamps that never go back, and one line whatever the text holds."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct

from agent.events import Event, Line, Phase
from agent.redact import Redactor

Clock = Callable[[], int]
"""Nanoseconds since 1970 in UTC, like `time.time_ns`."""

_NS_PER_SECOND = 1_000_000_000
_DEEPEST = 100
"""Levels of nesting that are kept; parsers of other languages give up at a few hundred."""

_LINE_BREAKS = tuple((char.encode(), f"\\u{ord(char):04x}".encode()) for char in "\u0085\u2028\u2029")
"""Not line ends in NDJSON, but many readers (Node's readline, `str.splitlines`) break lines there."""


_DATA = b'"data":'
"""Where the envelope of a line ends; nothing before it can hold these bytes."""


class LineEncoder:
    """Numbers and encodes the events of one run file, one line at a time.

    `seq` is the last number used and `last_ns` the last time written, both 0 for a new file.
    """

    def __init__(self, run: str, clock: Clock, *, seq: int = 0, last_ns: int = 0) -> None:
        self._run = run
        self._clock = clock
        self._encoder = msgspec.json.Encoder()
        self._last_ns = last_ns
        self._second = -1
        self._second_text = ""
        self.seq = seq

    def encode(self, event: Event, phase: Phase, iteration: int, parent: str | None) -> bytes:
        """The next line of the file, with its newline. Never raises for what the event holds."""
        line = Line(
            seq=self.seq + 1,
            timestamp=self._timestamp(),
            run=self._run,
            type=event.type,
            phase=phase,
            iteration=iteration,
            parent=parent,
            data=event,
        )
        try:
            encoded = self._encoder.encode(line)
        except (ValueError, TypeError, RecursionError, OverflowError):
            line.data = plain(event)
            encoded = self._encoder.encode(line)
        self.seq += 1
        return encoded + b"\n"

    def _timestamp(self) -> str:
        now = self._last_ns = max(self._clock(), self._last_ns)
        second, rest = divmod(now, _NS_PER_SECOND)
        if second != self._second:
            self._second = second
            self._second_text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._second_text}.{rest // 1000:06d}Z"


class Cleaner:
    """The last step before lines are written, many at a time: secrets out, and no foreign line break within a line."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._encoder = msgspec.json.Encoder()

    def clean(self, lines: list[bytes]) -> bytes:
        """Whole lines in, as many whole lines out. The envelope is never touched, only `data`."""
        if self._redactor.may_hold_secret(b"".join([line[line.find(_DATA) :] for line in lines])):
            lines = [self._redacted(line) for line in lines]
        cleaned = b"".join(lines)
        for char, escape in _LINE_BREAKS:
            if char in cleaned:
                cleaned = cleaned.replace(char, escape)
        return cleaned

    def _redacted(self, line: bytes) -> bytes:
        if not self._redactor.may_hold_secret(line):
            return line
        event = msgspec.json.decode(line)
        event["data"] = {key: self._redactor.tree(value) for key, value in event["data"].items()}
        return self._encoder.encode(event) + b"\n"


def timestamp_ns(text: str) -> int:
    """The nanoseconds since 1970 that a timestamp of a run file stands for. Raises ValueError."""
    when = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return int(when.timestamp()) * _NS_PER_SECOND + when.microsecond * 1000


def plain(event: Event) -> dict[str, Any]:
    """An event's data as values that JSON can hold: lone surrogates replaced, very deep nesting cut with a mark."""
    return {name: _plain(getattr(event, name), 0) for name in event.__struct_fields__}


def _plain(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return "[nested too deeply to record]"
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Struct):
        return {name: _plain(getattr(value, name), depth + 1) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {_plain(str(key), depth): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner, depth + 1) for inner in value]
    return _plain(repr(value), depth)
