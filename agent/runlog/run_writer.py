"""Writes one run, from its first line to its last: the file, the threads and the signal, behind calls that never wait.

Most calls take a function that is called when they are done. `RunLog` awaits that, `SyncRunLog` waits for it.
"""

import os
import time
import traceback
from asyncio import Task
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import RunLogClosed, RunLogError, RunLogUnusable
from agent.events import Complete, Error, Event, HeartbeatState, Info, Prompt, RunStart, StopReason, Tokens, ToolResult
from agent.platform import process_start
from agent.runlog import run_file
from agent.runlog.appender import Appender, Warn, harmless
from agent.runlog.attachments import INLINE_BYTES, attach_images, attach_output, has_images
from agent.runlog.encoder import Clock, CopiedLine, EncodedLine, LineEncoder
from agent.runlog.fork import no_fork
from agent.runlog.heartbeat_thread import HeartbeatThread
from agent.runlog.lock import lock_kind
from agent.runlog.outcome import EXPECTED_EXITS, RunOutcome, describe_exception, outcome_from_exception
from agent.runlog.receipt import Done, Receipt, ignore
from agent.runlog.redaction.redact import LineCleaner, Redactor
from agent.runlog.redaction.redact_settings import RedactSettings
from agent.runlog.run_lines import Origin, RunLines
from agent.runlog.sigterm import SigtermHandler
from agent.runlog.sync_thread import SyncThread

EXIT_PATIENCE_S = 5.0
"""Seconds by which a full disk may delay the end of a program that ends with an exception."""

CloseSession = Callable[[], Iterable[tuple[Event, Origin]]]
"""Ends a session that is still open when its run ends: returns its last events."""


