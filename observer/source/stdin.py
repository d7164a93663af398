"""Reads standard input: a terminal, a file, or a pipe, even one that is never closed."""

import asyncio
import os
import select
from collections.abc import AsyncGenerator

from aiofiles.os import wrap

from observer.errors import UnreadableError
from observer.source.content import Content
from observer.source.items import Idle, Item, PartialLine

CHUNK = 256 * 1024
LULL_S = 0.05
"""Seconds without bytes after which the input counts as idle."""


class StdinSource:
    """Reads lines from a descriptor, by default 0, until its end of file."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._content = Content("standard input")

    def rest(self, _origin: str | None = None) -> PartialLine | None:
        """Return the bytes after the last newline read so far."""
        return self._content.rest()

    async def items(self) -> AsyncGenerator[Item, None]:
        """Yield the lines as they arrive; see `Source`. Raises UnreadableError if reading fails."""
        readable = asyncio.Event()
        loop = asyncio.get_running_loop()
        try:
            loop.add_reader(self._descriptor, readable.set)
        except (
            OSError,
            NotImplementedError,
        ):  # epoll accepts no regular file, kqueue not every device
            readable.set()
            async for item in self._read(None):
                yield item
            return
        try:
            async for item in self._read(readable):
                yield item
        finally:
            loop.remove_reader(self._descriptor)

    async def _read(self, readable: asyncio.Event | None) -> AsyncGenerator[Item, None]:
        while True:
            if readable is not None and not _has_bytes(self._descriptor):
                readable.clear()
                try:
                    await asyncio.wait_for(readable.wait(), LULL_S)
                except TimeoutError:
                    yield Idle()
                    await readable.wait()
            try:
                data = await wrap(os.read)(self._descriptor, CHUNK)
            except OSError as error:
                raise UnreadableError(f"cannot read standard input ({error.strerror})") from None
            if not data:
                break
            for item in self._content.take(data):
                yield item
        for notice in self._content.end():
            yield notice
        rest = self.rest()
        if rest is not None:
            yield rest
        yield Idle()


def _has_bytes(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])
