"""Holds a run file open for reading: each read returns what is new, and how the file itself changed.

Blocking calls, one thread at a time; `observer.source.file` runs them off the event loop. The descriptor stays open
while the name moves on, so a file that was renamed or removed can be read to its end, and no other file can get its
inode meanwhile.
"""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from observer.format.line import Line
from observer.platform.files import is_in_memory, read_at
from observer.source.file_change import (
    REMEMBERED_BYTES,
    FileChange,
    Identity,
    ReadPosition,
    detect_change,
    identity_at,
)
from observer.source.line_reader import context_lines, first_line
from observer.source.lock import is_locked
from observer.source.regular_file import open_regular_file
from observer.source.seek import StartPosition, find_offset

CHUNK = 1024 * 1024
"""Bytes read at once: large enough that decoding dominates, small enough to keep memory flat."""
_LITTLE = 64 * 1024
"""Bytes that were just written are in the memory of the system, and so few are copied at once."""
_SLOW_S = 0.02
"""Seconds that reading takes only where a disk or a network is waited for."""
CONTEXT = 64 * 1024
"""Bytes before the start position that are read to know the state of the run there."""
_PARKED = -1
"""The value of the descriptor while the file is parked: closed, but to be opened again."""
_CLOSED = -2
"""Its value once the file is closed for good: every read fails, in another thread, too."""


class ReadResult(Struct, frozen=True):
    """The result of one read: new bytes, how the file changed, and whether its lock was held just before."""

    data: bytes
    change: FileChange
    locked: bool | None
    modified: float | None
    """When the file was last written, in seconds since 1970; None if it cannot be opened any more."""
    target: str | None
    """Where the path leads now if a symlink in it leads to another file, or to none."""


