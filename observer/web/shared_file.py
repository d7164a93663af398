"""A run file that many read at once, each at its own offset. Blocking.

The file must be what the listing saw, a regular file in the folder: a link put in its place is not followed.
"""

import os
import stat
import weakref
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Self

from aiofiles.os import wrap

from observer.errors import UnreadableError
from observer.source.file_reader import ReadResult, open_file
from observer.source.items import Notice
from observer.source.line_reader import offset_of_last
from observer.source.seek import StartPosition
from observer.web.cursor import HEAD, Cursor, generation_of

_PIECE = 128 * 1024


class SharedFile:
    """The content that a run's name led to when it was opened.

    `end` is how far its complete lines are known to reach, `locked` whether a writer held the file's lock when that was
    found out. Whoever reads it is inside `with`; the last one to leave closes the descriptor.
    """

    def __init__(self, path: Path) -> None:
        """Open a file. Raises UnreadableError when it is not there, or no regular file itself."""
        found = open_file(path)
        if isinstance(found, Notice):
            raise UnreadableError(found.message)
        self._file = found
        self._descriptor = found.detach()
        self._finalizer = weakref.finalize(self, os.close, self._descriptor)
        self._holders = 0
        here = os.fstat(self._descriptor)
        if not _is(path, here):
            self._finalizer()
            raise UnreadableError(f"{path} is a link, or was replaced just now")
        self._inode = here.st_ino
        self._generation, self._head = "", b""
        self.locked: bool | None = found.writer_lives()  # first: what a writer that is gone has written is all there
        self.end = found.seek(StartPosition(last=0))

    def __enter__(self) -> Self:
        self._holders += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._holders -= 1
        if not self._holders:
            self._finalizer()  # what a thread still reads, nobody waits for

    @property
    def generation(self) -> str:
        """What stands for this content in cursors; empty while there is no complete line."""
        if not self._generation:
            self._head = self.read(HEAD, 0)
            self._generation = generation_of(self._inode, self._head)
        return self._generation

    @property
    def size(self) -> int:
        """How many bytes it has just now."""
        return os.fstat(self._descriptor).st_size

    def read(self, count: int, offset: int) -> bytes:
        """Return at most `count` bytes from `offset` on. Raises UnreadableError."""
        try:
            return os.pread(self._descriptor, count, offset)
        except OSError as error:
            raise UnreadableError(f"the run file cannot be read ({error.strerror})") from None

    def reading(self, given_up: Callable[[], bool]) -> Callable[[int, int], bytes]:
        """Return `read` for a long search: it raises UnreadableError once nobody waits for what is found."""

        def read(count: int, offset: int) -> bytes:
            if given_up():
                raise UnreadableError("nobody waits any more")
            return self.read(count, offset)

        return read

    async def pieces(self, begin: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes between two offsets, some at a time."""
        while begin < end and (data := await wrap(self.read)(min(_PIECE, end - begin), begin)):
            yield data
            begin += len(data)

    def look(self) -> ReadResult:
        """Return what was appended since `end` was found, and what became of the file; one call at a time."""
        return self._file.look()

    def stirred(self) -> bool:
        """Tell whether a look may find something new, as one does when the file cannot be asked."""
        try:
            return self._file.stirred()
        except OSError:
            return True

    def complete(self) -> int:
        """Return the offset just past the last newline there is."""
        return max(self.end, offset_of_last(self.read, self.size, 0))

    def holds(self, place: Cursor) -> bool:
        """Tell whether a cursor is one of this content: a line ends there."""
        if place.generation != self.generation or place.offset > self.size:
            return False
        return place.offset == 0 or self.read(1, place.offset - 1) == b"\n"

    def is_unchanged(self, offset: int) -> bool:
        """Tell whether what stands at a line's beginning is still of this content: asked after it was read."""
        same = not self._head or self.read(HEAD, 0).startswith(self._head.partition(b"\n")[0])
        return same and (offset == 0 or self.read(1, offset - 1) == b"\n")


def _is(path: Path, opened_now: os.stat_result) -> bool:
    try:
        there = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(there.st_mode) and os.path.samestat(there, opened_now)
