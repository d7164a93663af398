"""A file held open for reading: every look at it says what is new and what became of it.

Blocking calls, one thread at a time; `observer.source.file` runs them off the event loop. The descriptor stays
open while the name moves on, so a file that was renamed or removed can be read to its end, and its inode cannot
be taken by another one meanwhile.
"""

import os
import stat
from pathlib import Path

from msgspec import Struct

from observer.framing import Line
from observer.lock import is_locked
from observer.position import MEMORY, Fate, Identity, Place, judge

CHUNK = 1024 * 1024
"""Bytes read at once: large enough that decoding dominates, small enough to keep memory flat."""
BLOCK = 64 * 1024
"""Bytes read at once when looking backwards from the end."""


class NotRegularError(OSError):
    """The path names a folder, a FIFO, a device or a socket. `args[0]` says which."""


class Look(Struct, frozen=True):
    """What one look found: new bytes, the file's fate, and whether the writer's lock was held just before."""

    data: bytes
    fate: Fate
    locked: bool | None
    target: str | None
    """Where the path points when it is a symlink to another file than the open one."""


class OpenFile:
    """A regular file, open for reading only and never for anything else."""

    def __init__(self, path: Path) -> None:
        """Open the file. Never hangs (O_NONBLOCK: a FIFO has no writer yet) and never becomes a controlling terminal.

        Raises OSError when the file cannot be opened, `NotRegularError` when it is no regular file.
        """
        self._path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        found = os.fstat(self._descriptor)
        if not stat.S_ISREG(found.st_mode):
            self.close()
            raise NotRegularError(_kind(found.st_mode))
        self._place = Place(_identity(found), 0)
        self._target = self._readlink()

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)

    @property
    def offset(self) -> int:
        """How far it was read."""
        return self._place.offset

    def look(self) -> Look:
        """Read on by at most `CHUNK` bytes and see what became of the file."""
        locked = is_locked(self._descriptor)  # before reading: then "free, and nothing more to read" is the truth
        at_path, unreachable = self._at_path()
        remembered = len(self._place.before)
        found = os.pread(self._descriptor, CHUNK + remembered, self._place.offset - remembered)
        before_now, data = found[:remembered], found[remembered:]
        fate = judge(self._place, before_now=before_now, at_path=at_path)
        if before_now != self._place.before:
            data = b""
        if data:
            self._place = self._place.advanced(data)
        target = self._switched_to() if fate is Fate.REPLACED else None
        return Look(data, Fate.SAME if unreachable and fate is Fate.GONE else fate, locked, target)

    def start_over(self) -> None:
        """Go back to the first byte."""
        self._place = Place(self._place.identity, 0)

    def seek_last(self, count: int) -> int:
        """Go to the start of the last `count` complete lines, reading backwards from the end; return the offset.

        A half-written line at the end is not counted, and is read again once it is whole.
        """
        end = os.fstat(self._descriptor).st_size
        start = self._find_last(end, count)
        before = os.pread(self._descriptor, min(MEMORY, start), max(0, start - MEMORY))
        self._place = Place(self._place.identity, start, before)
        return start

    def lines_before(self) -> list[Line]:
        """Return the file's first line and the line that ends here, unless they are absurdly long."""
        end = self._place.offset
        if end == 0:
            return []
        head, newline, _ = os.pread(self._descriptor, min(end, CHUNK), 0).partition(b"\n")
        start = self._find_last(end, 1)
        ending = os.pread(self._descriptor, min(end - start, CHUNK), start)
        found = [Line(head, 0)] if newline else []
        return [*found, Line(ending[:-1], start)] if start and ending.endswith(b"\n") else found

    def _find_last(self, end: int, count: int) -> int:
        newlines = -1  # the newline that ends the last line is not the start of one
        while end > 0:
            begin = max(0, end - BLOCK)
            block = os.pread(self._descriptor, end - begin, begin)
            at = block.rfind(b"\n")
            while at >= 0:
                newlines += 1
                if newlines == count:
                    return begin + at + 1
                at = block.rfind(b"\n", 0, at)
            end = begin
        return 0

    def _at_path(self) -> tuple[Identity | None, bool]:
        """Return which file has the name now, and whether that could not be told."""
        try:
            return _identity(os.stat(self._path)), False
        except (FileNotFoundError, NotADirectoryError):
            return None, False
        except OSError:  # no permission to look: what is open can still be read
            return None, True

    def _switched_to(self) -> str | None:
        target = self._readlink()
        return target if target != self._target else None

    def _readlink(self) -> str | None:
        try:
            return os.readlink(self._path)
        except OSError:
            return None


def _identity(found: os.stat_result) -> Identity:
    return Identity(found.st_dev, found.st_ino)


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a FIFO"
    return "not a regular file"
