"""Reads a compressed run file, gzip or zstd, once from its first byte to its last."""

import os
import zlib
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from observer.errors import UnreadableError, missing_packages
from observer.source.content import Content
from observer.source.file_change import FileChange, Identity, ReadPosition, detect_change
from observer.source.items import Idle, Item, Notice, NoticeKind, PartialLine, until_idle
from observer.source.off_loop import off_loop
from observer.source.open_run_file import open_run_file

CHUNK = 1024 * 1024
PIECE = 1024
"""Compressed bytes that are expanded at once, so that the result stays bounded even for a decompression bomb."""
_GZIP = 16 + zlib.MAX_WBITS
"""Makes zlib expect the header and checksum of gzip."""


class CompressedSource:
    """Reads the lines of a `.gz` or `.zst` file."""

    def __init__(self, path: Path, *, chunk: int = CHUNK) -> None:
        self._path = path
        self.chunk = chunk
        """Bytes that are decompressed at once."""
        self._content = Content(str(path))
        self._file: Decompressed | None = None
        self._done = False
        self._modified = 0.0

    async def items(self) -> AsyncGenerator[Item, None]:
        """Yield the lines of the file; see `Source`. Raises UnreadableError if it cannot be read or decompressed."""
        try:
            async for item in until_idle(lambda: self.next(lambda: None)):
                yield item
        finally:
            self.close()

    async def next(self, _path_changed: Callable[[], None]) -> list[Item]:
        """Read once and return the items; the last one is `Idle` at the end of the file. Raises as `items` does."""
        if self._file is None:
            self._file = await off_loop(open_compressed, self._path)
            self._modified = self._file.modified
        data = await off_loop(self._file.read, self.chunk)
        self._done = not data
        if data:
            return self._content.take(data)
        items: list[Item] = [*self._content.end()]
        if trailing := self._file.trailing:
            items.append(Notice(NoticeKind.CONTENT, f"{self._path} {trailing}"))
        rest = self.rest()
        return [*items, *([rest] if rest is not None else []), Idle(modified=self._file.modified, is_final=True)]

    def rest(self, _origin: str | None = None) -> PartialLine | None:
        """Return the bytes after the last newline read so far."""
        return self._content.rest()

    def modified(self) -> float:
        """Return when the file was written, in seconds since 1970, once something of it was read."""
        return self._modified

    def may_have_changed(self) -> bool:
        """Return False: a compressed file is finished."""
        return False

    def idle_s(self) -> float:
        """Return 0 while the file is being read, infinity once it was read to its end."""
        return float("inf") if self._done else 0.0

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor."""
        return self._file is not None and self._file.is_open

    def park(self) -> None:
        """Close the descriptor but keep the offset; close everything if the file was read to its end."""
        if self._done:
            self.close()
        elif self._file is not None:
            self._file.close()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def open_compressed(path: Path) -> "Decompressed":
    """Open a compressed file. Raises UnreadableError if it cannot be read."""
    file = _open(path)
    try:
        return Decompressed(path, file)
    except ImportError:
        file.close()
        raise UnreadableError(missing_packages(str(path), "zstandard", "zstd")) from None


class Decompressed:
    """The content of a compressed file. Concatenated compressed streams are read as one, as `zcat` does."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self._new_decompressor, self._error = _decompressor_for(path)
        self._stream = self._new_decompressor()
        self._in_stream = False  # whether a stream has begun and not ended
        self._behind_stream = False  # whether one has ended, and no other has begun
        self._stream_start = 0
        self._failure = ""
        self.trailing = ""
        """What is behind the compressed content, in words; empty if there is nothing, or only padding."""
        self._offset = 0
        self._identity = _identity(file)
        self.modified = os.fstat(file.fileno()).st_mtime
        """When the file was last written, in seconds since 1970."""

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor."""
        return not self._file.closed

    def read(self, count: int) -> bytes:
        """Return about `count` bytes, fewer at the end, then none.

        Raises UnreadableError if the file is corrupt or truncated, after returning everything before that point.
        """
        if self._file.closed:
            self._reopen()
        parts: list[bytes] = []
        remaining = count
        while remaining > 0 and not self._failure and not self.trailing and (piece := self._file.read(PIECE)):
            data = self._decompress(piece)
            parts.append(data)
            remaining -= len(data)
        if not any(parts) and (self._failure or self._in_stream):
            raise UnreadableError(f"{self._path} {self._failure or 'is truncated: the rest cannot be decompressed'}")
        return b"".join(parts)

    def close(self) -> None:
        """Close the file until more of it is read."""
        if not self._file.closed:
            self._offset = self._file.tell()
            self._file.close()

    def _reopen(self) -> None:
        """Reopen the file at the offset where it was closed. Raises UnreadableError if it was replaced or removed."""
        file = _open(self._path)
        position = ReadPosition(self._identity, self._offset)
        if detect_change(position, before_now=b"", at_path=_identity(file)) is not FileChange.SAME:
            file.close()
            raise UnreadableError(f"{self._path} was replaced while it was being read; try again")
        file.seek(self._offset)
        self._file = file

    def _decompress(self, piece: bytes) -> bytes:
        """Return the content of the next bytes of the file; `trailing` and `_failure` say why it ends."""
        parts: list[bytes] = []
        while piece := piece.lstrip(b"\0") if self._behind_stream else piece:  # padding, as on tapes
            try:
                parts.append(self._stream.decompress(piece))
            except self._error as error:
                if self._behind_stream:
                    self.trailing = "has other data behind its compressed content, which is complete"
                else:
                    parts.append(self._salvaged(len(piece)))
                    self._failure = self._describe(error, piece, is_first=not any(parts))
                break
            self._in_stream, self._behind_stream = not self._stream.eof, self._stream.eof
            piece = self._stream.unused_data
            if self._stream.eof:
                self._stream, self._stream_start = self._new_decompressor(), self._file.tell() - len(piece)
        return b"".join(parts)

    def _salvaged(self, count: int) -> bytes:
        """Return what the last `count` bytes that were read hold before the one that cannot be decompressed.

        The library drops that. The stream is decompressed once more from its start, and those bytes one by one.
        """
        end, parts = self._file.tell(), list[bytes]()
        self._file.seek(self._stream_start)
        stream = self._new_decompressor()
        while (before := end - count - self._file.tell()) > 0:
            stream.decompress(self._file.read(min(PIECE, before)))
        with suppress(self._error):
            for byte in self._file.read(count):
                parts.append(stream.decompress(bytes([byte])))
        self._file.seek(end)
        return b"".join(parts)

    def _describe(self, error: Exception, piece: bytes, *, is_first: bool) -> str:
        suffix = self._path.suffix
        if is_first and self._stream_start == 0 and piece.lstrip().startswith(b"{"):
            return f"is not compressed; remove {suffix} from its name"
        if "incorrect data check" in str(error) or "incorrect length check" in str(error):
            return "is corrupt: its checksum is wrong"
        return f"cannot be decompressed ({error}); it may be corrupt"


def _open(path: Path) -> BinaryIO:
    file = open_run_file(path)
    if isinstance(file, Notice):
        raise UnreadableError(file.message)
    return os.fdopen(file.detach(), "rb")


def _identity(file: BinaryIO) -> Identity:
    return Identity.of(os.fstat(file.fileno()))


def _decompressor_for(path: Path) -> tuple[Callable[[], Any], type[Exception]]:
    """Return a factory of decompressors, one a stream, and their exception for corrupt data. Raises ImportError."""
    if path.name.endswith(".gz"):
        return lambda: zlib.decompressobj(_GZIP), zlib.error
    import zstandard  # noqa: PLC0415 - an extra, and only for such files

    return zstandard.ZstdDecompressor().decompressobj, zstandard.ZstdError
