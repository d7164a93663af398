"""`RunLog`, the writer of run files, for any program. Does not need the Claude Agent SDK.

    async with RunLog.open("runs", about="nightly import") as log:
        await log.emit(Info(message="it works"))

In synchronous code:

    with RunLog.open("runs", about="nightly import") as log:
        log.emit(Info(message="it works"))
"""

import asyncio
import concurrent.futures.thread  # noqa: F401 - asyncio would import it when it may be too late to open a file
import math
import os
import shlex
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from agent import __version__
from agent.errors import RunLogUnusable
from agent.events import Event, HeartbeatState, Outcome, Phase, RunStart, StopReason, Thought
from agent.runlog.appender import Warn, warn_on_stderr
from agent.runlog.encoder import Clock, CopiedLine
from agent.runlog.loop_futures import LoopFutures, running_loop
from agent.runlog.outcome import RunOutcome
from agent.runlog.receipt import Done, ignore
from agent.runlog.redaction.redact_settings import read_redact_settings
from agent.runlog.run_file import check_run_name
from agent.runlog.run_lines import Origin
from agent.runlog.run_writer import RunWriter
from agent.runlog.streamed_text import StreamedText, TextKind, TextWriter
from agent.runlog.sync_runlog import RunLogBase, SyncRunLog, format_until, unique_key
from agent.shield import run_to_completion

HEARTBEAT_S = 5.0
PATIENCE_S = 300.0


