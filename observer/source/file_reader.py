"""A file held open for reading: every look at it says what is new and what became of it.

Blocking calls, one thread at a time; `observer.source.file` runs them off the event loop. The descriptor stays
open while the name moves on, so a file that was renamed or removed can be read to its end, and its inode cannot
be taken by another one meanwhile.
"""

import os
import stat
import time
from pathlib import Path

from msgspec import Struct

from observer.format.lines import Line
from observer.source.file_change import REMEMBERED_BYTES, FileChange, Identity, ReadPosition, detect_change
from observer.source.items import Notice, NoticeKind
from observer.source.line_reader import context_lines, first_line
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.lock import is_locked
from observer.source.seek import StartPosition, find_offset

CHUNK = 256 * 1024
"""Bytes read at once: large enough that decoding dominates, small enough to keep memory flat."""
CONTEXT = 64 * 1024
"""Bytes before the place where reading begins that are read to know what is going on there."""
_PARKED = -1
"""Stands for a descriptor that was closed for a while."""


class NotRegularError(OSError):
    """The path names a folder, a FIFO, a device or a socket. `args[0]` says which."""


class ReadResult(Struct, frozen=True):
    """What one look found: new bytes, the file's fate, and whether the writer's lock was held just before."""

    data: bytes
    fate: FileChange
    locked: bool | None
    target: str | None
    """Where the path points when it is a symlink to another file than the open one."""


