"""Copies a run file from its lines, as `observe tail -o json` prints them: live, from anywhere, redacted once more."""

import json
import re
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from msgspec import Struct

from agent.events import Complete, Error, Heartbeat, Outcome, RunStart
from agent.recorder.cli_stream import MALFORMED, describe_line
from agent.recorder.turns import TurnResult
from agent.runlog.encoder import CopiedLine, parse_timestamp_ns
from agent.runlog.runlog import RunLog
from agent.session.copied_texts import CopiedTexts

OTHER_RUN = "other_run"
"""The kind of the error that says that the lines of another run are left out."""
_CUT_OFF = TurnResult(Outcome.INTERRUPTED, "the input ended before the end of the run that it is from")
_YEARS = range(1970, 9999)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


class RunLine(Struct, frozen=True):
    """A line of a run file, of whatever type, and the run that it says it is from."""

    run: str
    copied: CopiedLine


class SourceClock:
    """Nanoseconds since 1970 by the times in a run file, and by this machine's clock since the last of them.

    It stands still at `start_ns` until the first time is set.
    """

    def __init__(self, start_ns: int, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self._last: tuple[int, int | None] = start_ns, None

    def __call__(self) -> int:
        time_ns, since = self._last
        return time_ns if since is None else time_ns + self._monotonic_ns() - since

    def set(self, time_ns: int) -> None:
        """Note that it is now `time_ns` by the clock of the run file."""
        self._last = time_ns, self._monotonic_ns()


class _Envelope(Struct):
    seq: int
    timestamp: str
    type: str
    data: dict[str, Any]
    run: str = ""
    phase: str = "starting"
    iteration: int = 0
    parent: str | None = None


def decode_run_line(line: bytes) -> RunLine | None:
    """Return a line of a run file; None if it is anything else."""
    try:
        fields = msgspec.convert(json.loads(line), _Envelope)  # json reads the surrogates that others write, too
    except (ValueError, RecursionError):
        return None
    if not (_TIMESTAMP.fullmatch(fields.timestamp) and int(fields.timestamp[:4]) in _YEARS):
        return None
    try:
        time_ns = parse_timestamp_ns(fields.timestamp)
    except ValueError:
        return None
    copied = CopiedLine(fields.type, time_ns, fields.phase, max(fields.iteration, 0), fields.parent, fields.data)
    return RunLine(fields.run, copied)


def start_of(line: RunLine) -> dict[str, Any]:
    """Return what a copy says in its own `run_start`: the fields that are about the run and not about its process."""
    if line.copied.type != RunStart.type:
        return {}
    fields = {name: line.copied.data.get(name) for name in ("command", "about", "model", "project_dir", "resumed_from")}
    flags = {name: line.copied.data.get(name) is True for name in ("sandbox", "unsafe")}
    return {name: value for name, value in fields.items() if isinstance(value, str)} | flags


async def copy_run(lines: AsyncIterator[bytes], run: str, log: RunLog, clock: SourceClock) -> TurnResult:
    """Copy the lines of `run` to `log`, whose clock is `clock`, until its `complete` or the end of `lines`.

    `run_start` is left out, as `log` has its own, and so are heartbeats: those of the copy say whether the copy lives.
    Returns how the run ended.
    """
    others: set[str] = set()
    texts = CopiedTexts(log.redact_piece)
    async for raw in lines:
        line = decode_run_line(raw)
        if line is None and raw.strip():
            await log.emit(Error(message=describe_line(raw), kind=MALFORMED))
        elif line and line.run == run:
            clock.set(line.copied.time_ns)
            if line.copied.type == Complete.type:
                for copied in texts.end(cut_off=False):
                    await log.copy(copied)
            if line.copied.type not in {RunStart.type, Heartbeat.type}:
                for copied in texts.take(line.copied):
                    await log.copy(copied)
            if line.copied.type == Complete.type:
                return _turn(line.copied.data)
        elif line and line.run not in others:
            others.add(line.run)
            await log.emit(Error(message=f"the lines of run {line.run} are left out", kind=OTHER_RUN))
    for copied in texts.end(cut_off=True):
        await log.copy(copied)
    await log.complete(_CUT_OFF.outcome, _CUT_OFF.message)
    return _CUT_OFF


def _turn(complete: dict[str, Any]) -> TurnResult:
    """Return how the run ended; an outcome that this version does not know is not a success."""
    try:
        outcome = Outcome(str(complete.get("outcome")))
    except ValueError:
        outcome = Outcome.FAILED
    return TurnResult(outcome, str(complete.get("message") or ""))