class FileReader:
    """Reads a regular file, and refuses to open anything else."""

    def __init__(self, path: Path, *, chunk: int = CHUNK, resolve: Callable[[Path], Path] | None = None) -> None:
        """Open the file, to be read `chunk` bytes at a time. `resolve` returns the path that `path` stands for now.

        Never blocks (a FIFO may have no writer yet) and never takes a controlling terminal.

        Raises OSError if the file cannot be opened, `NotRegularError` if it is not a regular file.
        """
        self._path = path
        self._resolve = resolve or (lambda path: path)
        self.chunk = chunk
        """Bytes read at once."""
        self._locked: bool | None = None
        self._read_s = 0.0
        self._descriptor, status = open_regular_file(self._resolve(path))
        self._position = ReadPosition(Identity.of(status), 0)
        self._target = self._readlink()
        self._real_path = Path(os.path.realpath(self._resolve(path)))

    def close(self) -> None:
        """Close the descriptor for good."""
        self.park()
        self._descriptor = _CLOSED

    def idle_s(self) -> float:
        """Return how many seconds ago the file was last written."""
        return time.time() - self.modified() if self.is_open else 0.0

    def modified(self) -> float:
        """Return when the file was last written, in seconds since 1970; it must not be parked."""
        return self.status().st_mtime

    def status(self) -> os.stat_result:
        """Return the status of the open file; it must not be parked."""
        return os.fstat(self._descriptor)

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor, which a file that is parked or closed does not."""
        return self._descriptor >= 0

    def park(self) -> None:
        """Close the descriptor until the next `read_next`, which opens the file again if it still has its name."""
        if self.is_open:
            descriptor, self._descriptor = self._descriptor, _PARKED
            os.close(descriptor)

    @property
    def descriptor(self) -> int | None:
        """The descriptor, None while the file is parked or closed."""
        return self._descriptor if self.is_open else None

    def detach(self) -> int:
        """Return the descriptor, which the caller must close; to the reader itself, the file is closed."""
        descriptor, self._descriptor = self._descriptor, _CLOSED
        return descriptor

    @property
    def target(self) -> str | None:
        """The target of the path when the file was opened, if it is a symlink."""
        return self._target

    @property
    def position(self) -> ReadPosition:
        """The position up to which the file was read."""
        return self._position

    @property
    def real_path(self) -> Path:
        """The path of the open file itself, without symlinks, as it was when the file was opened."""
        return self._real_path

    def has_name(self) -> bool:
        """Return whether the file still has a name, here or elsewhere; False if it is parked or closed."""
        return self.is_open and os.fstat(self._descriptor).st_nlink > 0

    @property
    def offset(self) -> int:
        """The offset up to which the file was read."""
        return self._position.offset

    @property
    def locked(self) -> bool | None:
        """Whether the writer's lock was held just before the last `read_next`."""
        return self._locked

    @property
    def is_slow(self) -> bool:
        """Whether the last `read_next` showed that the disk, or a network, is slow."""
        return self._read_s > _SLOW_S

    def is_quick(self, *, just_written: bool) -> bool:
        """Return whether `read_next` takes no longer than to let another thread do it.

        That is so if nothing is new, or if an event has just reported a small write.
        """
        if not self.is_open or self.is_slow:
            return False
        new = os.fstat(self._descriptor).st_size - self._position.offset
        return new == 0 or (just_written and new <= _LITTLE)

    def read_appended(self) -> bytes:
        """Return what was just appended, if it is little, without checking anything else about the file.

        Nothing is returned if `read_next` may report more than that, or may take long.
        """
        if not self.is_open or self.is_slow:
            return b""
        position = self._position
        data = read_at(self._descriptor, _LITTLE, position.offset)
        if not 0 < len(data) < _LITTLE or self._bytes_before() != position.before:
            return b""
        self._position = position.advanced(data)
        return data

    def _bytes_before(self) -> bytes:
        """Return the bytes that are now where the last ones before the offset were.

        Read after the bytes from the offset on: if these are still the same, the others are their continuation.
        """
        remembered = len(self._position.before)
        return read_at(self._descriptor, remembered, self._position.offset - remembered)

    def is_cached(self) -> bool:
        """Return whether the next chunk is in memory, as far as its first and its last byte tell."""
        if not self.is_open or self.is_slow:
            return False
        return all(is_in_memory(self._descriptor, self._position.offset + index) for index in (0, self.chunk - 1))

    def read_next(self) -> ReadResult:
        """Read at most a chunk from the current offset on, and detect how the file changed."""
        if self._descriptor == _PARKED and (change := self._reopen()) is not FileChange.SAME:
            return ReadResult(b"", change, locked=False, modified=None, target=None)
        if not self.is_open:
            raise OSError(errno.EBADF, "it was closed")
        start = time.monotonic()
        # Queried before reading: "not locked, and nothing more to read" would otherwise miss a last write in between.
        locked = self._locked = is_locked(self._descriptor)
        at_path, unreachable = identity_at(self._resolve(self._path))
        data = self.read(self.chunk, self._position.offset)
        before_now = self._bytes_before()
        self._read_s = time.monotonic() - start
        change = detect_change(self._position, before_now=before_now, at_path=at_path)
        if before_now != self._position.before:
            data = b""
        if data:
            self._position = self._position.advanced(data)
        target = self._new_target() if change in {FileChange.REPLACED, FileChange.GONE} else None
        if unreachable and change is FileChange.GONE:
            change = FileChange.SAME
        return ReadResult(data, change, locked, self.modified(), target)

    def is_writer_alive(self) -> bool | None:
        """Return whether a writer holds the file's lock now, None if unknown."""
        return is_locked(self._descriptor)

    def may_have_changed(self) -> bool:
        """Return whether `read_next` may return something new; costs less than reading."""
        if self._descriptor == _PARKED:
            try:
                status = os.stat(self._resolve(self._path))
            except OSError:
                return True
            if self._position.may_have_changed(size=status.st_size, at_path=Identity.of(status)):
                return True
            return self._locked is True and not self._is_parked_file_locked()
        at_path, unreachable = identity_at(self._resolve(self._path))
        size = os.fstat(self._descriptor).st_size
        return (
            self._position.may_have_changed(size=size, at_path=self._position.identity if unreachable else at_path)
            or is_locked(self._descriptor) != self._locked
        )

    def start_over(self) -> None:
        """Go back to the first byte."""
        self._position = ReadPosition(self._position.identity, 0)

    def seek(self, start: StartPosition, *, finished: bool = False) -> int:
        """Go to a start position, in a file that may be `finished`; return its offset."""
        offset = find_offset(start, self.read, os.fstat(self._descriptor).st_size, finished=finished)
        self.go_to(offset)
        return offset

    def go_to(self, offset: int) -> None:
        """Continue reading at `offset`."""
        before = self.read(min(REMEMBERED_BYTES, offset), max(0, offset - REMEMBERED_BYTES))
        self._position = ReadPosition(self._position.identity, offset, before)

    def context_lines(self) -> list[Line]:
        """Return the file's first line and the last ones before the current offset, unless they are extremely long."""
        end = self._position.offset
        last = context_lines(self.read, end, CONTEXT)
        first = first_line(self.read)
        if first is None or first.end > end or (last and last[0].offset == 0):
            return last
        return [first, *last]

    def read(self, count: int, offset: int) -> bytes:
        """Return at most `count` bytes from `offset` on, without changing the current offset."""
        return read_at(self._descriptor, count, offset)

    def _is_parked_file_locked(self) -> bool:
        """Return whether a writer holds the lock of a parked file, so that a crash is noticed."""
        try:
            descriptor, _ = open_regular_file(self._real_path)
        except OSError:
            return False
        try:
            return is_locked(descriptor) is True
        finally:
            os.close(descriptor)

    def _reopen(self) -> FileChange:
        """Open a parked file again, wherever its path leads now. Returns `SAME`, or the change that prevented it."""
        at_path, _ = identity_at(self._real_path)
        change = detect_change(self._position, before_now=self._position.before, at_path=at_path)
        if change is FileChange.SAME:
            self._descriptor, _ = open_regular_file(self._real_path)
        return change

    def _new_target(self) -> str | None:
        real_path = os.path.realpath(self._resolve(self._path))
        if real_path == str(self._real_path):
            return None
        target = self._readlink()
        return real_path if target in {None, self._target} else target

    def _readlink(self) -> str | None:
        try:
            return os.readlink(self._path)
        except OSError:
            return None
