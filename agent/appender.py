"""Bytes to the end of one file: in order, one `write` for all that wait, patient when the disk is full."""

import asyncio
import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import aiofiles
from aiofiles.threadpool.binary import AsyncFileIO

from agent.errors import RunLogError, RunLogFull

Warn = Callable[[str], None]
"""Takes one sentence for the person who runs the agent."""

Prepare = Callable[[list[bytes]], bytes]
"""A last look at the lines of one write, before they leave the process."""

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
        self._threads = threads
        self._path = path
        self._prepare = prepare
        self._warn = warn
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._drain_task: asyncio.Task[None] | None = None
        self._failure: RunLogError | None = None
        self._size = os.fstat(file.fileno()).st_size

    @classmethod
    async def open(cls, fd: int, path: Path, prepare: Prepare, *, patience_s: float, warn: Warn) -> Self:
        """Take over `fd`, which is open on `path` for appending."""
        threads = ThreadPoolExecutor(1, thread_name_prefix="runlog")
        file = await aiofiles.open(fd, "ab", buffering=0, executor=threads)
        return cls(file, threads, path, prepare, patience_s, warn)

    def append(self, line: bytes) -> asyncio.Future[None]:
        """Write `line` (whole, with its newline) after all earlier ones; the future is done when the kernel has it.

        Cancelling the future does not take the line back. It fails with RunLogFull after `patience_s` without room and
        with RunLogError on any other failure; from then on every call raises the same.
        """
        if self._failure:
            raise self._failure
        future = self._loop.create_future()
        self._waiting.append((line, future))
        if self._drain_task is None:
            self._drain_task = self._loop.create_task(self._drain())
        return future

    async def sync(self) -> None:
        """Bring everything written so far to the disk itself."""
        await asyncio.to_thread(os.fdatasync, self._file.fileno())

    def lost(self) -> str:
        """What became of the file at `path` if it is no longer the one written to, whole; else nothing."""
        mine = os.fstat(self._file.fileno())
        try:
            there = os.stat(self._path, follow_symlinks=False)
        except FileNotFoundError:
            return "was removed or renamed"
        if (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino):
            return "was replaced by another file"
        return "was truncated" if mine.st_size < self._size else ""

    async def close(self) -> None:
        """Close the descriptor, and with it give up the lock. Lines still waiting are written first."""
        if self._drain_task is not None:
            await self._drain_task
        await self._file.close()
        self._threads.shutdown()

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._write(self._prepare([line for line, _ in batch]))
                for _, future in batch:
                    if not future.done():
                        future.set_result(None)
                batch = []
        except (OSError, RunLogError) as error:
            self._fail(error, batch + self._waiting)
        finally:
            self._drain_task = None

    def _fail(self, error: Exception, batch: list[tuple[bytes, asyncio.Future[None]]]) -> None:
        if not isinstance(error, RunLogError):
            error = RunLogError(f"cannot write to {self._path}: {error}; what was written before is safe")
        self._failure = error
        self._waiting = []
        for _, future in batch:
            if not future.done():
                future.set_exception(error)

    async def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        since: float | None = None
        delay = _FIRST_RETRY_S
        while rest:
            try:
                count = await self._file.write(rest)
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                since = self._still_patient(since)
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LAST_RETRY_S)
            else:
                rest = rest[count:]
                self._size += count
                since = since and self._loop.time()
        if since is not None:
            self._warn(f"there is room again for {self._path}; the agent goes on")

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