class RunWriter:
    """One run and its file: `begin`, `ready` once its first lines are written, any number of lines, `finish`.

    All calls but `ready` and `restore_sigterm` can come from any thread.
    """

    def __init__(self, start: RunStart, runs_dir: Path, *, run: str | None, patience_s: float, clock: Clock,
                 warn: Warn, settings: RedactSettings) -> None:  # fmt: skip
        self._start = start
        self._runs_dir = runs_dir
        self._patience_s = patience_s
        self._clock = clock
        self._warn = harmless(warn)
        self._path: Path | None = None
        self._appender_or_none: Appender | None = None
        self._heartbeats = HeartbeatThread(start.heartbeat_s, self._beat)
        self._syncs = SyncThread(self._sync)
        self._end_failure: BaseException | None = None
        self._open_sessions: list[CloseSession] = []
        self._warned_of_failure = False
        self._warned_of_fault = False
        self._sigterm = SigtermHandler()
        self.redactor = Redactor(os.environ, settings)
        self.lines = RunLines(start)
        self._name = run
        self.run = run or ""
        self.resumed: Path | None = None
        self.call_uses: dict[str, int] = {}
        """How many calls of the run had each ID that a model gave: in the record, each has an ID of its own."""
        """The file to continue; None for a new one."""

    @property
    def path(self) -> Path:
        """The run's file. Raises RunLogClosed before `begin`, when there is none yet."""
        if self._path is None:
            raise RunLogClosed("this run has no file yet; enter it first: `async with log:` or `with log:`")
        return self._path

    @property
    def forked(self) -> bool:
        """Whether this process was forked from the one that writes the run."""
        return self._appender_or_none is not None and self._appender_or_none.forked

    def begin(self, done: Done) -> None:
        """Create or reopen the file; it is done when its first lines are written.

        Raises RunLogUnusable, RunLogBusy, and RuntimeError when no thread can be started. No file is left behind then.
        """
        if self._appender_or_none is not None:
            raise RunLogClosed(f"run {self.run} was entered before; open another one")
        with no_fork():
            fd, point = self._open_file()
            encoder = LineEncoder(point.run, self._clock, seq=point.seq, last_ns=point.last_ns)
            clean = LineCleaner(self.redactor).clean
            try:
                appender = Appender(fd, self.path, clean, patience_s=self._patience_s, warn=self._warn)
            except BaseException:
                self._discard()
                raise
        self.lines.begin(encoder, run_file.read_lines(fd) if self.resumed else (), self._clock())
        self._appender_or_none = appender
        if not point.started:
            self._start.pid, self._start.pid_start = os.getpid(), process_start(os.getpid())
            self._start.lock = lock_kind()
            self.emit(self._start, Origin(), ignore if self.resumed else done)
        if self.resumed:
            self.emit(Info(message=f"resumed by process {os.getpid()}", kind="resumed"), Origin(), done)

    def ready(self, task: Task[Any] | None) -> None:
        """Let viewers and SIGTERM find the run, and its heart beat. `task` is the one that records it, if any."""
        self._sigterm.install(task)
        self._syncs.start()
        self._heartbeats.start()
        try:
            run_file.update_latest(self.path)
        except OSError as error:  # for example on a file system without symlinks; the run itself needs none
            self._warn(f"cannot point {run_file.LATEST} at this run: {error.strerror}; use {self.path} instead")

    def abandon(self, done: Done) -> None:
        """Close a run that could not begin, and remove its file; it is done when the file is closed."""
        self.lines.closed = True
        self._sigterm.restore()
        self._heartbeats.stop()
        self._appender.patience_s = 0
        self._discard()
        self._appender.close(done, first=self._join_threads)

    def finish(self, error: BaseException | None, done: Done) -> None:
        """Write the last lines of a block that ended with `error`, and close the file; afterwards `check_finished`.

        A process that was forked inside the block leaves it without an effect on the run. If a signal interrupts the
        call, it may be made again.
        """
        if not self.forked and not self._appender.closing:
            self._heartbeats.stop()
            if error is not None:
                self.hurry()
                if not isinstance(error, EXPECTED_EXITS):
                    self._appender.append(partial(self._error_line, error), ignore)
            end = outcome_from_exception(error, terminated=self._sigterm.received)
            self.complete(end, None, self._note_failure)
        self._appender.close(done, first=self._join_threads)

    def check_finished(self, error: BaseException | None) -> None:
        """Raise what kept the last line of the run from being written; only warn of it if `error` is raised anyway."""
        self._appender.join()
        failure = self._end_failure
        if failure is not None:
            if not isinstance(failure, RunLogError) or (error is None and not self._warned_of_failure):
                raise failure
            if not self._warned_of_failure:
                self._warn(f"the end of run {self.run} could not be recorded: {failure}")

    def session_began(self, close: CloseSession) -> None:
        """Let a session be closed before the last line of the run: `close` returns its last events."""
        self._open_sessions.append(close)

    def session_ended(self, close: CloseSession) -> None:
        """Leave a session alone that has been closed."""
        if close in self._open_sessions:
            self._open_sessions.remove(close)

    def warn_of_failure(self, error: Exception) -> None:
        """Warn, once, that this error ends the record while the program goes on. The end of the run raises no other."""
        if not self._warned_of_failure:
            self._warned_of_failure = True
            self._warn(
                f"run {self.run} is not recorded any further, and the program goes on: {describe_exception(error)}"
            )

    def warn_of_fault(self, error: Exception) -> None:
        """Warn, once, that the record lacks something because the recorder failed."""
        if not self._warned_of_fault:
            self._warned_of_fault = True
            self._warn(f"a fault of runtail: run {self.run} lacks something, and goes on: {describe_exception(error)}")

    def hurry(self) -> None:
        """Wait for a full disk only as long as the end of a program may be delayed."""
        self._appender.patience_s = min(self._appender.patience_s, EXIT_PATIENCE_S)

    def restore_sigterm(self) -> None:
        """Stop handling SIGTERM. If it was received and no other run is open, end the process by it now."""
        self._sigterm.restore()

    def emit(self, event: Event, origin: Origin, done: Done) -> None:
        """Append one event."""
        self._appender.append(partial(self.lines.event, event, origin), done)

    def copy(self, line: CopiedLine, done: Done) -> None:
        """Append a line of another run file."""
        self._appender.append(partial(self.lines.copy, line), done, sync=line.type == Complete.type)

    def complete(self, end: RunOutcome | None, reason: StopReason | None, done: Done) -> None:
        """Append the last line, unless there is one, and flush the file to the disk itself."""
        while self._open_sessions:
            for event, origin in self._open_sessions.pop()():
                self.emit(self.attach(event) if self.needs_files(event) else event, origin, ignore)
        self._appender.append(self.lines.overdue_heartbeat, ignore)  # a full disk may have held up the end itself
        self._appender.append(partial(self.lines.complete, end, reason), done, sync=True)

    def begin_wait(self, key: str, state: HeartbeatState, until: str | None, done: Done) -> None:
        """Let heartbeats report a wait, and append one."""
        self._appender.append(partial(self.lines.begin_wait, key, state, until), done)

    def end_wait(self, key: str, done: Done) -> None:
        """Let heartbeats no longer report a wait, and append one. Does nothing in a forked process."""
        if self.forked:
            done(None)
            return
        self._appender.append(partial(self.lines.end_wait, key), done)

    def tool_started(self, tool_use_id: str, name: str) -> None:
        """Count the time of a tool call from now on. Does nothing after the end of the run, and in a forked process."""
        now = time.monotonic()
        with suppress(RunLogClosed):
            self._appender.append(lambda: self.lines.tool_started(tool_use_id, name, now), ignore)

    def spent(self, session_id: str, cost_usd: float | None, tokens: Tokens) -> None:
        """Let heartbeats report what a running session has cost so far. Does nothing after the end of the run."""
        with suppress(RunLogClosed):
            self._appender.append(lambda: self.lines.spent(session_id, cost_usd, tokens), ignore)

    def needs_files(self, event: Event) -> bool:
        """Return whether a part of the event belongs in a file of its own. Raises RunLogClosed before `begin`."""
        if not isinstance(event, ToolResult | Prompt) or self.lines.closed or self._appender.forked:
            return False
        return has_images(event) or _is_long(event)

    def attach(self, event: Event) -> Event:
        """Write images and a long output to files beside the run; return the event with their names."""
        directory = self.path.with_suffix("")
        if has_images(event):
            event = attach_images(event, directory)
        if isinstance(event, ToolResult) and _is_long(event):
            redacted = msgspec.structs.replace(event, output=self.redactor.redact_long(event.output))
            event = attach_output(redacted, directory)
        return event

    @property
    def _appender(self) -> Appender:
        if self._appender_or_none is None:
            raise RunLogClosed("this run was not entered yet; enter it first: `async with log:` or `with log:`")
        return self._appender_or_none

    def _error_line(self, error: BaseException) -> EncodedLine | None:
        if self.lines.closed:
            return None
        trace = "".join(traceback.format_exception(error))
        return self.lines.event(
            Error(message=describe_exception(error), kind=type(error).__name__, traceback=trace), Origin()
        )

    def _open_file(self) -> tuple[int, run_file.ResumePoint]:
        if self.resumed is None:
            fd, self._path = run_file.create(self._runs_dir, self._clock(), self._name)
            point = run_file.ResumePoint.of_new(self._path)
        else:
            run_file.create_directory(self._runs_dir)
            fd, point = run_file.reopen(self.resumed)
            if point.finished:
                os.close(fd)
                raise RunLogUnusable(f"{self.resumed} is already complete; start a new run")
            self._path = self.resumed
        self.run = point.run
        return fd, point

    def _note_failure(self, failure: BaseException | None) -> None:
        self._end_failure = failure

    def _discard(self) -> None:
        if self.resumed is None:
            run_file.discard(self.path)

    def _beat(self, count_dropped: Callable[[], int]) -> None:
        self._appender.check_file()
        written = Receipt()
        self._appender.append(lambda: self.lines.heartbeat(count_dropped()), written)
        written.wait()
        self._syncs.request()

    def _sync(self) -> None:
        self._appender.sync()

    def _join_threads(self) -> None:
        """Wait for the threads that use the descriptor, which is about to be closed."""
        self._heartbeats.join()
        self._syncs.join()


def _is_long(event: Event) -> bool:
    if not isinstance(event, ToolResult) or len(event.output) <= INLINE_BYTES // 4:
        return False
    return len(event.output.encode("utf-8", "replace")) > INLINE_BYTES
