"""Appends lines to one file: in order, one `write` for all waiting lines, with retries while the disk is full."""

import asyncio
import errno
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Self

import aiofiles
from aiofiles.threadpool.binary import AsyncFileIO

from agent.errors import RunLogError, RunLogFull
from agent.platform import sync_data
from agent.runlog.encoder import EncodedLine

Warn = Callable[[str], None]
"""Shows one sentence to the person who runs the agent."""

Prepare = Callable[[list[EncodedLine]], bytes]
"""Returns the bytes of one write for its lines; called just before they leave the process."""

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FIRST_RETRY_S, _LAST_RETRY_S = 0.05, 2.0


def warn_on_stderr(sentence: str) -> None:
    """Print a warning to standard error; the default for `warn`."""
    print(f"runtail: {sentence}", file=sys.stderr, flush=True)


class Appender:
    """Owns an `O_APPEND` descriptor. `append` returns a future that is done once the kernel has the line.

    Lines that arrive during a write go together in the next one. If a write stops in the middle of a line, the rest of
    the line is written first once there is space, so the file never has a gap. When the disk stays full for
    `patience_s` seconds, everything fails with `RunLogFull`.
    """

    def __init__(
        self,
        file: AsyncFileIO,
        threads: ThreadPoolExecutor,
        path: Path,
        prepare: Prepare,
        patience_s: float,
        warn: Warn,
    ) -> None:
        self.patience_s = patience_s
        self._file = file
        self._write_thread = threads
        self._sync_thread = ThreadPoolExecutor(1, thread_name_prefix="runlog-sync")  # a slow sync delays no write
        self._path = path
        self._prepare = prepare
        self._warn = warn
        self._loop = asyncio.get_running_loop()
        self._lines: list[EncodedLine] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._drain_task: asyncio.Task[None] | None = None
        self._failure: RunLogError | None = None
        self._sync_failed = False
        self._reported_problem = ""
        self._size = os.fstat(file.fileno()).st_size

    @classmethod
    async def open(cls, fd: int, path: Path, prepare: Prepare, *, patience_s: float, warn: Warn) -> Self:
        """Take ownership of `fd`, which is open on `path` for appending."""
        threads = ThreadPoolExecutor(1, thread_name_prefix="runlog")
        try:
            file = await aiofiles.open(fd, "ab", buffering=0, executor=threads)
        except Exception:  # a thread cannot be started
            os.close(fd)
            raise
        return cls(file, threads, path, prepare, patience_s, warn)

    def append(self, line: EncodedLine) -> asyncio.Future[None]:
        """Write `line` after all earlier ones; the future is done when the kernel has it.

        Cancelling the future does not withdraw the line. It fails with RunLogFull after `patience_s` on a full disk
        and with RunLogError on any other failure; from then on every call raises the same.
        """
        if self._failure:
            raise self._failure
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._lines.append(line)
        self._waiters.append(waiter)
        self._start_drain()
        return waiter

    async def sync(self) -> None:
        """Flush everything written so far to the disk itself. If the disk refuses, warn once."""
        try:
            await self._loop.run_in_executor(self._sync_thread, sync_data, self._file.fileno())
        except OSError as error:
            if not self._sync_failed:
                self._warn(f"{self._path} is written but may not survive a power failure: {error.strerror}")
            self._sync_failed = True

    def check_file(self) -> None:
        """Warn once when the file at `path` is no longer the one being written, or was truncated."""
        problem = self._file_problem()
        if problem and problem != self._reported_problem:
            self._warn(f"{self._path} {problem} while the agent runs; the run continues, but viewers may not see it")
        self._reported_problem = problem

    def _file_problem(self) -> str:
        own = os.fstat(self._file.fileno())
        try:
            current = os.stat(self._path, follow_symlinks=False)
        except FileNotFoundError:
            return "was removed or renamed"
        except OSError as error:
            return f"cannot be accessed ({error.strerror})"
        if (current.st_dev, current.st_ino) != (own.st_dev, own.st_ino):
            return "was replaced by another file"
        return "was truncated" if own.st_size < self._size else ""

    async def close(self) -> None:
        """Write the lines that are still waiting, then close the descriptor, which releases the lock."""
        self._start_drain()
        while self._drain_task is not None and not self._drain_task.done():
            await asyncio.wait({self._drain_task})
            self._start_drain()
        self._sync_thread.shutdown()
        await self._file.close()
        self._write_thread.shutdown()

    def _start_drain(self, _finished: object = None) -> None:
        """Ensure that a task writes the waiting lines, even after the previous task was cancelled."""
        if self._lines and (self._drain_task is None or self._drain_task.done()):
            self._drain_task = self._loop.create_task(self._drain())
            self._drain_task.add_done_callback(self._start_drain)

    async def _drain(self) -> None:
        waiters: list[asyncio.Future[None]] = []
        try:
            while self._lines:
                lines, self._lines = self._lines, []
                waiters, self._waiters = self._waiters, []
                await self._write(self._prepare(lines))
                for waiter in waiters:
                    if not waiter.done():
                        waiter.set_result(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, the waiting callers must receive it
            self._fail(error, waiters + self._waiters)

    def _fail(self, error: Exception, waiters: list[asyncio.Future[None]]) -> None:
        if not isinstance(error, RunLogError):
            error = RunLogError(f"cannot write to {self._path}: {error}; everything written before is safe")
        self._failure = error
        self._lines, self._waiters = [], []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(error)

    async def _write(self, data: bytes) -> None:
        remaining = memoryview(data)
        full_since: float | None = None
        delay = _FIRST_RETRY_S
        while remaining:
            try:
                count = await self._write_once(remaining)
            except OSError as error:
                if error.errno not in _DISK_FULL:
                    raise
                full_since = self._check_patience(full_since)
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(delay)
                delay = min(delay * 2, _LAST_RETRY_S)
            else:
                remaining = remaining[count:]
                self._size += count
                full_since = full_since and self._loop.time()
        if full_since is not None:
            self._warn(f"there is space again for {self._path}; the agent continues")

    async def _write_once(self, data: memoryview) -> int:
        """Call `write` once and return how many bytes of `data` it wrote.

        A loop that ends cancels every task, including this one. The thread continues nevertheless, and how much it
        wrote must be known: the run still gets its last line, which must not begin in the middle of another.
        """
        before = os.fstat(self._file.fileno()).st_size
        try:
            return await self._file.write(data)
        except asyncio.CancelledError:
            self._write_thread.submit(int).result()
            return os.fstat(self._file.fileno()).st_size - before

    def _check_patience(self, full_since: float | None) -> float:
        """Return the time since which the disk is full. Raises RunLogFull when that is too long ago."""
        now = self._loop.time()
        if full_since is None:
            self._warn(
                f"no space for {self._path}: the disk is full. The agent waits up to {self.patience_s:g} s for space"
            )
            return now
        if now - full_since > self.patience_s:
            raise RunLogFull(f"no space for {self._path} for {self.patience_s:g} s; free some space and start again")
        return full_since
