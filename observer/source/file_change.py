"""Decides whether a file is the same as before, truncated, replaced or gone, and whether it may have changed at all.

Sizes alone cannot tell a file that grew from one that was truncated and written past the old
offset, so some bytes before the offset are remembered and compared.
"""

import os
from enum import Enum, auto
from pathlib import Path

from msgspec import Struct

REMEMBERED_BYTES = 1024
"""Bytes before the offset that are remembered: more than any run of equal bytes between two events."""


class Identity(Struct, frozen=True):
    """Identifies a file, whatever its name."""

    device: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Identity":
        """Return the identity of the file with this status."""
        return cls(status.st_dev, status.st_ino)


class FileStamp(Struct, frozen=True):
    """Differs from an earlier stamp of a path whenever the file there was written, truncated or replaced meanwhile."""

    identity: Identity
    size: int
    changed_ns: int
    written_ns: int
    """On Windows the time of change is that of the file's creation."""

    @classmethod
    def of(cls, status: os.stat_result) -> "FileStamp":
        """Return the stamp of the file with this status."""
        return cls(Identity.of(status), status.st_size, status.st_ctime_ns, status.st_mtime_ns)


def stamp_at(path: Path) -> FileStamp | None:
    """Return the stamp of the file at a path, None if there is none."""
    try:
        return FileStamp.of(os.stat(path))
    except OSError:
        return None


def identity_at(path: Path) -> tuple[Identity | None, bool]:
    """Return which file is at a path, None if there is none, and whether that could not be determined."""
    try:
        return Identity.of(os.stat(path)), False
    except (FileNotFoundError, NotADirectoryError):
        return None, False
    except OSError:  # no permission to search the directory: the open file can still be read
        return None, True


class ReadPosition(Struct, frozen=True):
    """The position up to which a file was read: its identity, the offset, and the last bytes before that offset."""

    identity: Identity
    offset: int
    before: bytes = b""

    def advanced(self, data: bytes) -> "ReadPosition":
        """Return the position after `data` was read here."""
        before = data[-REMEMBERED_BYTES:] if len(data) >= REMEMBERED_BYTES else (self.before + data)[-REMEMBERED_BYTES:]
        return ReadPosition(self.identity, self.offset + len(data), before)

    def may_have_changed(self, *, size: int, at_path: Identity | None) -> bool:
        """Return whether reading on may find anything new, judging only by the size and the identity."""
        return size != self.offset or at_path != self.identity


class FileChange(Enum):
    """The change of a file since it was last read."""

    SAME = auto()
    """It is the same file, perhaps longer: continue."""
    TRUNCATED = auto()
    """It was truncated or overwritten: start again."""
    REPLACED = auto()
    """Another file has its name: read this one to its end, then the other from its start."""
    GONE = auto()
    """Its name is gone: continue with the open file, and wait for the name to come back."""


def detect_change(position: ReadPosition, *, before_now: bytes, at_path: Identity | None) -> FileChange:
    """Return how the file changed that was read up to `position`.

    `before_now` are the bytes that are now where `position.before` was, `at_path` is the file that has the name now,
    None if there is none.
    """
    if at_path is not None and at_path != position.identity:
        return FileChange.REPLACED
    if before_now != position.before:
        return FileChange.TRUNCATED
    return FileChange.SAME if at_path is not None else FileChange.GONE
