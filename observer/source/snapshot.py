"""Reads a run file as it was when opened: what is written later is not part of it. Blocking.

Compressed files and standard input are first copied, decompressed, to a temporary file, so that every snapshot is
seekable.
"""

import os
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from observer.errors import UnreadableError
from observer.format.line import OWN_BEGINNING, Line, Oversize
from observer.format.lines import Block
from observer.platform.files import read_at
from observer.source.compressed import open_compressed
from observer.source.items import Notice
from observer.source.line_reader import read_blocks, read_lines
from observer.source.locate import PATH_NAMES, STDIN, DisplayNames, is_compressed
from observer.source.lock import is_locked
from observer.source.open_run_file import open_run_file

if TYPE_CHECKING:
    from observer.dialects.prices import Prices

CHUNK = 1024 * 1024
"""Bytes read at once."""
BLOCK = 256 * 1024
"""Bytes of a block of lines: as many as fit into the processor's cache together with what is decoded from them."""


_CLOSED = -1
"""In place of a descriptor that is closed: its number may be that of another file by now."""


class Readable(Protocol):
    """Returns bytes, such as a file."""

    def read(self, count: int, /) -> bytes:
        """Return about `count` bytes, none at the end."""
        ...


Progress = Callable[[str, int, int | None], None]
"""Is told how far a file has been read: its name, the bytes so far, and all of them if known."""


class Snapshot:
    """The bytes that a run file had when the snapshot was created.

    `outputs` is the directory below which the outputs are that its events name.
    `size` is in bytes, `changed` the time when the file was last written, or was read from a pipe (seconds since 1970),
    `locked` whether a writer held the file's lock (None if unknown), `display_name` its name in messages, `damage` a
    sentence about the part of a compressed file that could not be read, `is_cut` whether that is a part of the run,
    `is_final` whether the file is compressed, so
    that it has no writer. The descriptor is closed by `close`, or when
    the snapshot is no longer referenced.
    """

    def __init__(
        self, path: Path, names: DisplayNames = PATH_NAMES, progress: Progress | None = None,
        prices: "Prices | None" = None,
    ) -> None:  # fmt: skip
        """Open a run file, compressed or not, or standard input (`-`). Raises UnreadableError.

        `prices` apply to the run of another program in standard input; by default those of the package.
        """
        self.path = path
        self.display_name = names(path)
        self.outputs = names.outputs(path)
        self._progress = progress
        self._prices = prices
        self.damage = ""
        self.is_cut = False
        self.is_translated = False
        """Whether it was the file of another program, so that its lines are not those of the file."""
        self.is_final = is_compressed(path)
        self._modified: float | None = None
        self._descriptor = self._open(names)
        self._finalizer = weakref.finalize(self, os.close, self._descriptor)
        self.locked = is_locked(self._descriptor)  # before the size, or a last write in between would be missed
        status = os.fstat(self._descriptor)
        self.size = status.st_size
        self.changed = status.st_mtime if self._modified is None else self._modified

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        self._finalizer()
        self._descriptor = _CLOSED

    def read(self, count: int, offset: int) -> bytes:
        """Return at most `count` bytes from `offset` on, none beyond the snapshot. Raises UnreadableError."""
        try:
            return read_at(self._descriptor, min(count, max(0, self.size - offset)), offset)
        except OSError as error:
            raise UnreadableError(f"cannot read {self.display_name} ({error.strerror})") from None

    def lines(self, offset: int = 0) -> Iterator[list[Line | Oversize]]:
        """Return the lines from `offset` on, some at a time.

        A last one without a newline is included, unless the file has a writer, so that the rest of it will follow.
        """
        read = self.read if self._progress is None else self._read_with_progress
        return read_lines(read, offset, self.size, block=CHUNK, partial=self.locked is not True)

    def blocks(self) -> Iterator[Block | list[Line | Oversize]]:
        """Return all lines, most of them in blocks that are not divided yet; see `lines`."""
        read = self.read if self._progress is None else self._read_with_progress
        return read_blocks(read, self.size, block=BLOCK, partial=self.locked is not True)

    def _read_with_progress(self, count: int, offset: int) -> bytes:
        if self._progress is not None and self.size:
            self._progress(self.display_name, min(offset, self.size), self.size)
        return self.read(count, offset)

    def _open(self, names: DisplayNames) -> int:
        """Return a seekable descriptor of the content. Raises UnreadableError."""
        if self.path == STDIN:
            return self._translated(self._copy(sys.stdin.buffer), "standard input")
        if is_compressed(self.path):
            with closing(open_compressed(self.path)) as decompressed:
                copy, self._modified = self._copy(decompressed), decompressed.modified
                self.damage = self.damage or (decompressed.trailing and f"{self.path} {decompressed.trailing}")
                return self._translated(copy, str(self.path), decompressed.modified)
        file = open_run_file(self.path, names=names)
        if isinstance(file, Notice):
            raise UnreadableError(file.message)
        return file.detach()

    def _translated(self, descriptor: int, name: str, modified: float | None = None) -> int:
        """Return a descriptor of the run that a copy of something stands for, if it is another program's.

        Of a file it is known when that was `modified`.
        """
        if read_at(descriptor, len(OWN_BEGINNING), 0) == OWN_BEGINNING:
            return descriptor
        from observer.source.translated import translated_file  # noqa: PLC0415 - the dialects, and not for runs of ours

        is_saved = modified is not None
        translated = translated_file(descriptor, name, self._prices, is_saved=is_saved, modified=modified)
        if translated is None:
            return descriptor
        os.close(descriptor)
        self.is_translated = True
        return translated

    def _copy(self, source: Readable) -> int:
        """Copy what can be read of a source. Raises UnreadableError if that is not a line."""
        import tempfile  # noqa: PLC0415 - most files are read as they are

        has_line, copied = False, 0
        with tempfile.TemporaryFile() as copy:
            try:
                while data := source.read(CHUNK):
                    copied += copy.write(data)
                    if self._progress is not None:
                        self._progress(self.display_name, copied, None)
                    has_line = has_line or b"\n" in data
            except UnreadableError as error:
                if not has_line:
                    raise
                self.damage, self.is_cut = str(error), True
            copy.flush()
            return os.dup(copy.fileno())
