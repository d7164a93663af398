"""Checks whether a run file conforms to `docs/run-file.md`: a fold over its lines. Pure.

What is wrong with one line is one finding, and nothing is reported that may only follow from it.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec.json import Decoder

from observer.format.event import Event, decode
from observer.format.fields import LARGEST_INTEGER, Fields, integer
from observer.format.line import Line, Oversize
from observer.format.lines import Block
from observer.format.schema import Schema
from observer.format.tolerant_json import BOM, REFUSED, without_padding
from observer.format.valid_lines import ValidLine, ValidLines
from observer.runs.validation.pairing import EVERYTHING, Finding, LineCheck, LostEvents, Parts
from observer.runs.validation.sequence import Numbers, Times

_FORMAT = 1
"""The version of the format that the schema describes."""
_VIOLATIONS = 3
"""The most schema violations that the finding on one line quotes."""
_UNKNOWN_RECORDS = "unknown_records"
"""The kind of the `info` event in the copy of a session that says which records of it were not understood."""
_COUNTED = 20
"""The most schema violations of one line that are counted: a list whose items are all invalid has one for each."""
_FEW_BYTES = 4096
"""Bytes of lines that are taken one by one if one of them is unusual."""
_HEARTBEAT_TYPES = frozenset({"run_start", "heartbeat", "complete"})
_BOUNDS = frozenset({"run_start", "complete"})
_DECODER = Decoder()


class Validator:
    """Takes every line of a run file with `take`; then `end` reports the findings that concern the file as a whole.

    `strict` reports unknown types. `incomplete` accepts a run that is active or was killed: without `complete`, with
    calls that have not ended, and with an incomplete last line. With `valid_lines`, which are those of the schema,
    blocks of usual lines take much less time.
    """

    def __init__(
        self, schema: Schema, valid_lines: ValidLines | None = None, *, strict: bool = False, incomplete: bool = False
    ) -> None:
        self._schema = schema
        self._valid_lines = valid_lines
        self._strict = strict
        self._incomplete = incomplete
        self._lost = LostEvents()
        self._numbers, self._times, self._parts = Numbers(self._lost), Times(), Parts(self._lost)
        self._checks: dict[str, LineCheck] = {
            **self._parts.checks,
            "heartbeat": lambda line, number: self._times.beat(line.timestamp, number, line.data.dropped or 0),
            "info": lambda line, _: self._unknown_records(line.data.kind, line.data.message),
        }
        """What there is to check of a line that conforms to the schema, besides its number, run and time."""
        self._number = 0
        self._offset = 0
        self._last_filled = self._last_bad = 0
        self._runs: list[str] = []
        self._begun = False
        self._started: int | None = None
        self._completed: int | None = None
        self._ended = self._is_copy = False

    def take(self, line: Line | Oversize, *, terminated: bool = True) -> Iterator[Finding]:
        """Yield the findings on the next line; `terminated` is false for a last line without a newline."""
        self._number += 1
        begin, self._offset = self._offset, line.end if isinstance(line, Line) else line.offset + line.length + 1
        if not terminated and self._incomplete:
            return
        has_hole = line.offset > begin or (isinstance(line, Line) and b"\0" in line.data)
        if has_hole:
            yield from self._bad("json", "NUL bytes before the line or in it: content of the file is lost", EVERYTHING)
        if isinstance(line, Oversize):
            yield from self._bad("json", f"the line is too long to be validated ({line.length:,} bytes)")
        elif terminated:
            yield from self._line(line, has_hole=has_hole)
        else:
            self._last_filled = self._number
            yield from self._bad("json", "incomplete last line", EVERYTHING)
            if isinstance(event := decode(line), Event):
                self._note(event)

    def take_block(self, block: Block) -> Iterator[Finding]:
        """Yield the findings on the next lines, like `take`; several times faster as far as they are as usual."""
        lines = self._usual_lines(block)
        if lines is None and len(block.data) > _FEW_BYTES and len(halves := block.halves()) > 1:
            for half in halves:
                yield from self.take_block(half)
            return
        if lines is None:
            for line in block.lines():
                yield from self.take(line)
            return
        for valid_line in lines:
            self._number += 1
            if self._times.is_undecided:
                yield from self._times.confirm()
            check = self._checks.get(valid_line.type)
            if check is not None and (finding := check(valid_line, self._number)) is not None:
                yield finding
        self._offset, self._last_filled = block.offset + len(block.data), self._number
        self._times.pass_over(lines[-1].timestamp)

    def _usual_lines(self, block: Block) -> list[ValidLine] | None:
        """Return the lines of a block if each conforms to the schema and follows the one before, else None."""
        if self._valid_lines is None or not self._begun or self._completed or block.offset != self._offset:
            return None
        lines = self._valid_lines.decode(block.data)
        if lines is None or not {line.type for line in lines}.isdisjoint(_BOUNDS):
            return None
        if any(line.type == "info" and line.data.kind == "resumed" for line in lines):
            return None
        if not {line.run for line in lines}.issubset(self._runs):
            return None
        is_usual = self._times.are_regular([line.timestamp for line in lines])
        return lines if is_usual and self._numbers.follow([line.seq for line in lines]) else None

    def end(self, size: int | None = None, damage: str = "") -> Iterator[Finding]:
        """Yield the findings on the file as a whole.

        It has `size` bytes, and `damage` says in a sentence which part of it could not be read.
        """
        yield from self._times.confirm()
        if damage:
            yield from self._bad("json", damage, EVERYTHING)
        elif size is not None and size > self._offset:
            yield from self._bad("json", "NUL bytes at the end: content of the file is lost", EVERYTHING)
        elif self._number == 0:
            yield Finding(1, "start", "the file is empty")
        if not self._ended:
            self._times.end(self._number)
            yield from self._times.confirm()
        if self._incomplete or self._number == 0:
            return
        may_have_ended = self._last_bad >= self._last_filled
        if not self._ended and not may_have_ended:
            missing = 'missing "complete" event: the run is still active or was killed (accept with --allow-incomplete)'
            yield Finding(0, "end", missing) if self._is_copy else self._finding("end", missing)
        if self._ended or self._is_copy:  # else it was killed, with its calls; of a copy nobody knows
            yield from self._parts.unended()

    def _line(self, line: Line, *, has_hole: bool) -> Iterator[Finding]:
        if not line.data.strip(b"\0 \t\r"):
            if not has_hole:
                yield self._finding("json", "blank line")
            return
        self._last_filled = self._number
        if line.data.startswith(BOM):
            yield self._finding("json", "the line begins with a byte order mark, which JSON does not allow")
        try:
            fields = _DECODER.decode(without_padding(line.data))
        except REFUSED as error:
            reason = f"not valid JSON: {error}"
        else:
            if self._schema.accepts(fields):
                yield from self._event(fields)
                return
            reason = ""
        event = decode(line)
        if reason and isinstance(event, Event):
            reason += "; read all the same"
        rule, message = ("json", reason) if reason else ("schema", self._violations(fields))
        yield from self._bad(rule, message, lost=0 if isinstance(event, Event) else 1)
        if isinstance(event, Event):
            self._note(event)

    def _event(self, event: dict[str, Any]) -> Iterator[Finding]:
        kind, data = event["type"], Fields(event["data"])
        if not self._begun:
            yield from self._begin(event)
        if event["run"] not in self._runs:
            if self._runs:
                yield self._finding("run", f"event of run {event['run']} in the file of run {self._runs[0]}")
            self._runs.append(event["run"])
        if (seq := integer(event["seq"])) is None:  # a whole number to the schema, whatever its size
            yield self._finding("seq", f"seq {event['seq']} is larger than {LARGEST_INTEGER}")
            self._numbers.skip()
        else:
            yield from self._numbers.take(seq, self._number)
        is_repeated = seq is not None and self._numbers.is_repeated(seq)
        if self._completed is not None and not (is_repeated and kind == "complete"):  # the same line twice
            yield self._finding("end", f'{kind} after "complete" on line {self._completed}')
            self._completed = None
        if is_repeated:
            yield from self._times.confirm()
            self._note_data(kind, data, event["timestamp"])
            return
        yield from self._check_times(kind, data, event["timestamp"])
        if kind == "run_start":
            yield from self._run_start(event)
        elif kind == "complete":
            self._completed, self._ended = self._number, True
        elif self._strict and not self._schema.knows(kind):
            yield self._finding("type", f"unknown event type {kind} (format version {_FORMAT})")
            self._lose(1)  # it may be misspelled
        elif (finding := self._check_parts(kind, data, event["parent"])) is not None:
            yield finding

    def _check_parts(self, kind: str, data: Fields, parent: str | None) -> Finding | None:
        if kind == "info":
            return self._unknown_records(data.text("kind"), data.text("message"))
        return self._parts.take(kind, data, parent, self._number)

    def _unknown_records(self, kind: str | None, message: str) -> Finding | None:
        """Return what a copy says of its source: records of another program that its dialect does not know."""
        return self._finding("type", message) if kind == _UNKNOWN_RECORDS else None

    def _begin(self, event: dict[str, Any]) -> Iterator[Finding]:
        self._begun = True
        kind, seq = event["type"], integer(event["seq"])
        if kind != "run_start" and not self._lost:
            gone = f", and its seq is {seq}: what came before is missing" if seq is not None and seq > 1 else ""
            yield self._finding("start", f"the first event is {kind}, not run_start{gone}")
            self._numbers.begin_at(1 if seq is None else seq, self._number)

    def _check_times(self, kind: str, data: Fields, stamp: str) -> Iterator[Finding]:
        is_resumed = kind == "info" and data.text("kind") == "resumed"
        if is_resumed:  # its writer had been dead since the previous line
            self._times.end(self._number)
        yield from self._times.take(stamp, self._number)
        if is_resumed:
            self._times.note(stamp, self._number)
        elif kind in _HEARTBEAT_TYPES:
            self._times.beat(stamp, self._number, data.count("dropped"))

    def _run_start(self, event: dict[str, Any]) -> Iterator[Finding]:
        if self._started is not None:
            yield self._finding("start", f"second run_start; the first is on line {self._started}")
        self._started, self._is_copy = self._number, bool(event["data"].get("recorded_from"))
        data = Fields(event["data"])
        if (version := event["data"].get("format", _FORMAT)) != _FORMAT:
            yield self._finding("format", f"unknown format version {version}; validated as version {_FORMAT}")
        # what was written before a copy began has no heartbeats
        self._times.interval = None if self._is_copy else data.number("heartbeat_s")

    def _note(self, event: Event) -> None:
        """Use what can be read of an event on a bad line, so that later lines are not reported because of it."""
        self._begun = True
        if event.run is not None and event.run not in self._runs:
            self._runs.append(event.run)
        if event.seq is None or event.seq < 1:
            self._numbers.skip()
        else:
            for _ in self._numbers.take(event.seq, self._number):
                pass
            self._numbers.is_repeated(event.seq)
        if self._schema.knows(event.type):
            self._note_data(event.type, event, event.timestamp)
        else:
            self._lose(1)

    def _note_data(self, kind: str, data: Event | Fields, stamp: str | None) -> None:
        if kind == "run_start":
            self._started = self._number if self._started is None else self._started
        elif kind == "complete":
            self._completed, self._ended = self._number, True
        self._parts.note(kind, data, self._number)
        if kind in _HEARTBEAT_TYPES and stamp is not None:
            self._times.note(stamp, self._number)

    def _lose(self, count: float) -> None:
        """Take events that cannot be read or are missing."""
        self._lost.add(self._number, count)
        self._times.skip(count)
        self._last_bad = self._number if count else self._last_bad

    def _bad(self, rule: str, message: str, lost: float = 1) -> Iterator[Finding]:
        """Yield a finding on a line in place of which, or before which, events are lost."""
        yield from self._times.confirm()
        yield self._finding(rule, message)
        self._numbers.skip(lost)
        self._lose(lost)

    def _violations(self, fields: object) -> str:
        found = list(islice(self._schema.violations(fields), _COUNTED))
        violations = list(dict.fromkeys(found))  # each alternative of a type may report the same
        more = len(violations) - _VIOLATIONS
        count = f"{more} or more" if len(found) == _COUNTED else str(more)
        ending = "" if more <= 0 else f"; and {count} other violation{'' if count == '1' else 's'}"
        return "; ".join(violations[:_VIOLATIONS]) + ending

    def _finding(self, rule: str, message: str) -> Finding:
        return Finding(max(1, self._number), rule, message)
