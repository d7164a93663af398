"""A packed run file as a source: gzip or zstd, read once from its first byte to its last."""

import os
import zlib
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any, BinaryIO

from aiofiles.os import wrap

from observer.errors import UnreadableError
from observer.format.lines import LineSplitter
from observer.source.file_change import Identity
from observer.source.file_reader import open_file
from observer.source.items import Idle, Item, Lines, Notice, PartialLine

CHUNK = 1024 * 1024
PIECE = 1024
"""Packed bytes taken at once: what they unpack to stays bounded, whatever somebody packed to do harm."""
_GZIP = 16 + zlib.MAX_WBITS
"""Makes zlib expect gzip's header and checksum."""


class CompressedSource:
    """Reads the lines of a `.gz` or `.zst` file."""

    def __init__(self, path: Path, *, chunk: int = CHUNK) -> None:
        self._path = path
        self.chunk = chunk
        """Bytes that are unpacked at once."""
        self._framer = LineSplitter()
        self._file: Unpacked | None = None
        self._done = False

    async def items(self) -> AsyncGenerator[Item, None]:
        """Yield what is in the file; see `Source`. Raises UnreadableError when it cannot be read or unpacked."""
        try:
            while True:
                items = await self.next(lambda: None)
                for item in items:
                    yield item
                if any(isinstance(item, Idle) for item in items):
                    return
        finally:
            self.close()

    async def next(self, _moved: Callable[[], None]) -> list[Item]:
        """Read on and return what came of it; it ends with `Idle` at the end. Raises as `items` does."""
        if self._file is None:
            self._file = await wrap(open_compressed)(self._path)
        data = await wrap(self._file.read)(self.chunk)
        self._done = not data
        if data:
            return [Lines(self._framer.feed(data))]
        rest = self.rest()
        return [rest, Idle()] if rest is not None else [Idle()]

    def rest(self, _origin: str | None = None) -> PartialLine | None:
        """Return what stands after the last newline read so far."""
        rest = self._framer.rest()
        return PartialLine(rest) if rest is not None else None

    def stirred(self) -> bool:
        """A packed file is finished: nothing comes to it."""
        return False

    def idle_s(self) -> float:
        """Return how many seconds ago the file was last written: never, once it was read to its end."""
        return float("inf") if self._done else 0.0

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor."""
        return self._file is not None and self._file.is_open

    def park(self) -> None:
        """Let go of the descriptor, not of the place; of all, when it was read to its end: it gets no more."""
        if self._done:
            self.close()
        elif self._file is not None:
            self._file.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def open_compressed(path: Path) -> "Unpacked":
    """Open a packed file. Raises UnreadableError when it cannot be read."""
    found = open_file(path)
    if isinstance(found, Notice):
        raise UnreadableError(found.message)
    try:
        return Unpacked(path, os.fdopen(found.detach(), "rb"))
    except ImportError:
        found.close()
        raise UnreadableError(f"{path} needs the zstd library; run: pip install 'runtail[zstd]'") from None


class Unpacked:
    """The bytes that a packed file holds. A file of several packed one after another is one, as for `zcat`."""

    def __init__(self, path: Path, packed: BinaryIO) -> None:
        self._path = path
        self._packed = packed
        self._make, self._error = _unpacker_of(path)
        self._part = self._make()
        self._begun = False
        self._failure = ""
        self._at = 0
        self._identity = _identity(packed)

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor."""
        return not self._packed.closed

    def read(self, count: int) -> bytes:
        """Return about `count` bytes, fewer at the end, none behind it.

        Raises UnreadableError when the file is broken, or cut short, once all that can be unpacked was returned.
        """
        if self._packed.closed:
            self._reopen()
        found: list[bytes] = []
        left = count
        while left > 0 and not self._failure and (piece := self._packed.read(PIECE)):
            try:
                data = self._unpack(piece)
            except self._error as error:
                self._failure = f"cannot be unpacked ({error}); is it whole?"
                break
            found.append(data)
            left -= len(data)
        if not any(found) and (self._failure or self._begun):
            raise UnreadableError(f"{self._path} {self._failure or 'is cut short: no more of it could be unpacked'}")
        return b"".join(found)

    def close(self) -> None:
        """Close the file until more of it is read."""
        if not self._packed.closed:
            self._at = self._packed.tell()
            self._packed.close()

    def _reopen(self) -> None:
        """Go on where it was closed. Raises UnreadableError when another file has its name by now, or none."""
        found = open_file(self._path)
        if isinstance(found, Notice):
            raise UnreadableError(found.message)
        self._packed = os.fdopen(found.detach(), "rb")
        if _identity(self._packed) != self._identity:
            self._packed.close()
            raise UnreadableError(f"{self._path} was replaced while it was read; start again")
        self._packed.seek(self._at)

    def _unpack(self, piece: bytes) -> bytes:
        found: list[bytes] = []
        while piece:
            found.append(self._part.decompress(piece))
            self._begun, piece = not self._part.eof, self._part.unused_data
            if self._part.eof:
                self._part = self._make()
                piece = piece.lstrip(b"\0")  # padding, as tapes have it
        return b"".join(found)


def _identity(file: BinaryIO) -> Identity:
    found = os.fstat(file.fileno())
    return Identity(found.st_dev, found.st_ino)


def _unpacker_of(path: Path) -> tuple[Callable[[], Any], type[Exception]]:
    """What makes an unpacker for one part, and what that raises when the part is broken. Raises ImportError."""
    if path.name.endswith(".gz"):
        return lambda: zlib.decompressobj(_GZIP), zlib.error
    import zstandard  # noqa: PLC0415 - an extra, and only for such files

    return zstandard.ZstdDecompressor().decompressobj, zstandard.ZstdError