class RunLog(RunLogBase):
    """One run and its file. Use it as `async with RunLog.open(...) as log`, or as `with RunLog.open(...) as log`.

    When `await log.emit(...)` returns, the kernel has the line, which then survives `kill -9`; every heartbeat, and
    the end of the run, flushes the file to disk. However the block ends, the last line is one `complete`: failed on an
    exception (after an `error` event), interrupted on cancellation, Ctrl-C and SIGTERM; when it ends normally, the
    outcome of the last session that failed, unless one succeeded that began later; else success. What is passed to
    `complete()` counts before all that. Heartbeats come from a thread, also while the event loop is blocked.

    `with` returns a `SyncRunLog`, whose `emit` is a plain function. `sync_log` is one for other threads of a program
    that has entered `async with`. A process that is forked inside the block cannot write to the run.
    """

    _loop_futures: LoopFutures | None = None

    @classmethod
    def open(cls, runs_dir: str | Path = "runs", *, command: str | None = None, about: str | None = None,
             model: str | None = None, project_dir: str | Path = ".", run: str | None = None,
             resumed_from: str | None = None, recorded_from: str | None = None, sandbox: bool = False,
             unsafe: bool = False, heartbeat_s: float = HEARTBEAT_S, patience_s: float = PATIENCE_S,
             clock: Clock = time.time_ns, warn: Warn = warn_on_stderr) -> Self:  # fmt: skip
        """Return a new run in `runs_dir`, which is created if missing. Nothing happens before the block is entered.

        `command` (default: the command line of this process) and `about` (one line) tell viewers what the run is;
        `run` sets its id (default: a new one); `resumed_from`, `recorded_from`, `sandbox` and `unsafe` are recorded in
        `run_start`. `heartbeat_s` is the number of seconds between heartbeats, `patience_s` how long to wait while the
        disk is full, `clock` returns nanoseconds since 1970 (UTC), `warn` shows one sentence to the user; it may be
        called in another thread. What is redacted beyond the usual is in the `.agent/redact.toml` of `project_dir`.

        Raises RunLogUnusable when that file is invalid, `run` is not a name that the format allows, or `heartbeat_s`
        is not a positive number. Entering raises it when the run file cannot be created, on Windows, and with
        `async with` where asyncio does not run; no file is left behind then.
        """
        if run is not None:
            check_run_name(run)
        _check_heartbeat(heartbeat_s)
        start = RunStart(
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
        )
        settings = read_redact_settings(Path(project_dir).absolute())
        directory = Path(runs_dir).absolute()
        return cls(
            RunWriter(start, directory, run=run, patience_s=patience_s, clock=clock, warn=warn, settings=settings)
        )

    @classmethod
    def resume(cls, path: str | Path, **options: Any) -> Self:
        """Continue an existing run file whose writer died; `seq` and timestamps continue, too.

        Takes the options of `open`. Entering raises RunLogBusy while another process writes the file, RunLogUnusable
        when it is not a run file or already complete.
        """
        log = cls.open(Path(path).parent, **options)
        log._writer.resumed = Path(path).absolute()
        return log

    @property
    def sync_log(self) -> SyncRunLog:
        """The same run for other threads and for synchronous code, once the block is entered."""
        return SyncRunLog(self._writer)

    async def emit(
        self, event: Event, *, parent: str | None = None, phase: Phase | None = None, iteration: int | None = None
    ) -> None:
        """Append one event; return when the kernel has the line. `parent` is the subagent's tool_use id, if any.

        `phase` and `iteration` are those of the event's session; by default, of the session that started last.

        Cancelling the call does not withdraw the event. Raises RunLogClosed after `complete` and in a forked process,
        RunLogFull when the disk stays full for `patience_s`, RunLogError when the file cannot be written at all.
        """
        origin = Origin(parent, phase, iteration)
        if self._writer.needs_files(event):
            await self._emit_with_files(event, origin)
        else:
            await self._wait(partial(self._writer.emit, event, origin))

    @asynccontextmanager
    async def stream(
        self, message: str | None = None, *, block: int = 0, kind: TextKind = Thought, parent: str | None = None,
        phase: Phase | None = None, iteration: int | None = None,
    ) -> AsyncIterator[TextWriter]:  # fmt: skip
        """Write the text of a message in pieces, as they arrive: `await text.write(piece)` in the block.

        What may be the beginning of a secret is held back until the next piece, or the end of the block, as two events
        could not be redacted together. `message` and `block` say which text it is (default: a message of its own),
        `kind` whether it is text or thinking. The rest is as in `emit`. If an exception ends the block, an end that may
        be most of a secret is left out.
        """
        text = StreamedText(kind, message or unique_key(), block, self.redact_piece)
        writer = TextWriter(text, partial(self.emit, parent=parent, phase=phase, iteration=iteration))
        try:
            yield writer
        except BaseException as error:
            await writer.close(error)
            raise
        await writer.close(None)

    async def copy(self, line: CopiedLine) -> None:
        """Append a line of another run file: its type, time, phase, iteration, parent and data stay, `seq` does not.

        Its time must not be before that of the last line, or it gets the time of that. Nothing can follow `complete`.
        Raises what `emit` raises.
        """
        await self._wait(partial(self._writer.copy, line))

    async def complete(self, outcome: Outcome, message: str, reason: StopReason | None = None) -> None:
        """Write the last line of the run, with every blocked call. `reason` is why a build ended.

        A second call does nothing: the first outcome counts.
        """
        await self._wait(partial(self._writer.complete, RunOutcome(outcome, message), reason))

    async def begin_wait(self, state: HeartbeatState, *, key: str = "", until: datetime | None = None) -> None:
        """Make heartbeats report `state` until `end_wait` of the same `key`; the first one is written at once.

        `until` is when the wait ends, if that is known; it must have a time zone. No running tool hides the state.
        """
        await self._wait(partial(self._writer.begin_wait, key, state, format_until(until)))

    async def end_wait(self, key: str = "") -> None:
        """End the wait that began with this `key`, and write a heartbeat at once. Does nothing if there is none."""
        await self._wait(partial(self._writer.end_wait, key))

    @asynccontextmanager
    async def waiting(self, state: HeartbeatState, until: datetime | None = None) -> AsyncIterator[None]:
        """Make heartbeats report `state` inside the block, with `begin_wait` and `end_wait`."""
        key = unique_key()
        await self.begin_wait(state, key=key, until=until)
        try:
            yield
        finally:
            await self.end_wait(key)

    def __enter__(self) -> SyncRunLog:
        return self.sync_log.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.sync_log.__exit__(kind, error, trace)

    async def __aenter__(self) -> Self:
        begun, done = self._futures().new()
        self._writer.begin(done)
        try:
            await begun
            self._writer.ready(asyncio.current_task())
        except BaseException:
            await run_to_completion(self._wait(self._writer.abandon))
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        if self._writer.forked:
            return  # the event loop is that of the process that writes the run
        try:
            await run_to_completion(self._finish(error))
        finally:
            self._writer.restore_sigterm()

    async def _finish(self, error: BaseException | None) -> None:
        await self._wait(partial(self._writer.finish, error))
        self._writer.check_finished(error)

    async def _emit_with_files(self, event: Event, origin: Origin) -> None:
        """Write the files in a thread; once they are written, or it is cancelled meanwhile, append the event."""
        future, done = self._futures().new()

        async def write() -> None:
            self._writer.emit(await asyncio.to_thread(self._writer.attach, event), origin, done)

        try:
            await run_to_completion(write())
        except asyncio.CancelledError:
            future.cancel()
            raise
        await future

    async def _wait(self, call: Callable[[Done], None]) -> None:
        """Make a call, and return when it is done. Does not wait in a forked process, where no event loop runs."""
        if self._writer.forked:
            call(ignore)
            return
        future, done = self._futures().new()
        call(done)
        await future

    def _futures(self) -> LoopFutures:
        loop = running_loop()
        if self._loop_futures is None or self._loop_futures.loop is not loop:
            self._loop_futures = LoopFutures(loop)
        return self._loop_futures


def _check_heartbeat(seconds: float) -> None:
    if not 0 < seconds < math.inf:
        raise RunLogUnusable(f"heartbeat_s is {seconds}; use a positive number of seconds")
