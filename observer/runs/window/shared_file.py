"""A run file that several readers read at once, each at its own offset. Blocking.

The file must be what the directory listing showed: a regular file. A link that replaces it is not followed.
"""

import os
import stat
import time
import weakref
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from aiofiles.os import wrap

from observer.errors import UnreadableError
from observer.format.event import Event, decode
from observer.platform.files import READ_FLAGS, read_at
from observer.runs.window.cursor import HEAD_BYTES, NO_GENERATION, Cursor, generation_of
from observer.runs.window.editions import Editions
from observer.source.file_change import FileChange, FileStamp, Identity, ReadPosition, detect_change
from observer.source.file_reader import ReadResult
from observer.source.items import Notice
from observer.source.line_reader import Read, first_line
from observer.source.open_run_file import open_run_file
from observer.source.seek import StartPosition

IsCancelled = Callable[[], bool]
"""Returns whether the result of a search is no longer needed."""
_PIECE_BYTES = 128 * 1024
_TICK_NS = 50_000_000
"""Nanoseconds after which two writes have different times on every file system of Linux and macOS."""


class SharedFile:
    """The run file at `path`, opened, with a reference count: the last user to release it closes the descriptor.

    `end` is the offset just past the last complete line that is known; `locked` is whether a writer held the file's
    lock just before that was determined, None if unknown. Every method that reads raises UnreadableError where the
    disk, or a network file system, fails.
    """

    def __init__(self, path: Path, editions: Editions | None = None) -> None:
        """Open a file, and look whether it was rewritten since it was last opened with these `editions`.

        Raises UnreadableError if it does not exist, is not a regular file, or cannot be read.
        """
        self.path = path
        self._editions = editions or Editions()
        reader = open_run_file(path)
        if isinstance(reader, Notice):
            raise UnreadableError(reader.message)
        self._reader = reader
        self._close = weakref.finalize(self, reader.close)
        self._references = 0
        self._identity = reader.position.identity
        if self._identity != _identity_of_regular_file(path):
            self._close()
            raise UnreadableError(f"{path} is a link, or was replaced while it was opened")
        self._generation = ""
        self._project = ""
        self._first_line: ReadPosition | None = None
        self.locked: bool | None
        self.end: int
        with _as_unreadable():
            self._edition = self._current_edition()
            self.locked = reader.is_writer_alive()  # first: a writer that has exited has written everything
            self.end = reader.seek(StartPosition(last=0))
            self._identify()  # now, as those who ask for the generation may be on an event loop

    def acquire(self) -> Self:
        """Add a reference."""
        self._references += 1
        return self

    def release(self) -> None:
        """Drop a reference. The last one closes the file; a read in another thread may fail then."""
        self._references -= 1
        if not self._references:
            self._close()

    @contextmanager
    def in_use(self) -> Iterator[Self]:
        """Hold a reference for the duration of a block."""
        self.acquire()
        try:
            yield self
        finally:
            self.release()

    @property
    def descriptor(self) -> int | None:
        """The descriptor of the open file, None once it is closed."""
        return self._reader.descriptor

    @property
    def generation(self) -> str:
        """The identity of this content in cursors; empty while there is no complete line."""
        if not self._generation:
            self._identify()
        return self._generation

    @property
    def project(self) -> str:
        """The directory of the project as the first line has it; empty if that does not say, or is not complete."""
        if not self._project:
            line = first_line(self.read)
            event = None if line is None else decode(line)
            self._project = event.text("project_dir") if isinstance(event, Event) else ""
        return self._project

    @property
    def size(self) -> int:
        """The current size in bytes."""
        return self._status().st_size

    @property
    def modified(self) -> float:
        """When the file was last written, in seconds since 1970."""
        return self._status().st_mtime

    def read(self, count: int, offset: int) -> bytes:
        """Return at most `count` bytes from `offset` on. Raises UnreadableError."""
        with _as_unreadable():
            return self._reader.read(count, offset)

    def cancellable_read(self, is_cancelled: IsCancelled) -> Read:
        """Return `read` for a long search; it raises UnreadableError once the search is cancelled."""

        def read(count: int, offset: int) -> bytes:
            if is_cancelled():
                raise UnreadableError("the search was cancelled")
            return self.read(count, offset)

        return read

    async def pieces(self, begin: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes between two offsets, piece by piece."""
        while begin < end and (data := await wrap(self.read)(min(_PIECE_BYTES, end - begin), begin)):
            yield data
            begin += len(data)

    def read_new(self) -> ReadResult:
        """Return what was appended since the last call, and what became of the file. Not thread-safe."""
        with _as_unreadable():
            return self._reader.read_next()

    def may_have_changed(self) -> bool:
        """Return whether `read_new` may find anything new; True also if the file system does not answer."""
        try:
            return self._reader.may_have_changed()
        except OSError:
            return True

    def is_quick(self, *, just_written: bool) -> bool:
        """Return whether `read_new` takes no longer than to let another thread do it.

        `just_written` is whether an event has just reported a write to the file.
        """
        with _as_unreadable():
            return self._reader.is_quick(just_written=just_written)

    def settled_stamp(self) -> FileStamp | None:
        """Return the stamp of the file, None if a write now may still have the same: clocks of files are coarse."""
        stamp = FileStamp.of(self._status())
        return stamp if time.time_ns() - max(stamp.changed_ns, stamp.written_ns) > _TICK_NS else None

    def was_rewritten(self) -> bool:
        """Return whether the file was rewritten in place since it was opened."""
        return self._current_edition() != self._edition

    def was_replaced(self) -> bool:
        """Return whether another file has the name now."""
        current = _identity_of_regular_file(self.path)
        return current is not None and current != self._identity

    def is_in_place(self) -> bool:
        """Return whether the file itself has its name still, and not another one or a link."""
        return _identity_of_regular_file(self.path) == self._identity

    def reopen(self, *, rewritten: bool) -> "SharedFile":
        """Open what has the name now; `rewritten`: the content is known to be another one. Raises UnreadableError."""
        if rewritten:
            self._editions.renew(self._identity)
        return SharedFile(self.path, self._editions)

    def contains(self, cursor: Cursor) -> bool:
        """Return whether a cursor belongs to this content and a line ends at its offset."""
        if cursor.generation != self.generation or cursor.offset > self.size:
            return False
        return cursor.offset == 0 or self.read(1, cursor.offset - 1) == b"\n"

    def is_unchanged(self, offset: int) -> bool:
        """Return whether a line still begins at `offset`, in the same content. Call it after reading there."""
        first, change = self._first_line, FileChange.SAME
        if first is not None:
            before_now = self.read(len(first.before), first.offset - len(first.before))
            change = detect_change(first, before_now=before_now, at_path=self._identity)
        return change is FileChange.SAME and (offset == 0 or self.read(1, offset - 1) == b"\n")

    def _identify(self) -> None:
        head = self.read(HEAD_BYTES, 0)
        self._generation = generation_of(self._identity.inode, head, self._edition)
        self._first_line = ReadPosition(self._identity, 0).advanced(head.partition(b"\n")[0])

    def _current_edition(self) -> str:
        return self._editions.check(self.read, FileStamp.of(self._status()))

    def _status(self) -> os.stat_result:
        with _as_unreadable():
            return self._reader.status()


@contextmanager
def _as_unreadable() -> Iterator[None]:
    """Turn an OSError into an UnreadableError: one file that cannot be read must not end what reads others, too."""
    try:
        yield
    except OSError as error:
        raise UnreadableError(f"cannot read the run file ({error.strerror})") from None


def generation_at(path: Path, editions: Editions) -> str:
    """Return the generation of the file at a path, reading only its beginning; empty if it cannot be read."""
    try:
        descriptor = os.open(path, READ_FLAGS)
    except OSError:
        return NO_GENERATION
    try:
        identity = Identity.of(os.fstat(descriptor))
        return generation_of(identity.inode, read_at(descriptor, HEAD_BYTES, 0), editions.known(identity))
    except OSError:
        return NO_GENERATION
    finally:
        os.close(descriptor)


def _identity_of_regular_file(path: Path) -> Identity | None:
    """Return which file is at a path itself; a symlink is not followed."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return Identity.of(status) if stat.S_ISREG(status.st_mode) else None
