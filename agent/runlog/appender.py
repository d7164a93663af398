"""Bytes to the end of one file: in order, one `write` for all that wait, patient when the disk is full."""

import asyncio
import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Self

import aiofiles
from aiofiles.threadpool.binary import AsyncFileIO

from agent.errors import RunLogError, RunLogFull
from agent.runlog.encoder import EncodedLine

Warn = Callable[[str], None]
"""Takes one sentence for the person who runs the agent."""

Prepare = Callable[[list[EncodedLine]], bytes]
"""Makes the lines of one write into bytes, just before they leave the process."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_FIRST_RETRY_S, _LAST_RETRY_S = 0.05, 2.0


class Appender:
    """Owns an `O_APPEND` descriptor. `append` returns once the kernel has the line.

    Lines that arrive while a write is under way go together in the next one. A write that stops in the middle
    of a line keeps the rest and writes it first when there is room, so the file never has a hole.
    `patience_s` is how long a full disk is waited for before everything fails with `RunLogFull`.
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
        self._writing = threads
        self._syncing = ThreadPoolExecutor(1, thread_name_prefix="runlog-sync")  # a slow disk holds up no write
        self._path = path
        self._prepare = prepare
        self._warn = warn
        self._loop = asyncio.get_running_loop()
        self._lines: list[EncodedLine] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._drain_task: asyncio.Task[None] | None = None
        self._failure: RunLogError | None = None
        self._unsynced = False
        self._size = os.fstat(file.fileno()).st_size

    @classmethod
    async def open(cls, fd: int, path: Path, prepare: Prepare, *, patience_s: float, warn: Warn) -> Self:
        """Take over `fd`, which is open on `path` for appending."""
        threads = ThreadPoolExecutor(1, thread_name_prefix="runlog")
        file = await aiofiles.open(fd, "ab", buffering=0, executor=threads)
        return cls(file, threads, path, prepare, patience_s, warn)

    def append(self, line: EncodedLine) -> asyncio.Future[None]:
        """Write `line` after all earlier ones; the future is done when the kernel has it.

        Cancelling the future does not take the line back. It fails with RunLogFull after `patience_s` without room and
        with RunLogError on any other failure; from then on every call raises the same.
        """
        if self._failure:
            raise self._failure
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._lines.append(line)
        self._waiters.append(waiter)
        self._start_drain()
        return waiter

    async def sync(self) -> None:
        """Bring everything written so far to the disk itself. When the disk refuses, that is said, once."""
        try:
            await self._loop.run_in_executor(self._syncing, os.fdatasync, self._file.fileno())
        except OSError as error:
            if not self._unsynced:
                self._warn(f"{self._path} is written but may not survive a power cut: {error.strerror}")
            self._unsynced = True

    def lost(self) -> str:
        """What became of the file at `path` if it is no longer the one written to, whole; else nothing."""
        mine = os.fstat(self._file.fileno())
        try:
            there = os.stat(self._path, follow_symlinks=False)
        except FileNotFoundError:
            return "was removed or renamed"
        except OSError as error:
            return f"cannot be reached ({error.strerror})"
        if (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino):
            return "was replaced by another file"
        return "was truncated" if mine.st_size < self._size else ""

    async def close(self) -> None:
        """Close the descriptor, and with it give up the lock. Lines still waiting are written first."""
        self._start_drain()
        while self._drain_task is not None and not self._drain_task.done():
            await asyncio.wait({self._drain_task})
            self._start_drain()
        self._syncing.shutdown()
        await self._file.close()
        self._writing.shutdown()

    def _start_drain(self, _ended: object = None) -> None:
        """See to it that the waiting lines are written; also when the task that should have was cancelled."""
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
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._fail(error, waiters + self._waiters)

    def _fail(self, error: Exception, waiters: list[asyncio.Future[None]]) -> None:
        if not isinstance(error, RunLogError):
            error = RunLogError(f"cannot write to {self._path}: {error}; what was written before is safe")
        self._failure = error
        self._lines, self._waiters = [], []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(error)

    async def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        since: float | None = None
        delay = _FIRST_RETRY_S
        while rest:
            try:
                count = await self._write_some(rest)
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                since = self._still_patient(since)
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(delay)
                delay = min(delay * 2, _LAST_RETRY_S)
            else:
                rest = rest[count:]
                self._size += count
                since = since and self._loop.time()
        if since is not None:
            self._warn(f"there is room again for {self._path}; the agent goes on")

    async def _write_some(self, data: memoryview) -> int:
        """One `write`; returns how much of `data` it took.

        A loop that ends cancels every task, this one too. The thread goes on all the same, and what it did must be
        known: the run still gets its last line, and that must not begin in the middle of another.
        """
        before = os.fstat(self._file.fileno()).st_size
        try:
            return await self._file.write(data)
        except asyncio.CancelledError:
            self._writing.submit(int).result()
            return os.fstat(self._file.fileno()).st_size - before

    def _still_patient(self, since: float | None) -> float:
        now = self._loop.time()
        if since is None:
            self._warn(
                f"no room for {self._path}: the disk is full. The agent waits up to {self.patience_s:g} s for room"
            )
            return now
        if now - since > self.patience_s:
            raise RunLogFull(f"no room for {self._path} in {self.patience_s:g} s; free some space and start again")
        return since
