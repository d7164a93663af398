"""The directory `.agent/` of a project, and its record of the agent that works there."""

import socket
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from agent.platform import process_identity, sync_data

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
    if record is None or not record.is_here:
        return record
    with suppress(OSError):  # the system may be too busy to tell, and somebody holds the lock
        return record if process_identity(record.pid) == record.identity else None
    return record


def write_json(path: Path, value: Struct) -> None:
    """Replace the file at `path` by one with this value, as `replace_file` does. Raises OSError."""
    replace_file(path, msgspec.json.encode(value) + b"\n")


def replace_file(path: Path, data: bytes) -> None:
    """Replace the file at `path` atomically: a reader, and whoever comes after a power failure, gets the old contents
    or the new ones, never a part of them. Raises OSError."""
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        sync_data(file.fileno())
    temporary.replace(path)


def read_json(path: Path, kind: type[T]) -> T | None:
    """Return what `write_json` wrote; None when the file is missing or invalid."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return None
