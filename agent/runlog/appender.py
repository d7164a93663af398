"""Appends lines to one file from a thread of its own: in order, one `write` for all that wait, again on a full disk."""

import errno
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from weakref import WeakSet

from agent.errors import RunLogClosed, RunLogError, RunLogFull
from agent.platform import sync_data
from agent.runlog.encoder import EncodedLine
from agent.runlog.fork import call_in_forked_processes, no_fork
from agent.runlog.receipt import Done, ignore

Warn = Callable[[str], None]
"""Shows one sentence to the person who runs the program. May be called in any thread; what it raises has no effect."""

MakeLine = Callable[[], EncodedLine | None]
"""Returns the next line, or None if there is nothing to write; called in the appender's thread, one at a time."""

Prepare = Callable[[list[EncodedLine]], bytes]
"""Returns the bytes of one write for its lines; called just before they leave the process."""

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FIRST_RETRY_S, _LAST_RETRY_S = 0.05, 2.0
_logger = logging.getLogger(__name__)
_CLOSED = -1
"""The value of the descriptor after it was closed."""


def warn_on_stderr(sentence: str) -> None:
    """Print a warning to standard error; the default for `warn`."""
    print(f"runtail: {sentence}", file=sys.stderr, flush=True)


def harmless(warn: Warn) -> Warn:
    """Return `warn` with its exceptions logged instead of raised: it may use a terminal that is gone."""

    def call(sentence: str) -> None:
        try:
            warn(sentence)
        except Exception:
            _logger.debug("cannot warn: %s", sentence, exc_info=True)

    return call


class _Job(NamedTuple):
    make: MakeLine
    done: Done
    sync: bool


