"""`RunLog`, the writer of run files, for any asyncio program. Does not need the Claude Agent SDK.

async with RunLog.open("runs", about="nightly import") as log:
    await log.emit(Info(message="it works"))
"""

import asyncio
import os
import shlex
import socket
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from agent import __version__
from agent.errors import RunLogClosed, RunLogError, RunLogUnusable
from agent.events import (
    Complete,
    Error,
    Event,
    HeartbeatState,
    Info,
    Outcome,
    Phase,
    RunStart,
    SessionStart,
    StopReason,
    ToolResult,
)
from agent.runlog import run_file
from agent.runlog.appender import Appender, Warn, warn_on_stderr
from agent.runlog.attachments import INLINE_BYTES, attach_output
from agent.runlog.encoder import Clock, LineEncoder
from agent.runlog.heartbeat import Activity, Totals
from agent.runlog.outcome import EXPECTED_EXITS, describe_exception, outcome_from_exception
from agent.runlog.redact import LineCleaner, Redactor
from agent.runlog.sigterm import SigtermHandler
from agent.shield import run_to_completion

HEARTBEAT_S = 5.0
PATIENCE_S = 300.0
EXIT_PATIENCE_S = 5.0
"""Seconds by which a full disk may delay the end of a program that ends with an exception."""


