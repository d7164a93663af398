"""The register of this user's agents: one small file a process, which `agent list` and `agent stop` read.

The files are in `$XDG_STATE_HOME/runtail`, by default `~/.local/state/runtail`. An agent adds its own when its run has
begun and removes it at the end. A file is believed only while there is a process with that ID and that start; one that
is left of a killed agent is removed by the next who looks. Whether an agent was asked to stop is part of the file's
name, as a rename is something that only one process can do.
"""

import json
import os
import re
import secrets
import signal
import socket
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Literal, Self

import msgspec
from msgspec import Struct

from agent.platform import process_identity, user_id
from agent.safety.private_directory import NAME, make_private, user_home
from agent.safety.process_handle import ProcessHandle

_NAME = re.compile(r"[0-9]+-[0-9a-f]{8}(\.stopping)?\.json")
_STOPPING = ".stopping"
_MAX_BYTES = 64 * 1024
"""More than a file can have: two paths, and little else."""
_MAX_PID = 2**31 - 1
_BROKEN_S = 3600.0
"""The age in seconds at which an invalid file is removed: a new one may be half-written, or of another version."""


class RegisterUnavailable(Exception):
    """The register cannot be read or written; the message is one sentence."""


class Entry(Struct, frozen=True):
    """What an agent says of itself: process, command (`kind`), run, since when (RFC 3339), the signal that stops it."""

    pid: int
    identity: str
    machine: str
    kind: str
    run: str
    run_file: str
    project: str
    since: str
    signal: Literal["SIGINT", "SIGTERM"] = "SIGINT"


class RunningAgent(Struct, frozen=True):
    """An agent that is running, as its file in the register at `path` says. `stopping` if it was asked to stop."""

    entry: Entry
    path: Path
    stopping: bool


class Register:
    """The register in `directory`, which need not exist."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def of_user(cls, variables: Mapping[str, str] = os.environ) -> Self:
        """Return the register of this user. As the XDG specification has it, a relative path does not count."""
        configured = variables.get("XDG_STATE_HOME", "")
        base = Path(configured) if os.path.isabs(configured) else user_home(variables) / ".local" / "state"
        return cls(base / NAME)

    def add(self, entry: Entry) -> Path:
        """Write the file of an agent and return its path. Raises RegisterUnavailable."""
        path = self.directory / f"{entry.pid}-{secrets.token_hex(4)}.json"
        try:
            self.directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_private(self.directory)
            self._write(path, json.dumps(msgspec.to_builtins(entry)).encode() + b"\n")
        except OSError as error:
            reason = error.strerror or error
            raise RegisterUnavailable(
                f"cannot write to {self.directory}: {reason}; set XDG_STATE_HOME to a writable directory"
            ) from None
        self._remove_leftovers()
        return path

    def running(self) -> list[RunningAgent]:
        """Return the agents that are running on this machine, oldest first, and remove the files of dead ones.

        Raises RegisterUnavailable when the directory is there but cannot be read.
        """
        try:
            agents = list(self._read_all())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RegisterUnavailable(
                f"cannot read {self.directory}: {error.strerror or error}; make it readable, or move it away"
            ) from None
        return sorted(agents, key=lambda agent: (agent.entry.since, agent.path))

    def _write(self, path: Path, data: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        except OSError:
            remove(path)
            raise

    def _remove_leftovers(self) -> None:
        with suppress(RegisterUnavailable):  # it can be written, which is what its caller needs
            self.running()

    def _read_all(self) -> Iterator[RunningAgent]:
        for name in os.listdir(self.directory):
            if not _NAME.fullmatch(name):
                continue
            path = self.directory / name
            entry = _read(path)
            if entry is None or entry.machine != this_machine():
                continue
            if _may_be_running(entry):
                yield RunningAgent(entry, path, stopping=_STOPPING in name)
            else:
                remove(path)


def _may_be_running(entry: Entry) -> bool:
    """Return whether the process of an agent has not ended, or nobody knows: the system may be too busy to tell."""
    try:
        return process_identity(entry.pid) == entry.identity
    except OSError:
        return True


def own_entry(kind: str, run: str, run_file: Path, project: Path, since: str) -> Entry:
    """Return what this process says of itself. Raises RegisterUnavailable on a system that does not tell its start."""
    try:
        identity = process_identity(os.getpid())
    except OSError:
        identity = None
    if identity is None:
        raise RegisterUnavailable("the system does not say when this process was started: it has neither /proc nor ps")
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # as in the background of a script
    return Entry(
        pid=os.getpid(),
        identity=identity,
        machine=this_machine(),
        kind=kind,
        run=run,
        run_file=os.path.realpath(run_file),
        project=os.path.realpath(project),
        since=since,
        signal="SIGTERM" if ignored else "SIGINT",
    )


def this_machine() -> str:
    """Return what names the machine in a home directory that several share; a container is a machine of its own."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = ""
    return f"{socket.gethostname()} {namespace}".strip()


