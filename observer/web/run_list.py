"""Which runs there are and what each is doing, looked at once a second for all who want to know."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from aiofiles.os import wrap

from observer.format.json import encode
from observer.runs.listing import ListedRun, Listing, run_fields
from observer.runs.state import STALL_AFTER_S
from observer.source.locate import run_id
from observer.web import sse
from observer.web.errors import HTTPError
from observer.web.folder import Folder, is_servable

AGAIN_S = 1.0
"""Times and verdicts change although no file does."""
MOST = 2000
"""Runs in one answer, and in the stream."""
USUAL = 200
_BEATS = 5
"""Looks without news after which a stream says that it lives."""
_TICKING = ("elapsed_s", "seconds")
"""What changes by itself as time goes by."""


class RunList:
    """The runs of a folder; `run` must run meanwhile."""

    def __init__(self, folder: Folder, *, stall_after_s: float = STALL_AFTER_S) -> None:
        self._listing = Listing(folder.path, stall_after_s=stall_after_s)
        self._runs: dict[str, dict[str, Any]] = {}
        self._looked = -AGAIN_S
        self._looking = asyncio.Lock()
        self._edition = 0
        self._changes = b""
        self._listeners = 0
        self._wanted = asyncio.Event()
        self._turned = asyncio.Event()
        self._closed = False

    async def run(self) -> None:
        """Look once a second while anybody listens, for ever."""
        while True:
            self._wanted.clear()
            if not self._listeners:
                await self._wanted.wait()
            await asyncio.sleep(AGAIN_S)
            before = self._runs
            with suppress(HTTPError):  # a folder that cannot be read just now: what was known of it stays
                await self._look()
            self._changes = changes(before, self._runs)
            self._edition += 1
            self._turn()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self._turn()

    async def page(self, limit: int, before: str | None) -> bytes:
        """Return the runs, newest first, at most `limit`, those older than the run `before`, as JSON."""
        await self._look()
        found = [run for name, run in self._runs.items() if before is None or name < before]
        return encode({"runs": found[:limit]})

    async def messages(self) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events: all runs, then each that changes or goes, until `close`."""
        self._listeners += 1
        self._wanted.set()
        try:
            await self._look()
            edition = self._edition
            yield self._all()
            silent = 0
            while not self._closed:
                await self._turned.wait()
                missed, edition = self._edition - edition, self._edition
                silent = 0 if self._changes else silent + 1
                if missed > 1:  # was busy: what changed meanwhile nobody kept
                    yield self._all()
                elif missed and self._changes:
                    yield self._changes
                elif silent % _BEATS == 0:
                    yield sse.KEEP_ALIVE
        finally:
            self._listeners -= 1

    def _all(self) -> bytes:
        return sse.named("runs", encode(list(self._runs.values())[:USUAL]))

    def _turn(self) -> None:
        self._turned.set()
        self._turned.clear()

    async def _look(self) -> None:
        async with self._looking:
            if time.monotonic() - self._looked < AGAIN_S / 2:
                return
            try:
                self._runs = await wrap(_runs)(self._listing)
            except FileNotFoundError:
                self._runs = {}  # the folder may come
            except OSError as error:
                raise HTTPError(503, f"the folder with the runs cannot be read ({error.strerror})") from None
            self._looked = time.monotonic()


def changes(before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> bytes:
    """Return the messages that lead from what was known of the runs to what is known now."""
    told = [
        sse.named("run", encode(run))
        for name, run in reversed(now.items())
        if name not in before or _lasting(before[name]) != _lasting(run)
    ]
    gone = [sse.named("gone", encode({"name": name})) for name in before if name not in now]
    return b"".join(told + gone)


def _lasting(run: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in run.items() if key not in _TICKING}


def _runs(listing: Listing) -> dict[str, dict[str, Any]]:
    now = time.time()
    return {run_id(listed.path): _run(listed, now) for listed in listing.look() if is_servable(listed.path)}


def _run(listed: ListedRun, now: float) -> dict[str, Any]:
    found = run_fields(listed, now)
    started = listed.state.started
    return found | {
        "file": listed.path.name,
        "name": run_id(listed.path),
        "live": not listed.standing.verdict.final,
        "started": None if started is None else _stamp(started),
    }


def _stamp(seconds: float) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{int(seconds % 1 * 1000):03d}Z"
