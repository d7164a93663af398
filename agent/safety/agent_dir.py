"""The directory `.agent/` of a project, and its record of the agent that works there."""

import socket
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from agent.platform import process_identity

T = TypeVar("T")

AGENT_DIR = ".agent"
HOLDER = "holder.json"


class Holder(Struct, frozen=True):
    """The agent that works in a project: its process, as ID and `process_identity`, and the run it writes."""

    pid: int
    identity: str | None
    host: str
    run: str
    run_file: str

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine."""
        return self.host == socket.gethostname()


def read_holder(directory: Path) -> Holder | None:
    """Return the agent that works in the project of this `.agent/`, whose lock is held; None if it is not known yet.

    Without the lock the record says nothing: a killed agent leaves it behind.
    """
    record = read_json(directory / HOLDER, Holder)
    if record is not None and record.is_here and process_identity(record.pid) != record.identity:
        return None
    return record


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
