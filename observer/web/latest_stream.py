"""The newest run, whichever that is: told like `observe tail -F latest`, each to its end and then the next."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial

from aiofiles.os import wrap

from observer.source.seek import StartPosition
from observer.web import sse
from observer.web.cursor import Cursor
from observer.web.errors import HTTPError
from observer.web.folder import Folder
from observer.web.hub import Hub
from observer.web.query import ClientFilter
from observer.web.run_stream import messages
from observer.web.search_pool import SearchPool

_AGAIN_S = 0.5
"""How soon a new run is noticed."""


class LatestStream:
    """Knows the newest run of a folder; `run` must run meanwhile."""

    def __init__(self, folder: Folder, hub: Hub) -> None:
        self._folder = folder
        self._hub = hub
        self._name: str | None = None
        self._listeners = 0
        self._wanted = asyncio.Event()

    async def run(self) -> None:
        """Look for a newer run while anybody listens, for ever."""
        while True:
            self._wanted.clear()
            if not self._listeners:
                await self._wanted.wait()
            with suppress(HTTPError):  # a folder that cannot be read just now: the run stays the newest
                await self._look()
            await asyncio.sleep(_AGAIN_S)

    async def messages(
        self, asked: Cursor | StartPosition | None, wish: ClientFilter, work: SearchPool
    ) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events of the newest run from a place on, then those of the next ones."""
        self._listeners += 1
        self._wanted.set()
        try:
            await self._look()
            while not self._hub.closed.is_set():
                name = self._name
                if name is None:
                    yield sse.KEEP_ALIVE
                    await asyncio.sleep(_AGAIN_S)
                    continue
                async with self._hub.feed(name) as feed:
                    async for piece in messages(feed, asked, wish, work, partial(self._is, name)):
                        yield piece
                asked = StartPosition()
                if not self._hub.closed.is_set():
                    yield sse.reset("a newer run began")
        finally:
            self._listeners -= 1

    def _is(self, name: str) -> bool:
        return self._name == name

    async def _look(self) -> None:
        found = await wrap(self._folder.newest)()
        if found != self._name:
            self._name = found
            self._hub.wake()