class Appender:
    """Owns an `O_APPEND` descriptor and the thread that writes to it.

    `append` can be called in any thread, also in a signal handler; no exception that a signal raises there can tear a
    line. Lines that arrive during a write go together in the next one. If a write stops in the middle of a line, the
    rest of the line is written first once there is space, so the file never has a gap. When the disk stays full for
    `patience_s` seconds, everything fails with RunLogFull.

    A process that is forked from this one has no such thread, and its copy of the descriptor is closed at once: it
    would keep the lock of the file when this process has died.
    """

    def __init__(self, fd: int, path: Path, prepare: Prepare, *, patience_s: float, warn: Warn) -> None:
        """Take ownership of `fd`, which is open on `path` for appending. Raises RuntimeError if no thread can start."""
        self.patience_s = patience_s
        self._fd = fd
        self._path = path
        self._prepare = prepare
        self._warn = warn
        self._forked = False
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._order = threading.RLock()  # a signal handler that appends may interrupt `append`
        self._sync_lock = threading.Lock()
        self.closing = False
        """Whether `close` was called; the same call again does nothing."""
        self._before_closing: Callable[[], None] = lambda: None
        self._closed: Done = ignore
        self._failure: RunLogError | None = None
        self._sync_failed = False
        self._reported_problem = ""
        self._size = os.fstat(fd).st_size
        self._thread = threading.Thread(target=self._run, name="runlog", daemon=True)
        _appenders.add(self)
        try:
            self._thread.start()
        except RuntimeError:
            self._close_descriptor()
            raise

    @property
    def forked(self) -> bool:
        """Whether this process was forked from the one that writes the file."""
        return self._forked

    def append(self, make: MakeLine, done: Done, *, sync: bool = False) -> None:
        """Write the line that `make` returns after all earlier ones; call `done` when the kernel has it.

        With `sync`, `done` is called when the disk itself has it. It gets what `make` raises, RunLogFull after
        `patience_s` on a full disk, and RunLogError on any other failure to write; from then on every call gets the
        same. Raises RunLogClosed after `close`.
        """
        if self._forked:
            raise RunLogClosed(
                f"{self._path} is written by the process that forked this one; emit there, or open another run here"
            )
        own = threading.current_thread() is self._thread  # `warn` emits: it would wait for this thread itself
        with self._order:
            if self.closing:
                raise RunLogClosed(f"{self._path} is closed; nothing can be written any more")
            self._jobs.put(_Job(make, ignore if own else done, sync))
        if own:
            done(None)

    def sync(self) -> None:
        """Flush everything written so far to the disk itself. If the disk refuses, warn once."""
        try:
            with self._sync_lock:
                if self._fd != _CLOSED:
                    sync_data(self._fd)
        except OSError as error:
            if not self._sync_failed:
                self._warn(f"{self._path} is written but may not survive a power failure: {error.strerror}")
            self._sync_failed = True

    def check_file(self) -> None:
        """Warn once when the file at `path` is no longer the one being written, or was truncated.

        Not to be called while the file is being closed; it does not wait for `sync`.
        """
        problem = self._file_problem() if self._fd != _CLOSED else ""
        if problem and problem != self._reported_problem:
            self._warn(f"{self._path} {problem} while the agent runs; the run continues, but viewers may not see it")
        self._reported_problem = problem

    def close(self, done: Done, *, first: Callable[[], None] = lambda: None) -> None:
        """Write what waits, call `first`, close the descriptor, which releases the lock, and call `done`."""
        if self._forked:
            done(None)
            return
        with self._order:
            if not self.closing:
                self._closed, self._before_closing = done, first
                self._jobs.put(None)
                self.closing = True  # last: a signal may interrupt this, and the caller try again

    def join(self) -> None:
        """Wait for the end of the thread, once `close` is done."""
        if not self._forked:
            self._thread.join()

    def _file_problem(self) -> str:
        written = self._size  # read first: the other thread goes on writing
        own = os.fstat(self._fd)
        try:
            current = os.stat(self._path, follow_symlinks=False)
        except FileNotFoundError:
            return "was removed or renamed"
        except OSError as error:
            return f"cannot be accessed ({error.strerror})"
        if (current.st_dev, current.st_ino) != (own.st_dev, own.st_ino):
            return "was replaced by another file"
        return "was truncated" if own.st_size < written else ""

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            jobs = [job]
            while (waiting := self._next_waiting()) is not None:
                jobs.append(waiting)
            self._write_jobs(jobs)
        self._before_closing()
        self._close_descriptor()
        self._closed(None)

    def _next_waiting(self) -> _Job | None:
        try:
            job = self._jobs.get_nowait()
        except queue.Empty:
            return None
        if job is None:
            self._jobs.put(None)  # nothing comes after it
        return job

    def _write_jobs(self, jobs: list[_Job]) -> None:
        lines: list[EncodedLine] = []
        made: list[_Job] = []
        for job in jobs:
            try:
                line = job.make()
            except Exception as error:  # noqa: BLE001 - whatever it is, the waiting caller must receive it
                job.done(error)
                continue
            made.append(job)
            if line is not None:
                lines.append(line)
        try:
            if self._failure is None and lines:
                self._write(self._prepare(lines))
        except Exception as error:  # noqa: BLE001 - likewise
            self._failure = self._describe(error)
        if any(job.sync for job in made) and self._failure is None:
            self.sync()
        for job in made:
            job.done(self._failure)

    def _describe(self, error: Exception) -> RunLogError:
        if isinstance(error, RunLogError):
            return error
        return RunLogError(f"cannot write to {self._path}: {error}; everything written before is safe")

    def _write(self, data: bytes) -> None:
        remaining = memoryview(data)
        full_since: float | None = None
        delay = _FIRST_RETRY_S
        while remaining:
            try:
                count = os.write(self._fd, remaining)
            except OSError as error:
                if error.errno not in _DISK_FULL:
                    raise
                full_since = self._check_patience(full_since)
                time.sleep(delay)
                delay = min(delay * 2, _LAST_RETRY_S)
            else:
                remaining = remaining[count:]
                self._size += count
                full_since = full_since and time.monotonic()
        if full_since is not None:
            self._warn(f"there is space again for {self._path}; the agent continues")

    def _check_patience(self, full_since: float | None) -> float:
        """Return the time since which the disk is full. Raises RunLogFull when that is too long ago."""
        now = time.monotonic()
        if full_since is None:
            self._warn(
                f"no space for {self._path}: the disk is full. The agent waits up to {self.patience_s:g} s for space"
            )
            return now
        if now - full_since > self.patience_s:
            raise RunLogFull(f"no space for {self._path} for {self.patience_s:g} s; free some space and start again")
        return full_since

    def _close_descriptor(self) -> None:
        with self._sync_lock, no_fork():
            descriptor, self._fd = self._fd, _CLOSED
            os.close(descriptor)

    def _leave_to_parent(self) -> None:
        """Close the copy of the descriptor in a process that was just forked."""
        self._forked = True
        descriptor, self._fd = self._fd, _CLOSED
        if descriptor != _CLOSED:
            os.close(descriptor)


_appenders: "WeakSet[Appender]" = WeakSet()


def _leave_all_to_parent() -> None:
    for appender in list(_appenders):
        appender._leave_to_parent()


call_in_forked_processes(_leave_all_to_parent)
