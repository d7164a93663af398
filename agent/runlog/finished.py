"""Tells whether a run file is one, and whether nothing will be added to it: for those who tidy up runs.

The writer's lock decides where there is one. A writer without locks (docs/run-file.md allows it) lives as long as its
process does; of one on another machine, or unknown, only its heartbeats tell.
"""

import gzip
import os
import socket
import stat
import zlib
from pathlib import Path
from typing import BinaryIO

import msgspec

from agent.platform import is_process_alive, process_start
from agent.runlog.lock import take_lock
from agent.runlog.run_file import SUFFIX, is_complete

COMPRESSED = ".gz"
SILENCE_S = 86_400.0
"""Seconds without a line after which a writer is dead that cannot be asked: it writes a heartbeat every few seconds."""
_MAX_FIRST_LINE = 1024 * 1024


class Start(msgspec.Struct):
    """What the first line of a run file says of its writer."""

    format: int
    host: str = ""
    pid: int = 0
    pid_start: int | None = None
    lock: str | None = None


class _FirstLine(msgspec.Struct):
    seq: int
    type: str
    run: str
    data: Start


_decoder = msgspec.json.Decoder(_FirstLine)


class InUse(Exception):
    """The file must be left alone; the message says why."""


def run_of(path: Path) -> str:
    """Return the run that the name of a file stands for.

    >>> run_of(Path("runs/20261123T011230Z-7f3a9c.ndjson.gz"))
    '20261123T011230Z-7f3a9c'
    """
    return path.name.removesuffix(COMPRESSED).removesuffix(SUFFIX)


def open_run(path: Path, *, writable: bool = False) -> BinaryIO:
    """Open a regular file, without following a link or waiting for a pipe. Raises OSError, InUse for anything else."""
    if not stat.S_ISREG(path.lstat().st_mode):  # opening it may fail in many ways, or do something
        raise InUse("it is not a regular file")
    flags = os.O_RDWR if writable else os.O_RDONLY
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InUse("it is not a regular file")
    return os.fdopen(descriptor, "r+b" if writable else "rb", buffering=0)


def read_start(file: BinaryIO, path: Path) -> Start:
    """Return what the first line of a run file, opened from `path`, says. Raises InUse if it is not a run file."""
    try:
        if path.name.endswith(COMPRESSED):
            with gzip.GzipFile(fileobj=file, mode="rb") as text:
                first = _decoder.decode(text.readline(_MAX_FIRST_LINE))
        else:
            first = _decoder.decode(os.pread(file.fileno(), _MAX_FIRST_LINE, 0).partition(b"\n")[0])
    except (msgspec.MsgspecError, RecursionError, UnicodeError, EOFError, zlib.error, gzip.BadGzipFile):
        raise InUse("it is not a run file") from None
    if (first.seq, first.type, first.run) != (1, "run_start", run_of(path)):
        raise InUse("it is not a run file of that name")
    return first.data


def claim(file: BinaryIO, path: Path, start: Start, now: float) -> None:
    """Take the writer's lock on a run file, which is open for writing, so that nobody resumes it until it is closed.

    Raises InUse while its writer lives, or may live; OSError when the file cannot be locked.
    """
    try:
        take_lock(file.fileno())
    except (BlockingIOError, PermissionError):
        raise InUse("it is being written") from None
    if not is_complete(path) and not _is_dead(start, now - os.fstat(file.fileno()).st_mtime):
        raise InUse("it has no end, and its writer may be alive")


def _is_dead(start: Start, silence_s: float) -> bool:
    """Return whether the writer of a run file that nobody has locked, and that is not complete, is dead."""
    if start.host == socket.gethostname():
        if start.lock is not None:
            return True
        if start.pid_start is not None and process_start(os.getpid()) is not None:
            return process_start(start.pid) != start.pid_start
        if not is_process_alive(start.pid):
            return True
    return silence_s > SILENCE_S
