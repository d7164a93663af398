"""`SyncRunLog`, the writer of run files for synchronous code and threads: each call waits until the line is written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from agent.events import Event, HeartbeatState, Outcome, Phase, StopReason, Thought
from agent.runlog.encoder import CopiedLine
from agent.runlog.outcome import RunOutcome
from agent.runlog.receipt import Done, Receipt
from agent.runlog.redaction.text_pieces import Piece, TextEnd
from agent.runlog.run_lines import Origin
from agent.runlog.run_writer import RunWriter
from agent.runlog.streamed_text import StreamedText, SyncTextWriter, TextKind


class RunLogBase:
    """What is the same in `RunLog` and `SyncRunLog`: one run, its names, and calls that do not wait for the file.

    `phase` and `iteration` of the lines follow the `session_start` events.
    """

    def __init__(self, writer: RunWriter) -> None:
        self._writer = writer

    @property
    def run(self) -> str:
        """The id of the run; empty before the block is entered, unless `open` was given one."""
        return self._writer.run

    @property
    def path(self) -> Path:
        """The run's file. Raises RunLogClosed before the block is entered, when there is none yet."""
        return self._writer.path

    @property
    def phase(self) -> Phase:
        """The phase of the run."""
        return self._writer.lines.phase

    @property
    def iteration(self) -> int:
        """The number of the session, counted from 1; 0 before the first."""
        return self._writer.lines.iteration

    @property
    def cost_usd(self) -> float:
        """The cost in US dollars of all sessions so far, as far as it is known."""
        return self._writer.lines.cost_usd or 0.0

    @property
    def writer(self) -> RunWriter:
        """The writer behind the log, for recorders of sessions such as `record`; other programs need none of it."""
        return self._writer

    def touch(self) -> None:
        """Reset the heartbeat's `idle_s`: the model or a tool gave a sign of life that is not an event."""
        self._writer.lines.touch()

    def redact_piece(self, text: str, start: int, end: TextEnd) -> Piece:
        """Return what can be written of a text that arrives in pieces, redacted, from `start` on.

        `text` is what has arrived, of which `start` characters are written. What may be the beginning of a secret is
        left for the next call, unless nothing follows.
        """
        return self._writer.redactor.redact_piece(text, start, end)


class SyncRunLog(RunLogBase):
    """One run and its file, for synchronous code: `with RunLog.open(...) as log` returns one.

    It promises the same as `RunLog`. All threads of the program may use it, beside each other and beside a `RunLog`.
    """

    def emit(
        self, event: Event, *, parent: str | None = None, phase: Phase | None = None, iteration: int | None = None
    ) -> None:
        """Append one event; return when the kernel has the line. `parent` is the subagent's tool_use id, if any.

        `phase` and `iteration` are those of the event's session; by default, of the session that started last.

        An exception that a signal raises meanwhile does not withdraw the event. Raises what `RunLog.emit` raises.
        """
        if self._writer.needs_files(event):
            event = self._writer.attach(event)
        _wait(partial(self._writer.emit, event, Origin(parent, phase, iteration)))

    @contextmanager
    def stream(
        self, message: str | None = None, *, block: int = 0, kind: TextKind = Thought, parent: str | None = None,
        phase: Phase | None = None, iteration: int | None = None,
    ) -> Iterator[SyncTextWriter]:  # fmt: skip
        """Write the text of a message in pieces, as they arrive: `text.write(piece)` in the block.

        What may be the beginning of a secret is held back until the next piece, or the end of the block, as two events
        could not be redacted together. `message` and `block` say which text it is (default: a message of its own),
        `kind` whether it is text or thinking. The rest is as in `emit`. If an exception ends the block, an end that may
        be most of a secret is left out.
        """
        text = StreamedText(kind, message or unique_key(), block, self.redact_piece)
        writer = SyncTextWriter(text, partial(self.emit, parent=parent, phase=phase, iteration=iteration))
        try:
            yield writer
        except BaseException as error:
            writer.close(error)
            raise
        writer.close(None)

    def copy(self, line: CopiedLine) -> None:
        """Append a line of another run file: its type, time, phase, iteration, parent and data stay, `seq` does not.

        Its time must not be before that of the last line, or it gets the time of that. Nothing can follow `complete`.
        Raises what `emit` raises.
        """
        _wait(partial(self._writer.copy, line))

    def complete(self, outcome: Outcome, message: str, reason: StopReason | None = None) -> None:
        """Write the last line of the run, with every blocked call. `reason` is why a build ended.

        A second call does nothing: the first outcome counts.
        """
        _wait(partial(self._writer.complete, RunOutcome(outcome, message), reason))

    def begin_wait(self, state: HeartbeatState, *, key: str = "", until: datetime | None = None) -> None:
        """Make heartbeats report `state` until `end_wait` of the same `key`; the first one is written at once.

        `until` is when the wait ends, if that is known; it must have a time zone. No running tool hides the state.
        """
        _wait(partial(self._writer.begin_wait, key, state, format_until(until)))

    def end_wait(self, key: str = "") -> None:
        """End the wait that began with this `key`, and write a heartbeat at once. Does nothing if there is none."""
        _wait(partial(self._writer.end_wait, key))

    @contextmanager
    def waiting(self, state: HeartbeatState, until: datetime | None = None) -> Iterator[None]:
        """Make heartbeats report `state` inside the block, with `begin_wait` and `end_wait`."""
        key = unique_key()
        self.begin_wait(state, key=key, until=until)
        try:
            yield
        finally:
            self.end_wait(key)

    def __enter__(self) -> Self:
        begun = Receipt()
        self._writer.begin(begun)
        try:
            begun.wait()
            self._writer.ready(None)
        except BaseException:
            self._wait_until_closed(self._writer.abandon)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        try:
            self._wait_until_closed(partial(self._writer.finish, error))
            self._writer.check_finished(error)
        except (KeyboardInterrupt, SystemExit) as interruption:
            self._writer.check_finished(interruption)
            raise
        finally:
            self._writer.restore_sigterm()

    def _wait_until_closed(self, close: Callable[[Done], None]) -> None:
        """Close the run. If Ctrl-C interrupts that at any point, hurry, and raise KeyboardInterrupt afterwards."""
        interruption: BaseException | None = None
        closed = Receipt()
        while not closed.done:
            try:
                close(closed)  # again if it was interrupted
                closed.wait()
            except (KeyboardInterrupt, SystemExit) as error:
                interruption = error
                self._writer.hurry()
        if interruption is not None:
            raise interruption


def format_until(until: datetime | None) -> str | None:
    """Return the end of a wait as heartbeats report it."""
    return None if until is None else until.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def unique_key() -> str:
    """Return a key for a wait that no other wait has."""
    return uuid4().hex


def _wait(call: Callable[[Done], None]) -> None:
    """Make a call, and return when it is done."""
    receipt = Receipt()
    call(receipt)
    receipt.wait()
