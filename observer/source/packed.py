"""A packed run file as a source: gzip or zstd, read once from its first byte to its last."""

import gzip
import zlib
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import BinaryIO, cast

from aiofiles.os import wrap

from observer.errors import UnreadableError
from observer.framing import Framer
from observer.source.base import Batch, CaughtUp, Item, Rest

CHUNK = 1024 * 1024


class PackedSource:
    """Reads the lines of a `.gz` or `.zst` file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._framer = Framer()
        self._file: BinaryIO | None = None
        self._broken: tuple[type[Exception], ...] = ()

    async def items(self) -> AsyncGenerator[Item, None]:
        """Yield what is in the file; see `Source`. Raises UnreadableError when it cannot be read or unpacked."""
        try:
            while True:
                items = await self.next(lambda: None)
                for item in items:
                    yield item
                if any(isinstance(item, CaughtUp) for item in items):
                    return
        finally:
            self.close()

    async def next(self, _moved: Callable[[], None]) -> list[Item]:
        """Read on and return what came of it; it ends with `CaughtUp` at the end. Raises as `items` does."""
        if self._file is None:
            self._file, self._broken = await wrap(open_packed)(self._path)
        try:
            data = await wrap(self._file.read)(CHUNK)
        except self._broken as error:
            raise UnreadableError(f"{self._path} cannot be unpacked ({error}); is it whole?") from None
        if data:
            return [Batch(self._framer.feed(data))]
        rest = self.rest()
        return [rest, CaughtUp()] if rest is not None else [CaughtUp()]

    def rest(self) -> Rest | None:
        """Return what stands after the last newline read so far."""
        rest = self._framer.rest()
        return Rest(rest) if rest is not None else None

    def stirred(self) -> bool:
        """A packed file is finished: nothing comes to it."""
        return False

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def open_packed(path: Path) -> tuple[BinaryIO, tuple[type[Exception], ...]]:
    """Open a packed file; return it with what it raises when it is broken."""
    try:
        if path.name.endswith(".gz"):
            return cast(BinaryIO, gzip.open(path)), (OSError, EOFError, zlib.error)
        import zstandard  # noqa: PLC0415 - an extra, and only for such files

        return cast(BinaryIO, zstandard.open(path, "rb")), (OSError, zstandard.ZstdError)
    except ImportError:
        raise UnreadableError(f"{path} needs the zstd library; run: pip install 'runtail[zstd]'") from None
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read ({error.strerror})") from None
