"""The runs of a directory with their current state, refreshed once a second for all clients."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aiofiles.os import wrap

from observer.format.json import encode
from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.listing import Listing
from observer.runs.listing.run_filter import RunFilter
from observer.runs.state.state import STALL_AFTER_S
from observer.source.locate import run_id
from observer.web.errors import HTTPError
from observer.web.responses import sse
from observer.web.run_directory import RunDirectory, is_servable, unreadable_directory
from observer.web.run_list.list_view import ListQuery, ListView, Runs, changes, row_of

REFRESH_S = 1.0
"""Verdicts change with time, although no file does."""
_MAX_LOAD = 0.2
"""The share of the time that refreshing takes: thousands of files are looked at less often."""
MAX_RUNS = 2000
"""Runs in one answer."""
DEFAULT_RUNS = 200
"""Runs in an answer without `limit`, and in the stream."""
MAX_LISTED = 20_000
"""Runs in the list of a page, which asks for more as it is scrolled."""
_KEEPALIVE_AFTER = 5
"""Refreshes without a change after which a stream sends a sign of life."""


class RunList:
    """The runs of a directory, up to date as long as `run` runs; `by_time` and `unread` as in `Listing`."""

    def __init__(
        self, directory: RunDirectory, *, stall_after_s: float = STALL_AFTER_S, by_time: bool = False,
        unread: Callable[[Path], OSError | None] = lambda _: None,
    ) -> None:  # fmt: skip
        self._listing = Listing(
            directory.path, stall_after_s=stall_after_s, compressed=False, by_time=by_time, unread=unread
        )
        self._runs: Runs = {}
        self._previous: Runs = {}
        self._changes: tuple[int, bytes] = 0, b""
        self._refreshed_at = -REFRESH_S
        self._took_s = 0.0
        self._refreshing = asyncio.Lock()
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
            await asyncio.sleep(max(REFRESH_S, self._took_s / _MAX_LOAD))
            previous = self._runs
            with suppress(HTTPError):  # the directory cannot be read at the moment: keep what is known
                await self._refresh()
            self._previous = previous
            self.edition += 1
            self._notify()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self._notify()

    async def current(self) -> Runs:
        """Return all runs as they are now."""
        await self._refresh()
        return self._runs

    async def page(self, limit: int, before: str | None, run_filter: RunFilter) -> bytes:
        """Return the newest `limit` runs that pass a filter as JSON, only those listed after the run `before` if given.

        It says how many runs there are, and how many pass.
        """
        return await wrap(_page)(await self.current(), limit, before, run_filter, time.time())

    async def select(self, run_filter: RunFilter) -> list[ListedRun]:
        """Return the runs that pass a filter, newest first, as they are now."""
        return await wrap(run_filter.select)((await self.current()).values(), time.time())

    async def messages(self) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events: the newest runs, then each run that changes or disappears, until `close`."""
        with self._client():
            await self._refresh()
            edition, unchanged = self.edition, 0
            yield self._newest_runs()
            while await self._next_edition():
                editions, edition = self.edition - edition, self.edition
                # a client that was busy gets all of them: earlier changes are not kept
                news = self._newest_runs() if editions > 1 else await self._latest_changes() if editions else b""
                unchanged = 0 if news else unchanged + 1
                if news or unchanged % _KEEPALIVE_AFTER == 0:
                    yield news or sse.KEEP_ALIVE

    async def view(self, query: ListQuery) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events: the list as a client wants it, then what is new in that, until `close`."""
        with self._client():
            await self._refresh()
            view, unchanged = ListView(query), 0
            yield await wrap(view.update)(self._runs, time.time())
            while await self._next_edition():
                news = await wrap(view.update)(self._runs, time.time())
                unchanged = 0 if news else unchanged + 1
                if news or unchanged % _KEEPALIVE_AFTER == 0:
                    yield news or sse.KEEP_ALIVE

    @contextmanager
    def _client(self) -> Iterator[None]:
        self._clients += 1
        self._has_clients.set()
        try:
            yield
        finally:
            self._clients -= 1

    async def _next_edition(self) -> bool:
        """Wait for a refresh. Return False if there will be none."""
        if not self._closed:
            await self._news.wait()
        return not self._closed

    def _newest_runs(self) -> bytes:
        now = time.time()
        rows = [row_of(run, now) for run in list(self._runs.values())[:DEFAULT_RUNS]]
        return sse.named_message("runs", encode(rows))

    async def _latest_changes(self) -> bytes:
        """Return what the last refresh has changed, encoded once for all clients."""
        edition = self.edition
        if self._changes[0] != edition:
            self._changes = edition, await wrap(changes)(self._previous, self._runs, time.time())
        return self._changes[1]

    def _notify(self) -> None:
        self._news.set()
        self._news.clear()

    async def _refresh(self) -> None:
        async with self._refreshing:
            if time.monotonic() - self._refreshed_at < REFRESH_S / 2:
                return
            began = time.monotonic()
            try:
                self._runs = await wrap(_read_runs)(self._listing)
            except FileNotFoundError:
                self._runs = {}  # the directory may be created later
            except OSError as error:
                raise unreadable_directory(error) from None
            self._refreshed_at = time.monotonic()
            self._took_s = self._refreshed_at - began


def _page(runs: Runs, limit: int, before: str | None, run_filter: RunFilter, now: float) -> bytes:
    matching = run_filter.select(runs.values(), now)
    older = {id(run) for run in _older(runs, before)}
    rows = [row_of(run, now) for run in [run for run in matching if id(run) in older][:limit]]
    return encode({"runs": rows, "total": len(runs), "matching": len(matching)})


def _older(runs: Runs, before: str | None) -> list[ListedRun]:
    """Return the runs that are listed after one, by their names if it has been removed since; all without one."""
    if before is None:
        return list(runs.values())
    if before in runs:
        return list(runs.values())[list(runs).index(before) + 1 :]
    return [run for name, run in runs.items() if name < before]


def _read_runs(listing: Listing) -> Runs:
    return {run_id(listed.path): listed for listed in listing.read() if is_servable(listed.path)}