class FileReader:
    """A regular file, open for reading only and never for anything else."""

    def __init__(self, path: Path, *, chunk: int = CHUNK) -> None:
        """Open the file, to be read `chunk` bytes at a time.

        Never hangs (O_NONBLOCK: a FIFO has no writer yet) and never becomes a controlling terminal.

        Raises OSError when the file cannot be opened, `NotRegularError` when it is no regular file.
        """
        self._path = path
        self.chunk = chunk
        """Bytes read at once."""
        self._locked: bool | None = None
        self._descriptor, found = _open(path)
        self._place = ReadPosition(_identity(found), 0)
        self._target = self._readlink()

    def close(self) -> None:
        """Close the descriptor."""
        self.park()

    def idle_s(self) -> float:
        """Return how many seconds ago the file was last written."""
        return 0.0 if self._descriptor == _PARKED else time.time() - os.fstat(self._descriptor).st_mtime

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor, which a file that was parked does not."""
        return self._descriptor != _PARKED

    def park(self) -> None:
        """Close the descriptor until the next look, which opens the file again if it still bears its name."""
        if self._descriptor != _PARKED:
            os.close(self._descriptor)
            self._descriptor = _PARKED

    def detach(self) -> int:
        """Return the descriptor, which is the caller's to close now."""
        return self._descriptor

    @property
    def target(self) -> str | None:
        """Where the path led when the file was opened, if it is a link."""
        return self._target

    @property
    def offset(self) -> int:
        """How far it was read."""
        return self._place.offset

    def look(self) -> ReadResult:
        """Read on by at most a chunk and see what became of the file."""
        if self._descriptor == _PARKED and (fate := self._unparked()) is not FileChange.SAME:
            return ReadResult(b"", fate, locked=False, target=None)
        # Asked before reading: then "free, and nothing more to read" is the truth.
        locked = self._locked = is_locked(self._descriptor)
        at_path, unreachable = self._at_path()
        data = self.read(self.chunk, self._place.offset)
        remembered = len(self._place.before)  # looked at after what follows it: then what follows it was still its own
        before_now = self.read(remembered, self._place.offset - remembered)
        fate = detect_change(self._place, before_now=before_now, at_path=at_path)
        if before_now != self._place.before:
            data = b""
        if data:
            self._place = self._place.advanced(data)
        target = self._switched_to() if fate is FileChange.REPLACED else None
        return ReadResult(data, FileChange.SAME if unreachable and fate is FileChange.GONE else fate, locked, target)

    @property
    def locked(self) -> bool | None:
        """Whether a writer held the file's lock at the last look."""
        return self._locked

    def writer_lives(self) -> bool | None:
        """Tell whether a writer holds the file's lock now, None when nobody can say."""
        return is_locked(self._descriptor)

    def stirred(self) -> bool:
        """Tell, cheaper than by a look, whether a look may find something new."""
        if self._descriptor == _PARKED:
            try:
                now = os.stat(self._path)
            except OSError:
                return True
            changed = _identity(now) != self._place.identity or now.st_size != self._place.offset
            return changed or (self._locked is True and not self._still_locked())
        found, unreachable = self._at_path()
        grown = os.fstat(self._descriptor).st_size != self._place.offset
        return (
            grown or (found != self._place.identity and not unreachable) or is_locked(self._descriptor) != self._locked
        )

    def start_over(self) -> None:
        """Go back to the first byte."""
        self._place = ReadPosition(self._place.identity, 0)

    def seek(self, start: StartPosition, *, finished: bool = False) -> int:
        """Go to the place that `start` means in a file that may be `finished`; return its offset."""
        at = find_offset(start, self.read, os.fstat(self._descriptor).st_size, finished=finished)
        self.go_to(at)
        return at

    def go_to(self, offset: int) -> None:
        """Go on reading at `offset`."""
        before = self.read(min(REMEMBERED_BYTES, offset), max(0, offset - REMEMBERED_BYTES))
        self._place = ReadPosition(self._place.identity, offset, before)

    def context_lines(self) -> list[Line]:
        """Return the file's first line and the last ones that end here, unless they are absurdly long."""
        end = self._place.offset
        kept = context_lines(self.read, end, CONTEXT)
        head = first_line(self.read)
        apart = head is not None and head.end <= end and not (kept and kept[0].offset == 0)
        return [head, *kept] if head is not None and apart else kept

    def _still_locked(self) -> bool:
        """Tell whether a writer holds the lock of a file that was parked: its crash must not go unseen."""
        try:
            descriptor, _ = _open(self._path)
        except OSError:
            return False
        try:
            return is_locked(descriptor) is True
        finally:
            os.close(descriptor)

    def _unparked(self) -> FileChange:
        """Open the file again; another file, or none, that has its name now is its fate."""
        at_path, _ = self._at_path()
        if at_path != self._place.identity:
            return FileChange.GONE if at_path is None else FileChange.REPLACED
        self._descriptor, _ = _open(self._path)
        return FileChange.SAME

    def read(self, count: int, offset: int) -> bytes:
        """Return at most `count` bytes from `offset` on, without moving on."""
        return os.pread(self._descriptor, count, offset)

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


def _open(path: Path) -> tuple[int, os.stat_result]:
    """Open a regular file. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise NotRegularError(_kind(found.st_mode))
    return descriptor, found


def open_file(path: Path, *, chunk: int = CHUNK, names: DisplayNames = PATH_NAMES) -> FileReader | Notice:
    """Open a path, or return what stands in the way; kind `NOT_A_FILE` when it is no file at all."""
    try:
        return FileReader(path, chunk=chunk)
    except NotRegularError as error:
        hint = {
            "a FIFO": "; give it as standard input: observe tail -",
            "a folder": f"; name a file in it, such as {names(path / 'latest.ndjson')}",
        }.get(error.args[0], "")
        return Notice(NoticeKind.NOT_A_FILE, f"{names(path)} is {error.args[0]}, not a run file{hint}")
    except (FileNotFoundError, NotADirectoryError):
        return Notice(NoticeKind.WAITING, f"{names(path)} is not there")
    except OSError as error:
        return Notice(NoticeKind.UNREADABLE, f"{names(path)} cannot be read ({error.strerror})")


def _identity(found: os.stat_result) -> Identity:
    return Identity(found.st_dev, found.st_ino)


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a FIFO"
    return "not a regular file"
