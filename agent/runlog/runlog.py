"""`RunLog`, the writer of run files, for any asyncio program. Needs nothing of the Claude SDK.

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
from agent.runlog.appender import Appender, Warn
from agent.runlog.attachments import INLINE_BYTES, spill
from agent.runlog.encoder import Cleaner, Clock, LineEncoder
from agent.runlog.heartbeat import Activity
from agent.runlog.outcome import ORDERLY, outcome_of, words_of
from agent.runlog.redact import Redactor
from agent.runlog.sigterm import Termination
from agent.runlog.totals import Totals
from agent.shield import run_to_completion
from agent.version import __version__

HEARTBEAT_S = 5.0
PATIENCE_S = 300.0
LEAVING_PATIENCE_S = 5.0
"""How long a full disk may hold up a program that is on its way out."""


def warn_on_stderr(sentence: str) -> None:
    """The default way to tell the person who runs the agent."""
    print(f"runtail: {sentence}", file=sys.stderr, flush=True)


class RunLog:
    """One run and its file. Use it as `async with RunLog.open(...) as log`.

    When `await log.emit(...)` returns, the line is the kernel's and survives `kill -9`; with every heartbeat, and at
    the end, it is on the disk. However the block is left, the last line is one `complete`: success when it ends
    normally, failed on an exception (with an `error` event before it), interrupted on cancellation, Ctrl-C and
    SIGTERM; or what `complete()` was told.

    `run` is the run's id, `path` its file. `phase` and `iteration` of the lines follow the `session_start` events.
    """

    def __init__(self, start: RunStart, runs_dir: Path, *, run: str | None, resume: Path | None,
                 patience_s: float, clock: Clock, warn: Warn) -> None:  # fmt: skip
        self._start = start
        self._runs_dir = runs_dir
        self._resume = resume
        self._patience_s = patience_s
        self._clock = clock
        self._warn = warn
        self._redactor = Redactor(os.environ)
        self._activity = Activity(time.monotonic())
        self._termination = Termination()
        self._began = time.monotonic()
        self._totals = Totals()
        self._dropped = 0
        self._closed = True
        self._lost = ""
        self.run = run or ""
        self._path: Path | None = None
        self.phase = Phase.STARTING
        self.iteration = 0

    @classmethod
    def open(cls, runs_dir: str | Path = "runs", *, command: str | None = None, about: str | None = None,
             model: str | None = None, project_dir: str | Path = ".", run: str | None = None,
             resumed_from: str | None = None, sandbox: bool = False, unsafe: bool = False,
             heartbeat_s: float = HEARTBEAT_S, patience_s: float = PATIENCE_S,
             clock: Clock = time.time_ns, warn: Warn = warn_on_stderr) -> Self:  # fmt: skip
        """A new run in `runs_dir`, which is made when missing. Nothing happens before `async with`.

        `command` (default: this process's) and `about` (one line) are for people who look at the run later;
        `run` replaces the id that is made up otherwise; `resumed_from`, `sandbox` and `unsafe` are noted in
        `run_start`. `heartbeat_s` is the seconds between heartbeats,
        `patience_s` how long a full disk is waited for, `clock` gives nanoseconds since 1970 (UTC), `warn` takes one
        sentence for the person at the terminal.

        Entering raises RunLogUnusable when the folder or file cannot be made.
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
                about=about,
                sandbox=sandbox,
                unsafe=unsafe,
            ),
            Path(runs_dir).absolute(),
            run=run,
            resume=None,
            patience_s=patience_s,
            clock=clock,
            warn=warn,
        )

    @classmethod
    def resume(cls, path: str | Path, **options: Any) -> Self:
        """Go on in an existing run file whose writer died: a torn last line is sealed, `seq` and time go on.

        `options` as for `open`. Entering raises RunLogBusy while its writer lives, RunLogUnusable when it is no
        run file or already complete.
        """
        path = Path(path).absolute()
        log = cls.open(path.parent, **options)
        log._resume = path
        return log

    async def __aenter__(self) -> Self:
        fd, seq, last_ns, started = self._open_file()
        self._encoder = LineEncoder(self.run, self._clock, seq=seq, last_ns=last_ns)
        self._appender = await Appender.open(
            fd, self.path, Cleaner(self._redactor).clean, patience_s=self._patience_s, warn=self._warn
        )
        self._closed = False
        try:
            if not started:
                await self.emit(self._start)
            if self._resume:
                await self.emit(Info(message=f"resumed by process {os.getpid()}", kind="resumed"))
            self._point_latest()
        except BaseException:
            self._closed = True
            await self._appender.close()
            raise
        self._termination.install()
        self._heart = asyncio.create_task(self._beat_for_ever(), name="runlog heartbeat")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        try:
            await run_to_completion(self._finish(error))
        finally:
            self._termination.restore()

    async def emit(self, event: Event, *, parent: str | None = None) -> None:
        """Append one event; returns when the kernel has the line. `parent` is the subagent's tool_use id, if any.

        Cancelling the wait does not take the event back. Raises RunLogClosed after `complete`, RunLogFull when the
        disk stays full for `patience_s`, RunLogError when the file cannot be written at all.
        """
        if isinstance(event, ToolResult) and len(event.output) > INLINE_BYTES // 4 and not self._closed:
            event = await self._shorten(event)
        if self._closed:
            raise RunLogClosed(f"a {event.type} event came after the end of run {self.run or '(not yet entered)'}")
        if isinstance(event, SessionStart):
            self.phase, self.iteration = Phase(event.agent_type.lower()), event.iteration
        self._totals.note(event)
        self._activity.note(event, time.monotonic())
        await self._appender.append(self._encoder.encode(event, self.phase, self.iteration, parent))

    async def complete(self, outcome: Outcome, message: str, reason: StopReason | None = None) -> None:
        """Write the last line of the run, with all that was blocked in it. `reason` says why a build ended.

        A second call does nothing: the first outcome stands.
        """
        if self._closed:
            return
        self._closed = True
        last = Complete(
            outcome=outcome,
            project_dir=self._start.project_dir,
            cost_usd=self._totals.cost_usd,
            duration_ms=round((time.monotonic() - self._began) * 1000),
            message=message,
            reason=reason,
            blocked=self._totals.blocked,
            passing=self._totals.passing,
            total=self._totals.total,
        )
        await self._appender.append(self._encoder.encode(last, self.phase, self.iteration, None))
        await self._appender.sync()

    def touch(self) -> None:
        """The model or a tool gave a sign of life that is no event; the heartbeat's `idle_s` starts anew."""
        self._activity.touch(time.monotonic())

    def tool_started(self, tool_use_id: str, name: str) -> None:
        """An announced tool call really begins now; the heartbeat counts from here."""
        self._activity.tool_started(tool_use_id, name, time.monotonic())

    @property
    def path(self) -> Path:
        """The run's file. Raises RunLogClosed before the block is entered, when there is none yet."""
        if self._path is None:
            raise RunLogClosed("this run has no file yet; enter it first: `async with log:`")
        return self._path

    @property
    def cost_usd(self) -> float:
        """What the sessions that have ended cost so far, in US dollars."""
        return self._totals.cost_usd or 0.0

    @contextmanager
    def waiting(self, state: HeartbeatState, until: datetime) -> Iterator[None]:
        """While inside, heartbeats say `state` and that it lasts until `until`, which must know its time zone."""
        self._activity.wait(state, until.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"))
        try:
            yield
        finally:
            self._activity.wait_over(time.monotonic())

    def hold_back(self, text: str) -> int:
        """How many characters at the end of `text` a streaming caller should keep until the next piece has come,
        because they may be the beginning of a secret."""
        return self._redactor.hold_back(text)

    def _open_file(self) -> tuple[int, int, int, bool]:
        if self._resume is None:
            fd, self._path = run_file.create(self._runs_dir, self._clock(), self.run or None)
            self.run = self._path.name.removesuffix(run_file.SUFFIX)
            return fd, 0, 0, False
        run_file.make_folder(self._runs_dir)
        fd, at = run_file.reopen(self._resume)
        if at.finished:
            os.close(fd)
            raise RunLogUnusable(f"{self._resume} is complete already; start a new run")
        self._path, self.run = self._resume, at.run
        return fd, at.seq, at.last_ns, at.started

    async def _shorten(self, result: ToolResult) -> ToolResult:
        if len(result.output.encode("utf-8", "replace")) <= INLINE_BYTES:
            return result
        output = await asyncio.to_thread(self._redactor.long_text, result.output)
        redacted = msgspec.structs.replace(result, output=output)
        return await spill(redacted, self.path.with_suffix(""))

    async def _finish(self, error: BaseException | None) -> None:
        if error is not None:
            self._appender.patience_s = min(self._patience_s, LEAVING_PATIENCE_S)
        try:
            if not self._closed:
                if error is not None and not isinstance(error, ORDERLY):
                    trace = "".join(traceback.format_exception(error))
                    await self.emit(Error(message=words_of(error), kind=type(error).__name__, traceback=trace))
                await self.complete(*outcome_of(error, terminated=self._termination.received))
        except RunLogError as failure:
            if error is None:
                raise
            self._warn(f"the end of run {self.run} could not be recorded: {failure}")
        finally:
            await self._stop_heart()
            await self._appender.close()

    async def _stop_heart(self) -> None:
        self._heart.cancel()
        await asyncio.gather(self._heart, return_exceptions=True)

    async def _beat_for_ever(self) -> None:
        interval = self._start.heartbeat_s
        loop = asyncio.get_running_loop()
        due = loop.time() + interval
        while True:
            await asyncio.sleep(due - loop.time())
            self._check_file()
            try:
                await self.emit(self._totals.told(self._activity.beat(time.monotonic(), self._dropped)))
                await self._appender.sync()
            except RunLogError:
                return  # the run is over, or whoever emits next is told; a heart that raises tells nobody
            missed = max(0, int((loop.time() - due) // interval))
            self._dropped += missed
            due += interval * (missed + 1)

    def _point_latest(self) -> None:
        try:
            run_file.point_latest(self.path)
        except OSError as error:  # a file system without symlinks, say; the run itself needs none
            self._warn(
                f"{run_file.LATEST} could not be pointed at this run: {error.strerror}; name {self.path} instead"
            )

    def _check_file(self) -> None:
        """Say once when the file is no longer where it was: what is written now goes where nobody looks."""
        lost = self._appender.lost()
        if lost and lost != self._lost:
            self._warn(f"{self.path} {lost} while the agent runs; the run goes on, but viewers may not see it")
        self._lost = lost
