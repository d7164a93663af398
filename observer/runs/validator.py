"""Checks whether a run file conforms to `docs/run-file.md`: a fold over its lines. Pure."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from observer.format.lines import Line, Oversize
from observer.format.schema import Schema
from observer.format.timestamps import parse_timestamp
from observer.format.tolerant_json import BOM, without_padding
from observer.runs.state import MISSED_BEATS

_FORMAT = 1
"""The version of the format that the schema describes."""
_VIOLATIONS = 20
"""The most schema violations reported for one line: a list whose items are all invalid has one for each."""
_HEARTBEAT_TYPES = frozenset({"run_start", "heartbeat", "complete"})
_DECODER = Decoder()


class Finding(Struct, frozen=True):
    """A violation of the format: the number of the line, counted from 1, the broken rule, and a message.

    The rules are `json`, `schema`, `format`, `type`, `run`, `seq`, `timestamp`, `start`, `end`, `pair`, `message`,
    `heartbeat`.
    """

    line: int
    rule: str
    message: str


class _Pairs:
    """The calls or subagents that have started but not ended, with their lines, and those that have ended."""

    def __init__(self, begins: str, begin_key: str, ends: str, end_key: str) -> None:
        self.begins, self.ends = begins, ends
        self._keys = {begins: begin_key, ends: end_key}
        self._open: dict[str, tuple[int, str]] = {}
        self._ended: set[str] = set()

    def take(self, kind: str, data: dict[str, Any], number: int) -> Iterator[Finding]:
        name = data[self._keys[kind]]
        if kind == self.begins:
            if name in self._open or name in self._ended:
                yield Finding(number, "pair", f"second {kind} with the ID {name}")
            self._open[name] = number, str(data.get("name") or data.get("agent_type") or "")
        elif name in self._open:
            del self._open[name]
            self._ended.add(name)
        else:
            known = (
                f"second {kind} for {name}" if name in self._ended else f"{kind} for {name}, which has no {self.begins}"
            )
            yield Finding(number, "pair", known)

    def take_invalid(self, kind: str, data: dict[str, Any], number: int) -> None:
        """Process an invalid line without reporting anything else about it."""
        name = data.get(self._keys[kind])
        if isinstance(name, str):
            for _ in self.take(kind, {**data, self._keys[kind]: name}, number):
                pass

    def unended(self) -> Iterator[Finding]:
        for name, (number, what) in self._open.items():
            yield Finding(number, "pair", f"{self.begins} {what} ({name}) has no {self.ends}")


class _Messages:
    """The messages that are complete, with their lines: no piece of their text follows, and none ends twice."""

    def __init__(self) -> None:
        self._ended: dict[tuple[str | None, str], int] = {}

    def piece(self, event: dict[str, Any], number: int) -> Iterator[Finding]:
        message = event["data"]["message"]
        if (line := self._ended.get((event["parent"], message))) is not None:
            yield Finding(number, "message", f"{event['type']} of {message}, which was complete on line {line}")

    def end(self, event: dict[str, Any], number: int) -> Iterator[Finding]:
        key = event["parent"], event["data"]["id"]
        if (line := self._ended.setdefault(key, number)) != number:
            yield Finding(number, "message", f"second message with the ID {key[1]}; the first is on line {line}")


class Validator:
    """Takes every line of a run file with `take`; then `end` reports the findings that concern the file as a whole.

    `strict` reports unknown types. `incomplete` accepts a run that is active or was killed: without `complete`, with
    calls that have not ended, and with an incomplete last line.
    """

    def __init__(self, schema: Schema, *, strict: bool = False, incomplete: bool = False) -> None:
        self._schema = schema
        self._strict = strict
        self._incomplete = incomplete
        tools = _Pairs("tool_use", "id", "tool_result", "tool_use_id")
        subagents = _Pairs("subagent_start", "id", "subagent_complete", "id")
        self._pairs = {"tool_use": tools, "tool_result": tools, "subagent_start": subagents,
                       "subagent_complete": subagents}  # fmt: skip
        self._handlers: dict[str, Callable[[dict[str, Any]], Iterator[Finding]]] = {
            "run_start": self._run_start, "complete": self._complete, "heartbeat": self._heartbeat, "info": self._info,
            "thought": self._piece, "thinking": self._piece, "message": self._message,
        }  # fmt: skip
        self._messages = _Messages()
        self._number = 0
        self._run: str | None = None
        self._seq = 0
        self._stamp = ""
        self._started: int | None = None
        self._completed: int | None = None
        self._ended = False
        self._beat: tuple[int, float] | None = None
        self._interval: float | None = None

    def take(self, line: Line | Oversize, *, terminated: bool = True) -> Iterator[Finding]:
        """Yield the findings on the next line; `terminated` is false for a last line without a newline."""
        self._number += 1
        if not terminated and self._incomplete:
            return
        if not terminated:
            yield self._finding("json", "incomplete last line")
        if isinstance(line, Oversize):
            yield self._finding("json", f"the line is too long to be validated ({line.length:,} bytes)")
            self._seq += 1  # it counts as an event
            return
        if line.data.startswith(BOM):
            yield self._finding("json", "the file begins with a byte order mark, which JSON does not allow")
        try:
            event = _DECODER.decode(without_padding(line.data))
        except (DecodeError, UnicodeDecodeError, RecursionError) as error:
            if terminated:  # otherwise it is the incomplete last line, which is reported already
                yield self._finding("json", f"not valid JSON: {error}" if line.data.strip() else "blank line")
            return
        if self._schema.accepts(event):
            yield from self._event(event)
        else:
            yield from self._violations(event)
            self._salvage(event)

    def end(self) -> Iterator[Finding]:
        """Yield the findings on the file as a whole."""
        if self._number == 0:
            yield Finding(1, "start", "the file is empty")
            return
        if not self._ended:
            yield from self._silence(self._stamp)  # the writer lived at least until then
        if self._incomplete:
            return
        for pairs in (self._pairs["tool_use"], self._pairs["subagent_start"]):
            yield from pairs.unended()
        if not self._ended:
            yield self._finding(
                "end",
                'missing "complete" event: the run is still active or was killed (accept with --allow-incomplete)',
            )

    def _event(self, event: dict[str, Any]) -> Iterator[Finding]:
        kind = event["type"]
        if self._completed is not None:
            yield self._finding("end", f'{kind} after "complete" on line {self._completed}')
            self._completed = None
        if self._started is None:
            if kind != "run_start":
                yield self._finding("start", f"the first event is {kind}, not run_start")
            self._started, self._run = self._number, event["run"]
        elif kind == "run_start":
            yield self._finding("start", f"second run_start; the first is on line {self._started}")
        if event["run"] != self._run:
            yield self._finding("run", f"event of run {event['run']} in the file of run {self._run}")
        if event["seq"] != self._seq + 1:
            yield self._finding("seq", _gap(self._seq, event["seq"]))
        self._seq = event["seq"]
        if kind in self._pairs:
            yield from self._pairs[kind].take(kind, event["data"], self._number)
        elif kind in self._handlers:
            yield from self._handlers[kind](event)
        elif self._strict and not self._schema.knows(kind):
            yield self._finding("type", f"unknown event type {kind} (format version {_FORMAT})")
        yield from self._time(event["timestamp"])

    def _time(self, stamp: str) -> Iterator[Finding]:
        if (
            stamp[:19] != self._stamp[:19] and parse_timestamp(stamp) is None
        ):  # the schema's pattern accepts February 30th
            yield self._finding("timestamp", f"invalid time {stamp}")
            return
        if stamp < self._stamp:
            yield self._finding("timestamp", f"{stamp} is earlier than {self._stamp}, the time of the previous line")
        self._stamp = stamp

    def _violations(self, event: object) -> Iterator[Finding]:
        violations = self._schema.violations(event)
        for violation in islice(violations, _VIOLATIONS):
            yield self._finding("schema", violation)
        if next(violations, None) is not None:
            yield self._finding("schema", f"more schema violations; only the first {_VIOLATIONS} are listed")

    def _salvage(self, event: object) -> None:
        """Use the valid fields of an invalid line, so that later lines are not reported because of it."""
        if not isinstance(event, dict):
            return
        kind, seq, data = event.get("type"), event.get("seq"), event.get("data")
        if isinstance(seq, int) and not isinstance(seq, bool):
            self._seq = seq
        if kind == "run_start" or self._started is None:
            self._started, self._run = self._number, event.get("run")
        if kind == "complete":
            self._completed, self._ended = self._number, True
        if not isinstance(kind, str):
            return
        if kind in _HEARTBEAT_TYPES and isinstance(stamp := event.get("timestamp"), str):
            self._note_heartbeat(stamp)
        if kind in self._pairs and isinstance(data, dict):
            self._pairs[kind].take_invalid(kind, data, self._number)

    def _run_start(self, event: dict[str, Any]) -> Iterator[Finding]:
        if (version := event["data"].get("format", _FORMAT)) != _FORMAT:
            yield self._finding("format", f"unknown format version {version}; validated as version {_FORMAT}")
        copied = event["data"].get("recorded_from")  # what was written before the copy began has no heartbeats
        self._interval = None if copied else event["data"]["heartbeat_s"]
        yield from self._heartbeat(event)

    def _complete(self, event: dict[str, Any]) -> Iterator[Finding]:
        self._completed, self._ended = self._number, True
        yield from self._heartbeat(event)

    def _info(self, event: dict[str, Any]) -> Iterator[Finding]:
        if event["data"].get("kind") == "resumed":  # its writer had been dead since the previous line
            yield from self._silence(self._stamp)
            self._note_heartbeat(event["timestamp"])

    def _piece(self, event: dict[str, Any]) -> Iterator[Finding]:
        return self._messages.piece(event, self._number)

    def _message(self, event: dict[str, Any]) -> Iterator[Finding]:
        return self._messages.end(event, self._number)

    def _heartbeat(self, event: dict[str, Any]) -> Iterator[Finding]:
        yield from self._silence(event["timestamp"])
        self._note_heartbeat(event["timestamp"])

    def _silence(self, stamp: str) -> Iterator[Finding]:
        """Yield a finding if heartbeats were missing for too long before `stamp`."""
        at = parse_timestamp(stamp)
        if at is None or self._beat is None or not self._interval:
            return
        line, before = self._beat
        if at - before > MISSED_BEATS * self._interval:
            passed = f"{at - before:.1f} s without a heartbeat since line {line}"
            yield self._finding("heartbeat", f"{passed}; one is due every {self._interval:g} s")

    def _note_heartbeat(self, stamp: str) -> None:
        at = parse_timestamp(stamp)
        self._beat = self._beat if at is None else (self._number, at)

    def _finding(self, rule: str, message: str) -> Finding:
        return Finding(self._number, rule, message)


def _gap(before: int, seq: int) -> str:
    if seq > before:
        missing = seq - before - 1
        return f"seq {seq} follows {before}: {missing:,} {'event is' if missing == 1 else 'events are'} missing"
    return f"seq {seq} follows {before}: it must be {before + 1}"
