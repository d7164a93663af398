"""A private run file to which the events of a session are appended, and which every view opens like any other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from observer.platform.files import WRITE_FLAGS, write_at
from observer.source.lock import take_lock

_CLOSED = -1


class CopyError(OSError):
    """A copy could not be written, unlike a session that could not be read."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise CopyError for an OSError of writing the copy at a path."""
    try:
        yield
    except OSError as error:
        raise CopyError(error.errno, error.strerror, str(path)) from None


class RunCopy:
    """A run file that grows. Its writer's lock is held while the process of the session is known to be alive.

    Every method but `close` raises CopyError.
    """

    def __init__(self, path: Path) -> None:
        """Create the file, for its owner only."""
        self.path = path
        self._size = 0
        with writing(path):
            self._descriptor = os.open(path, WRITE_FLAGS | os.O_CREAT | os.O_EXCL, 0o600)

    def append(self, lines: bytes) -> None:
        """Append whole lines."""
        with writing(self.path), memoryview(lines) as view:
            written = 0
            while written < len(view):
                written += write_at(self._open(), view[written:], self._size + written)
        self._size += len(lines)

    def start_over(self) -> None:
        """Remove all lines."""
        with writing(self.path):
            os.truncate(self.path, 0)
        self._size = 0

    def hold_lock(self) -> None:
        """Hold the writer's lock from now on."""
        with writing(self.path):
            take_lock(self._open())

    def rest(self, modified: float) -> None:
        """Close the file, which releases the lock, and give it the time at which the session was written last.

        `modified` is in seconds since 1970.
        """
        self.close()
        with writing(self.path):
            os.utime(self.path, (modified, modified))

    def close(self) -> None:
        """Close the file; `append` and `hold_lock` open it again."""
        if self._descriptor != _CLOSED:
            os.close(self._descriptor)
            self._descriptor = _CLOSED

    def _open(self) -> int:
        if self._descriptor == _CLOSED:
            self._descriptor = os.open(self.path, WRITE_FLAGS)
        return self._descriptor
