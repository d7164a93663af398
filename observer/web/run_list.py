"""The list of runs with their current state, refreshed once a second for all clients."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from aiofiles.os import wrap

from observer.format.json import encode
from observer.runs.listing import Listing, run_fields
from observer.runs.state import STALL_AFTER_S
from observer.source.locate import run_id
from observer.web import sse
from observer.web.errors import HTTPError
from observer.web.run_directory import RunDirectory, is_servable, unreadable_directory

REFRESH_S = 1.0
"""Verdicts change with time, although no file does."""
MAX_RUNS = 2000
"""Runs in one answer."""
DEFAULT_RUNS = 200
"""Runs in an answer without `limit`, and in the stream."""
_KEEPALIVE_AFTER = 5
"""Refreshes without a change after which a stream sends a sign of life."""
_PASSING_TIME = ("elapsed_s", "seconds", "silent_s")
"""Fields that change with every refresh."""

Runs = dict[str, dict[str, Any]]
"""The JSON objects of the runs by name, newest first."""


class RunList:
    """The runs of a directory, up to date as long as `run` runs."""

    def __init__(self, directory: RunDirectory, *, stall_after_s: float = STALL_AFTER_S) -> None:
        self._listing = Listing(directory.path, stall_after_s=stall_after_s, compressed=False)
        self._runs: Runs = {}
        self._refreshed_at = -REFRESH_S
        self._refreshing = asyncio.Lock()
        self._changes = b""
        self._clients = 0
        self._has_clients = asyncio.Event()
        self._news = asyncio.Event()
        self._closed = False
        self.edition = 0
        """The number of refreshes for streams."""

    async def run(self) -> None:
        """Refresh once a second while there are streams. Never returns."""
        while True:
            self._has_clients.clear()
            if not self._clients:
                await self._has_clients.wait()
            await asyncio.sleep(REFRESH_S)
            previous = self._runs
            with suppress(HTTPError):  # the directory cannot be read at the moment: keep what is known
                await self._refresh()
            self._changes = changes(previous, self._runs)
            self.edition += 1
            self._notify()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self._notify()

    async def page(self, limit: int, before: str | None) -> bytes:
        """Return the newest `limit` runs as JSON, only those older than the run `before` if given."""
        await self._refresh()
        runs = [run for name, run in self._runs.items() if before is None or name < before]
        return encode({"runs": runs[:limit]})

    async def messages(self) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events: all runs, then each one that changes or disappears, until `close`."""
        self._clients += 1
        self._has_clients.set()
        try:
            await self._refresh()
            edition, unchanged = self.edition, 0
            yield self._all_runs()
            while not self._closed:
                await self._news.wait()
                editions, edition = self.edition - edition, self.edition
                unchanged = 0 if self._changes else unchanged + 1
                if editions > 1:  # the client was busy, and earlier changes are not kept
                    yield self._all_runs()
                elif editions and self._changes:
                    yield self._changes
                elif unchanged % _KEEPALIVE_AFTER == 0:
                    yield sse.KEEP_ALIVE
        finally:
            self._clients -= 1

    def _all_runs(self) -> bytes:
        return sse.named_message("runs", encode(list(self._runs.values())[:DEFAULT_RUNS]))

    def _notify(self) -> None:
        self._news.set()
        self._news.clear()

    async def _refresh(self) -> None:
        async with self._refreshing:
            if time.monotonic() - self._refreshed_at < REFRESH_S / 2:
                return
            try:
                self._runs = await wrap(_read_runs)(self._listing)
            except FileNotFoundError:
                self._runs = {}  # the directory may be created later
            except OSError as error:
                raise unreadable_directory(error) from None
            self._refreshed_at = time.monotonic()


def changes(previous: Runs, current: Runs) -> bytes:
    """Return the messages that lead from one state of the list to the next."""
    changed = [
        sse.named_message("run", encode(run))
        for name, run in reversed(current.items())
        if name not in previous or _lasting(previous[name]) != _lasting(run)
    ]
    gone = [sse.named_message("gone", encode({"name": name})) for name in previous if name not in current]
    return b"".join(changed + gone)


def _lasting(run: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in run.items() if key not in _PASSING_TIME}


def _read_runs(listing: Listing) -> Runs:
    now, runs = time.time(), listing.read()
    return {
        run_id(listed.path): run_fields(listed, now) | {"file": listed.path.name}  # no path of the server's
        for listed in runs
        if is_servable(listed.path)
    }
