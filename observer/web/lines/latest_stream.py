"""SSE stream that follows the newest run and then each later one, like `observe tail -F latest`.

A client that resumes continues with the run of its cursor. A run is left when all of it was sent, a later one
has begun and no writer is known to be alive; the runs in between come in the order of their names.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial

from aiofiles.os import wrap

from observer.runs.window.cursor import Cursor
from observer.source.seek import StartPosition
from observer.web.broadcasts.broadcast import Broadcast
from observer.web.broadcasts.hub import Hub
from observer.web.errors import HTTPError
from observer.web.lines.run_stream import Start, messages
from observer.web.query import ClientFilter
from observer.web.responses import sse
from observer.web.run_directory import RunDirectory
from observer.web.search_pool import ClientSearches

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

    async def messages(
        self, start: Start, client_filter: ClientFilter, searches: ClientSearches
    ) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events of the newest run, or of a cursor's, from `start` on; then of the following runs."""
        self._clients += 1
        self._has_clients.set()
        try:
            await self._refresh()
            run = await self._first_run(start, searches)
            while not self._hub.closed.is_set():
                if run is None:
                    yield sse.KEEP_ALIVE
                    await asyncio.sleep(_POLL_S)
                    run = self._latest
                    continue
                try:
                    async with self._hub.subscribe(run) as broadcast:
                        keep_open = partial(self._is_current, run, broadcast)
                        async for piece in messages(broadcast, start, client_filter, searches, keep_open):
                            yield piece
                except HTTPError:
                    if run == self._latest:
                        raise  # one in between that cannot be read is passed over
                start = StartPosition()
                if not self._hub.closed.is_set():
                    run = await wrap(self._directory.next_after)(run, self._latest)
                    yield sse.reset("a newer run began")
        finally:
            self._clients -= 1

    async def _first_run(self, start: Start, searches: ClientSearches) -> str | None:
        if not isinstance(start, Cursor):
            return self._latest
        run = await searches.run(lambda is_cancelled: self._directory.find(start, is_cancelled))
        return run or self._latest

    def _is_current(self, run: str, broadcast: Broadcast) -> bool:
        """Return whether more of a run is to come before the next one."""
        return self._latest == run or broadcast.file.locked is True

    async def _refresh(self) -> None:
        latest = await wrap(self._directory.latest)()
        if latest != self._latest:
            self._latest = latest
            self._hub.keepalive()  # streams that have sent everything check whether their run is still the newest