class RunLog:
    """One run and its file. Use it as `async with RunLog.open(...) as log`.

    When `await log.emit(...)` returns, the kernel has the line, which then survives `kill -9`; every heartbeat, and
    the end of the run, flushes the file to disk. However the block ends, the last line is one `complete`: success when
    it ends normally, failed on an exception (after an `error` event), interrupted on cancellation, Ctrl-C and SIGTERM;
    or what was passed to `complete()`.

    `run` is the run's id, `path` its file. `phase` and `iteration` of the lines follow the `session_start` events.
    """

    def __init__(self, start: RunStart, runs_dir: Path, *, run: str | None, patience_s: float, clock: Clock,
                 warn: Warn) -> None:  # fmt: skip
        self._start = start
        self._runs_dir = runs_dir
        self._resume: Path | None = None
        self._patience_s = patience_s
        self._clock = clock
        self._warn = warn
        self._redactor = Redactor(os.environ)
        self._started = time.monotonic()
        self._activity = Activity(self._started)
        self._totals = Totals()
        self._sigterm = SigtermHandler()
        self._dropped = 0
        self._closed = True
        self.run = run or ""
        self._path: Path | None = None
        self.phase = Phase.STARTING
        self.iteration = 0

    @classmethod
    def open(cls, runs_dir: str | Path = "runs", *, command: str | None = None, about: str | None = None,
             model: str | None = None, project_dir: str | Path = ".", run: str | None = None,
             resumed_from: str | None = None, recorded_from: str | None = None, sandbox: bool = False,
             unsafe: bool = False, heartbeat_s: float = HEARTBEAT_S, patience_s: float = PATIENCE_S,
             clock: Clock = time.time_ns, warn: Warn = warn_on_stderr) -> Self:  # fmt: skip
        """Return a new run in `runs_dir`, which is created if missing. Nothing happens before `async with`.

        `command` (default: the command line of this process) and `about` (one line) tell viewers what the run is;
        `run` sets its id (default: a new one); `resumed_from`, `recorded_from`, `sandbox` and `unsafe` are recorded in
        `run_start`. `heartbeat_s` is the number of seconds between heartbeats, `patience_s` how long to wait while the
        disk is full, `clock` returns nanoseconds since 1970 (UTC), `warn` shows one sentence to the user.

        Entering raises RunLogUnusable when the file cannot be created, and on Windows. No file is left behind then.
        """
        return cls(
            RunStart(
                command=shlex.join(sys.orig_argv) if command is None else command,
                model=model,
                project_dir=str(Path(project_dir).absolute()),
                pid=os.getpid(),
                host=socket.gethostname(),
                version=__version__,
                heartbeat_s=heartbeat_s,
                resumed_from=resumed_from,
                recorded_from=recorded_from,
                about=about,
                sandbox=sandbox,
                unsafe=unsafe,
            ),
            Path(runs_dir).absolute(),
            run=run,
            patience_s=patience_s,
            clock=clock,
            warn=warn,
        )

    @classmethod
    def resume(cls, path: str | Path, **options: Any) -> Self:
        """Continue an existing run file whose writer died; `seq` and timestamps continue, too.

        Takes the options of `open`. Entering raises RunLogBusy while another process writes the file, RunLogUnusable
        when it is not a run file or already complete.
        """
        log = cls.open(Path(path).parent, **options)
        log._resume = Path(path).absolute()
        return log

    async def __aenter__(self) -> Self:
        fd, seq, last_ns, started = self._open_file()
        try:
            self._encoder = LineEncoder(self.run, self._clock, seq=seq, last_ns=last_ns)
            clean = LineCleaner(self._redactor).clean
            self._appender = await Appender.open(fd, self.path, clean, patience_s=self._patience_s, warn=self._warn)
            await self._begin(started=started)
        except BaseException:
            if self._resume is None:
                run_file.discard(self.path)
            raise
        self._heartbeats = asyncio.create_task(self._emit_heartbeats(), name="runlog heartbeat")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        try:
            await run_to_completion(self._finish(error))
        finally:
            self._sigterm.restore()

    async def emit(self, event: Event, *, parent: str | None = None) -> None:
        """Append one event; return when the kernel has the line. `parent` is the subagent's tool_use id, if any.

        Cancelling the call does not withdraw the event. Raises RunLogClosed after `complete`, RunLogFull when the
        disk stays full for `patience_s`, RunLogError when the file cannot be written at all.
        """
        if isinstance(event, ToolResult) and len(event.output) > INLINE_BYTES // 4 and not self._closed:
            event = await self._shorten(event)
        if self._closed:
            raise RunLogClosed(f"a {event.type} event was emitted after the end of run {self.run or '(not entered)'}")
        if isinstance(event, SessionStart):
            self.phase, self.iteration = Phase(event.agent_type.lower()), event.iteration
        self._totals.apply(event)
        self._activity.apply(event, time.monotonic())
        await self._appender.append(self._encoder.encode(event, self.phase, self.iteration, parent))

    async def complete(self, outcome: Outcome, message: str, reason: StopReason | None = None) -> None:
        """Write the last line of the run, with every blocked call. `reason` is why a build ended.

        A second call does nothing: the first outcome counts.
        """
        if self._closed:
            return
        self._closed = True
        event = Complete(
            outcome=outcome,
            project_dir=self._start.project_dir,
            cost_usd=self._totals.cost_usd,
            duration_ms=round((time.monotonic() - self._started) * 1000),
            message=message,
            reason=reason,
            blocked=self._totals.blocked,
            passing=self._totals.passing,
            total=self._totals.total,
        )
        await self._appender.append(self._encoder.encode(event, self.phase, self.iteration, None))
        await self._appender.sync()

    def touch(self) -> None:
        """Reset the heartbeat's `idle_s`: the model or a tool gave a sign of life that is not an event."""
        self._activity.touch(time.monotonic())

    def tool_started(self, tool_use_id: str, name: str) -> None:
        """Count a tool call's time in heartbeats from now, when it starts to run."""
        self._activity.tool_started(tool_use_id, name, time.monotonic())

    @property
    def path(self) -> Path:
        """The run's file. Raises RunLogClosed before the block is entered, when there is none yet."""
        if self._path is None:
            raise RunLogClosed("this run has no file yet; enter it first: `async with log:`")
        return self._path

    @property
    def cost_usd(self) -> float:
        """The cost of the sessions that have ended so far, in US dollars."""
        return self._totals.cost_usd or 0.0

    @contextmanager
    def waiting(self, state: HeartbeatState, until: datetime) -> Iterator[None]:
        """Make heartbeats report `state` inside the block, lasting until `until`, which must have a time zone."""
        self._activity.begin_wait(state, until.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"))
        try:
            yield
        finally:
            self._activity.end_wait(time.monotonic())

    def pending_secret_length(self, text: str) -> int:
        """Return how many characters at the end of `text` may be the beginning of a secret.

        A caller that writes text in pieces should keep them until it has the next piece.
        """
        return self._redactor.pending_secret_length(text)

    def _open_file(self) -> tuple[int, int, int, bool]:
        if self._resume is None:
            fd, self._path = run_file.create(self._runs_dir, self._clock(), self.run or None)
            self.run = self._path.name.removesuffix(run_file.SUFFIX)
            return fd, 0, 0, False
        run_file.create_directory(self._runs_dir)
        fd, point = run_file.reopen(self._resume)
        if point.finished:
            os.close(fd)
            raise RunLogUnusable(f"{self._resume} is already complete; start a new run")
        self._path, self.run = self._resume, point.run
        return fd, point.seq, point.last_ns, point.started

    async def _begin(self, *, started: bool) -> None:
        """Write the first lines, then let viewers and SIGTERM find the run."""
        self._closed = False
        try:
            if not started:
                await self.emit(self._start)
            if self._resume:
                await self.emit(Info(message=f"resumed by process {os.getpid()}", kind="resumed"))
            self._sigterm.install()
            self._update_latest()
        except BaseException:
            self._closed = True
            self._sigterm.restore()
            await self._appender.close()
            raise

    async def _shorten(self, result: ToolResult) -> ToolResult:
        if len(result.output.encode("utf-8", "replace")) <= INLINE_BYTES:
            return result
        output = await asyncio.to_thread(self._redactor.redact_long, result.output)
        redacted = msgspec.structs.replace(result, output=output)
        return await attach_output(redacted, self.path.with_suffix(""))

    async def _finish(self, error: BaseException | None) -> None:
        if error is not None:
            self._appender.patience_s = min(self._patience_s, EXIT_PATIENCE_S)
        try:
            if not self._closed:
                if error is not None and not isinstance(error, EXPECTED_EXITS):
                    trace = "".join(traceback.format_exception(error))
                    message = describe_exception(error)
                    await self.emit(Error(message=message, kind=type(error).__name__, traceback=trace))
                await self.complete(*outcome_from_exception(error, terminated=self._sigterm.received))
        except RunLogError as failure:
            if error is None:
                raise
            self._warn(f"the end of run {self.run} could not be recorded: {failure}")
        finally:
            self._heartbeats.cancel()
            await asyncio.gather(self._heartbeats, return_exceptions=True)
            await self._appender.close()

    async def _emit_heartbeats(self) -> None:
        interval = self._start.heartbeat_s
        loop = asyncio.get_running_loop()
        due = loop.time() + interval
        while True:
            await asyncio.sleep(due - loop.time())
            self._appender.check_file()
            heartbeat = self._activity.heartbeat(time.monotonic(), self._dropped)
            try:
                await self.emit(self._totals.add_to_heartbeat(heartbeat))
                await self._appender.sync()
            except RunLogError:
                return  # the next emit() raises this error; raising it here would only end this task silently
            missed = max(0, int((loop.time() - due) // interval))
            self._dropped += missed
            due += interval * (missed + 1)

    def _update_latest(self) -> None:
        try:
            run_file.update_latest(self.path)
        except OSError as error:  # for example on a file system without symlinks; the run itself needs none
            self._warn(f"cannot point {run_file.LATEST} at this run: {error.strerror}; use {self.path} instead")
