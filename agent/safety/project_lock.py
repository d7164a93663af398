"""One agent a project: a lock in the project's `.agent/` folder, and who holds it.

The kernel frees the lock when the process dies, in whatever way, so there is no stale lock to remove.
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

T = TypeVar("T")

AGENT_FOLDER = ".agent"
_LOCK = "lock"
_HOLDER = "holder.json"
_GITIGNORE = ".gitignore"
_NOT_SHARED = "*\n!allow.toml\n"
"""The list of allowed commands belongs to the project; the rest is this machine's."""
_WRITTEN_WITHIN_S = 2.0
"""A holder writes who it is just after it took the lock."""


class ClaimUnusable(Exception):
    """The project's folder cannot be claimed; the message is one sentence that says what to do."""


class Holder(Struct, frozen=True):
    """Who works in a project: a process, and the run it writes."""

    pid: int
    host: str
    run: str
    run_file: str


class Claimed(Exception):
    """Another agent works in the project; the message says which, and how to watch it. `holder` is None if unknown."""

    def __init__(self, project: Path, holder: Holder | None) -> None:
        if holder is None:
            said = "its run is not known yet; try again, or watch `observe tail`"
        else:
            said = f"process {holder.pid}, run {holder.run}; watch it with: observe tail {shlex.quote(holder.run_file)}"
        super().__init__(f"an agent works in {project} already: {said}")
        self.holder = holder


class Claim:
    """The project is ours, and `folder`, its `.agent/`, may be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def working(self, run: str, run_file: Path) -> None:
        """Write down which run works here, for whoever comes second."""
        write_json(self.folder / _HOLDER, Holder(os.getpid(), socket.gethostname(), run, str(run_file)))


def write_json(path: Path, value: Struct) -> None:
    """Replace the file at `path` in one step: a reader finds the old value or the new, never half of one."""
    aside = path.with_name(f"{path.name}.new")
    aside.write_bytes(msgspec.json.encode(value) + b"\n")
    aside.replace(path)


def read_json(path: Path, kind: type[T]) -> T | None:
    """What `write_json` wrote; None when there is nothing, or nothing that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return None


@contextmanager
def claimed(project: Path) -> Iterator[Claim]:
    """Hold `project` until the block is left. Raises Claimed at once when another agent has it, ClaimUnusable when its
    `.agent/` cannot be written."""
    folder = project / AGENT_FOLDER
    try:
        folder.mkdir(exist_ok=True)
        ignore = folder / _GITIGNORE
        if not ignore.exists():
            ignore.write_text(_NOT_SHARED)
        lock = FileLock(folder / _LOCK, thread_local=False, fallback_to_soft=False, preserve_lock_file=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise Claimed(project, _holder(folder)) from None
    except (OSError, NotImplementedError) as error:
        raise ClaimUnusable(f"cannot write to {folder}: {error}; choose a project folder that can be written") from None
    try:
        yield Claim(folder)
    finally:
        lock.release()


def _holder(folder: Path) -> Holder | None:
    """The living holder's record. The file may still be the one of a run that has died."""
    end = time.monotonic() + _WRITTEN_WITHIN_S
    while True:
        record = read_json(folder / _HOLDER, Holder)
        if record is not None and (record.host != socket.gethostname() or _lives(record.pid)):
            return record
        if time.monotonic() > end:
            return None
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
