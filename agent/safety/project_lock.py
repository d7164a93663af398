"""One agent a project: a lock in the project's `.agent/` directory, and a record of who holds it.

The kernel frees the lock when the process ends, in whatever way, so a stale lock cannot exist.
"""

import os
import shlex
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from agent.platform import is_process_alive

T = TypeVar("T")

AGENT_DIR = ".agent"
_LOCK = "lock"
_HOLDER = "holder.json"
_GITIGNORE = ".gitignore"
_IGNORED = "*\n!allow.toml\n"
"""The list of allowed commands belongs to the project; everything else is this machine's."""
_RECORD_TIMEOUT_S = 2.0
"""A holder writes its record just after it took the lock."""
_POLL_S = 0.02


class LockUnavailable(Exception):
    """The project cannot be locked; the message is one sentence that says what to do."""


class Holder(Struct, frozen=True):
    """The agent that works in a project: its process, and the run it writes."""

    pid: int
    host: str
    run: str
    run_file: str


class ProjectLocked(Exception):
    """Another agent works in the project; the message names it and how to watch it. `holder` is None if unknown."""

    def __init__(self, project: Path, holder: Holder | None) -> None:
        if holder is None:
            detail = "its run is not known yet; try again, or watch it with: observe tail"
        else:
            watch = f"observe tail {shlex.quote(holder.run_file)}"
            detail = f"process {holder.pid}, run {holder.run}; watch it with: {watch}"
        super().__init__(f"another agent is working in {project}: {detail}")
        self.holder = holder


class ProjectLock:
    """A lock that is held. `directory` is the project's `.agent/`, which exists and is writable."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def record_run(self, run: str, run_file: Path) -> None:
        """Record which run works here, for an agent that comes second."""
        write_json(self.directory / _HOLDER, Holder(os.getpid(), socket.gethostname(), run, str(run_file)))


def write_json(path: Path, value: Struct) -> None:
    """Replace the file at `path` atomically: a reader gets the old value or the new one, never a part of it."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_bytes(msgspec.json.encode(value) + b"\n")
    temporary.replace(path)


def read_json(path: Path, kind: type[T]) -> T | None:
    """Return what `write_json` wrote; None when the file is missing or invalid."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return None


@contextmanager
def lock_project(project: Path) -> Iterator[ProjectLock]:
    """Hold the lock on `project` until the block is left.

    Raises ProjectLocked at once when another agent holds it, LockUnavailable when `.agent/` cannot be written.
    """
    directory = project / AGENT_DIR
    try:
        directory.mkdir(exist_ok=True)
        ignore = directory / _GITIGNORE
        if not ignore.exists():
            ignore.write_text(_IGNORED)
        lock = FileLock(directory / _LOCK, thread_local=False, fallback_to_soft=False, preserve_lock_file=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise ProjectLocked(project, _read_holder(directory)) from None
    except (OSError, NotImplementedError) as error:
        raise LockUnavailable(
            f"cannot write to {directory}: {error}; choose a project directory that is writable"
        ) from None
    try:
        yield ProjectLock(directory)
    finally:
        lock.release()


def _read_holder(directory: Path) -> Holder | None:
    """Return the record of the present holder. At first the file may still be that of a run that has ended."""
    deadline = time.monotonic() + _RECORD_TIMEOUT_S
    while True:
        record = read_json(directory / _HOLDER, Holder)
        if record is not None and (record.host != socket.gethostname() or is_process_alive(record.pid)):
            return record
        if time.monotonic() > deadline:
            return None
        time.sleep(_POLL_S)
