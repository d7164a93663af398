"""What happened to the file since the last look? Pure: it is told what was remembered and what is there now.

Sizes alone cannot tell a file that grew from one that was truncated and written past the old offset, so a few
bytes before the offset are remembered and compared.
"""

from enum import Enum, auto

from msgspec import Struct

REMEMBERED_BYTES = 1024
"""How many bytes before the offset are remembered: more than any run of equal bytes between two events."""


class Identity(Struct, frozen=True):
    """Which file it is, whatever its name."""

    device: int
    inode: int


class ReadPosition(Struct, frozen=True):
    """How far a file was read: its identity, the offset, and the last bytes before that offset."""

    identity: Identity
    offset: int
    before: bytes = b""

    def advanced(self, data: bytes) -> "ReadPosition":
        """Return the place after `data` was read here."""
        before = data[-REMEMBERED_BYTES:] if len(data) >= REMEMBERED_BYTES else (self.before + data)[-REMEMBERED_BYTES:]
        return ReadPosition(self.identity, self.offset + len(data), before)


class FileChange(Enum):
    """What happened to the file that is being read."""

    SAME = auto()
    """It is the same, perhaps longer: go on."""
    TRUNCATED = auto()
    """It was cut short or written anew: start over."""
    REPLACED = auto()
    """Another file has its name: read this one to its end, then the other from its start."""
    GONE = auto()
    """Its name is gone: go on with what is open, and wait for the name to come back."""


def detect_change(place: ReadPosition, *, before_now: bytes, at_path: Identity | None) -> FileChange:
    """Return the fate of the file at `place`.

    `before_now` are the bytes that now stand where `place.before` stood, `at_path` is the file that has the name
    now, None when there is none.
    """
    if at_path is not None and at_path != place.identity:
        return FileChange.REPLACED
    if before_now != place.before:
        return FileChange.TRUNCATED
    return FileChange.SAME if at_path is not None else FileChange.GONE
