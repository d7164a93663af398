"""One agent a project: a lock in the project's `.agent/` directory, and a record of who holds it.

The kernel frees the lock when the process ends, in whatever way, so a stale lock cannot exist.
"""

import os
import shlex
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from agent.errors import CannotStart
from agent.platform import is_locked, process_identity
from agent.safety.agent_dir import AGENT_DIR, HOLDER, Holder, read_holder, write_json

_LOCK = "lock"
_GITIGNORE = ".gitignore"
_IGNORED = "*\n!allow.toml\n"
"""The list of allowed commands belongs to the project; everything else is this machine's."""
_RECORD_TIMEOUT_S = 2.0
"""A holder writes its record just after it took the lock, and one that only queries the lock gives it back at once."""
_POLL_S = 0.02


class ProjectUnusable(CannotStart):
    """The project's `.agent/` cannot be used, so that it cannot be locked."""


class ProjectLocked(CannotStart):
    """Another agent works in the project; the message names it, and how to watch, list and stop it.

    `holder` is None if it is not known yet.
    """

    def __init__(self, project: Path, holder: Holder | None) -> None:
        if holder is None:
            stop = f"agent stop {shlex.quote(str(project))}"
            detail = f"its run is not known yet; try again, list it with: agent list, or stop it with: {stop}"
        else:
            watch = f"observe tail {shlex.quote(holder.run_file)}"
            stop = f"agent stop {shlex.quote(holder.run)}"
            place, there = ("", "") if holder.is_here else (f" on {holder.host}", f" (on {holder.host})")
            detail = (
                f"process {holder.pid}{place}, run {holder.run}; watch it with: {watch}; "
                f"list it with: agent list{there}; stop it with: {stop}{there}"
            )
        super().__init__(f"another agent is working in {project}: {detail}")
        self.holder = holder


class ProjectLock:
    """A lock that is held. `directory` is the project's `.agent/`, which exists and is writable."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def record_run(self, run: str, run_file: Path) -> None:
        """Record which run works here, for an agent that comes second. Raises ProjectUnusable."""
        pid = os.getpid()
        holder = Holder(pid, process_identity(pid), socket.gethostname(), run, str(run_file))
        try:
            write_json(self.directory / HOLDER, holder)
        except OSError as error:
            problem = f"cannot write to {self.directory}: {error.strerror}; free some space there"
            raise ProjectUnusable(problem) from None

    def remove_record(self) -> None:
        """Remove the record, of this run or of one that was killed."""
        with suppress(OSError):  # whoever reads it finds that its process has ended
            (self.directory / HOLDER).unlink()


@contextmanager
def lock_project(project: Path) -> Iterator[ProjectLock]:
    """Hold the lock on `project` until the block is left.

    Raises ProjectLocked at once when another agent holds it, ProjectUnusable when `.agent/` cannot be written.
    """
    directory = project / AGENT_DIR
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        ignore = directory / _GITIGNORE
        if not ignore.exists():
            ignore.write_text(_IGNORED)
        lock = FileLock(directory / _LOCK, thread_local=False, fallback_to_soft=False, preserve_lock_file=True)
        _acquire(lock, project)
    except (OSError, NotImplementedError) as error:
        raise ProjectUnusable(
            f"cannot write to {directory}: {error}; choose a project directory that is writable"
        ) from None
    held = ProjectLock(directory)
    try:
        held.remove_record()
        yield held
    finally:
        held.remove_record()
        lock.release()


def is_project_locked(project: Path) -> bool:
    """Return whether an agent works in `project`. Raises OSError if that cannot be asked."""
    try:
        return is_locked(project / AGENT_DIR / _LOCK)
    except FileNotFoundError:
        return False


def _acquire(lock: FileLock, project: Path) -> None:
    """Take the lock. Raises ProjectLocked when another agent holds it, as soon as it is known which."""
    deadline = time.monotonic() + _RECORD_TIMEOUT_S
    while True:
        try:
            lock.acquire(blocking=False)
        except Timeout:
            holder = read_holder(project / AGENT_DIR)
            if holder is not None or time.monotonic() > deadline:
                raise ProjectLocked(project, holder) from None
        else:
            return
        time.sleep(_POLL_S)
