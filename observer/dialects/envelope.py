"""Turns the events of a dialect into the lines of a run file. Pure."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import asdict

from observer.dialects.dialect import ForeignEvent
from observer.format.json import encode
from observer.format.timestamps import parse_timestamp, timestamp_text, utc_datetime

_EPOCH = "1970-01-01T00:00:00.000000Z"
_MAX_NAME_LETTERS = 100


class Writer(Struct, frozen=True):
    """What is known of the process behind a session: see `run_start` in docs/run-file.md.

    `is_seen` tells whether it is known if it lives; then the copy is locked for as long as it does. `host` is this
    machine.
    """

    is_seen: bool = False
    host: str | None = None

    @property
    def fields(self) -> dict[str, object]:
        """What an event says of it."""
        return {"host": self.host, "lock": "ofd" if self.is_seen else None}


class _Line(Struct, frozen=True):
    """A line of a run file; the order of the fields is that of its keys."""

    seq: int
    timestamp: str
    run: str
    type: str
    phase: str
    iteration: int
    parent: str | None
    data: object


class Envelope:
    """Numbers the events of one session and gives them times that never go back.

    The first line is a `run_start`, which names the `program` unless the dialect knows its command, and `source`, where
    the session was read from. `run` is the name of the run; without it, it is that of the session.
    """

    def __init__(self, program: str, source: str, run: str = "") -> None:
        self._program = program
        self._source = source
        self._run = run
        self._seq = 0
        self._stamp = _EPOCH

    def lines(
        self, events: Sequence[ForeignEvent], *, arrived: float | None, writer: Writer, is_old: bool = False
    ) -> bytes:
        """Return the lines of the next events. `arrived` is the time of those without one, in seconds since 1970.

        Of events that `is_old`, as they were in their file before that was opened, the time of a neighbour says more.
        """
        if not events:
            return b""
        if not self._seq:
            events = self._with_start(events, writer)
        if is_old and self._stamp == _EPOCH:
            self._stamp = next(filter(None, (_six_digits(event.timestamp, None) for event in events)), _EPOCH)
        since = None if is_old and self._stamp != _EPOCH else arrived
        return b"".join(encode(asdict(self._line(event, since))) + b"\n" for event in events)

    def _line(self, event: ForeignEvent, arrived: float | None) -> _Line:
        self._seq += 1
        self._stamp = max(self._stamp, _six_digits(event.timestamp, arrived) or self._stamp)
        return _Line(self._seq, self._stamp, self._run, event.type, "single", 1, event.parent, event.data)

    def _with_start(self, events: Sequence[ForeignEvent], writer: Writer) -> list[ForeignEvent]:
        is_start = events[0].type == "run_start"
        known = events[0].data if is_start else {}
        self._run = self._run or run_name(str(known.get("session") or ""))
        data = {
            "format": 1, "command": self._program, "model": None, "project_dir": "", "version": "",
            "resumed_from": None, "about": "", **known, "pid": None, "pid_start": None, **writer.fields,
            "recorded_from": self._source,
            "heartbeat_s": 0.0,  # what was written before the copy has none, and is no stall for that
        }  # fmt: skip
        return [ForeignEvent("run_start", data, events[0].timestamp), *events[is_start:]]


def run_name(session: str) -> str:
    """Return a valid name of a run that tells which session it is.

    >>> run_name("204aeb98-f6d2-4417-895b-28ce20e840c7"), run_name("../a b"), run_name("")
    ('204aeb98-f6d2-4417-895b-28ce20e840c7', 'a-b', 'session')
    """
    if session.isascii() and session.replace("-", "").isalnum() and session[0] != "-" and session != "latest":
        return session[:_MAX_NAME_LETTERS]  # as are the IDs that programs give
    name = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in session)
    name = name.lstrip("._-")[:_MAX_NAME_LETTERS]
    return name if name not in {"", "latest"} else f"session{name}"


def _six_digits(stamp: str | None, arrived: float | None) -> str | None:
    """Return a timestamp in UTC with six digits, as those of a run file compare; None if it is invalid."""
    seconds = parse_timestamp(stamp)
    time = utc_datetime(arrived if seconds is None else seconds)
    return None if time is None else timestamp_text(time)