class Stop(Enum):
    """What became of a request to stop."""

    REQUESTED = "the agent was asked to stop"
    REQUESTED_BEFORE = "it had been asked to before, and was left alone"
    FORCED = "it was made to stop at once"
    ENDED = "its run has ended"


def find_agents(target: str, agents: list[RunningAgent]) -> list[RunningAgent]:
    """Return the agents whose run has this ID or begins with it, or whose project or run file has this path.

    A project may have the next agent while one that was asked to stop is still ending.
    """
    exact = [agent for agent in agents if agent.entry.run == target]
    path = os.path.realpath(target)
    there = [agent for agent in agents if path in {agent.entry.project, agent.entry.run_file}]
    there = [agent for agent in there if not agent.stopping] or there
    return exact or [agent for agent in agents if agent.entry.run.startswith(target) or agent in there]


def stop_agent(agent: RunningAgent, process: ProcessHandle, *, now: bool) -> Stop:
    """Send an agent the signal of the first Ctrl-C, unless it had one before; with `now`, that of the second one, too.

    `process` is the agent's. Raises PermissionError if it may not be signalled.
    """
    number = signal.Signals[agent.entry.signal]
    first = mark_stopping(agent.path)
    if not first and not _stopping_path(agent.path).exists():
        return Stop.ENDED
    try:
        if first:
            process.send(number)
        if now:
            process.send(number)
    except ProcessLookupError:
        return Stop.ENDED
    if now:
        return Stop.FORCED
    return Stop.REQUESTED if first else Stop.REQUESTED_BEFORE


def mark_stopping(path: Path) -> bool:
    """Record that the agent of this file was asked to stop. Returns False if it already was, or its file is gone."""
    if path == _stopping_path(path):
        return False
    try:
        path.rename(_stopping_path(path))
    except OSError:
        return False
    return True


def remove(path: Path) -> None:
    """Remove the file of an agent, whether it was asked to stop or not."""
    for each in (path, _stopping_path(path)):
        with suppress(OSError):  # whoever looks next removes it
            each.unlink()


def remove_unless_stopping(path: Path) -> bool:
    """Remove the file of an agent that was not asked to stop. Returns False if it was, and its file is still there."""
    with suppress(OSError):
        path.unlink()
    return not _stopping_path(path).exists()


def _stopping_path(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".json").removesuffix(_STOPPING) + _STOPPING + ".json")


def _read(path: Path) -> Entry | None:
    """Return the content of a file; None if it is not one of ours. Removes a broken one that is old."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != user_id():
            return None
        text = os.read(descriptor, _MAX_BYTES)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    try:
        entry = msgspec.convert(json.loads(text), Entry)
    except (ValueError, RecursionError):
        entry = None
    if entry is not None and 0 < entry.pid <= _MAX_PID:
        return entry
    if time.time() - status.st_mtime > _BROKEN_S:
        remove(path)
    return None
