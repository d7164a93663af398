"""SSE stream that follows the newest run and switches to the next, like `observe tail -F latest`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial

from aiofiles.os import wrap

from observer.source.seek import StartPosition
from observer.web import sse
from observer.web.errors import HTTPError
from observer.web.hub import Hub
from observer.web.query import ClientFilter
from observer.web.run_directory import RunDirectory
from observer.web.run_stream import Start, messages
from observer.web.search_pool import SearchPool

_POLL_S = 0.5
"""Seconds between two checks for a new run."""


class LatestStream:
    """Knows the newest run of a directory as long as `run` runs."""

    def __init__(self, directory: RunDirectory, hub: Hub) -> None:
        self._directory = directory
        self._hub = hub
        self._latest: str | None = None
        self._clients = 0
        self._has_clients = asyncio.Event()

    async def run(self) -> None:
        """Look for a newer run while there are clients. Never returns."""
        while True:
            self._has_clients.clear()
            if not self._clients:
                await self._has_clients.wait()
            with suppress(HTTPError):  # the directory cannot be read at the moment: keep the run
                await self._refresh()
            await asyncio.sleep(_POLL_S)

    async def messages(self, start: Start, wanted: ClientFilter, searches: SearchPool) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events of the newest run from `start` on, then those of the following runs."""
        self._clients += 1
        self._has_clients.set()
        try:
            await self._refresh()
            while not self._hub.closed.is_set():
                run = self._latest
                if run is None:
                    yield sse.KEEP_ALIVE
                    await asyncio.sleep(_POLL_S)
                    continue
                async with self._hub.subscribe(run) as broadcast:
                    async for piece in messages(broadcast, start, wanted, searches, partial(self._is_latest, run)):
                        yield piece
                start = StartPosition()
                if not self._hub.closed.is_set():
                    yield sse.reset("a newer run began")
        finally:
            self._clients -= 1

    def _is_latest(self, run: str) -> bool:
        return self._latest == run

    async def _refresh(self) -> None:
        latest = await wrap(self._directory.latest)()
        if latest != self._latest:
            self._latest = latest
            self._hub.keepalive()  # streams that have sent everything check whether their run is still the newest
