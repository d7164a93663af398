"""The runs that somebody is told of, each by one feed, and the one watcher of the folder that tells them to look."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiofiles.os import wrap

from observer.runs.state import STALL_AFTER_S
from observer.source.watcher import Hint, Watcher
from observer.web.broadcast import Broadcast
from observer.web.chunk_cache import Cache
from observer.web.folder import Folder

BEAT_S = 5.0
"""A stream that has nothing to tell says so this often, for proxies and for the browser."""
_CACHED = 16 * 1024 * 1024
"""Bytes of messages that those who replay together share, of all runs."""


class Hub:
    """Gives out feeds; `run` must run meanwhile."""

    def __init__(self, folder: Folder, *, stall_after_s: float = STALL_AFTER_S) -> None:
        self._folder = folder
        self._stall_after_s = stall_after_s
        self._feeds: dict[str, Broadcast] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._wanted = asyncio.Event()
        self._cache = Cache(_CACHED)
        self._opening = asyncio.Lock()
        self.closed = asyncio.Event()

    async def run(self) -> None:
        """Watch the folder while there are feeds, until `close`."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            watching = [group.create_task(self._watch()), group.create_task(self._beat())]
            await self.closed.wait()
            for task in [*watching, *self._tasks.values()]:
                task.cancel()

    def close(self) -> None:
        """End every stream."""
        self.closed.set()
        for feed in self._feeds.values():
            feed.close()

    @property
    def clients(self) -> int:
        """How many are told of a run just now."""
        return sum(feed.clients for feed in self._feeds.values())

    def wake(self) -> None:
        """Wake all who wait, although there is nothing new in their runs."""
        for feed in self._feeds.values():
            feed.beat()

    @asynccontextmanager
    async def feed(self, name: str) -> AsyncIterator[Broadcast]:
        """Give the feed of a run, which ends with the last one who wanted it. Raises Refusal, 404."""
        feed = await self._begin(name)
        try:
            yield feed
        finally:
            feed.clients -= 1
            if not feed.clients:
                self._end(name, feed)

    def _end(self, name: str, feed: Broadcast) -> None:
        if self._feeds.get(name) is feed:
            del self._feeds[name]
            self._tasks.pop(name).cancel()
        feed.release()

    async def _begin(self, name: str) -> Broadcast:
        async with self._opening:
            feed = self._feeds.get(name)
            if feed is None:
                path = await wrap(self._folder.path_of)(name)
                feed = Broadcast(
                    path, await wrap(self._folder.open)(name), self._cache, stall_after_s=self._stall_after_s
                )
                if self._group is None or self.closed.is_set():
                    feed.close()
                else:
                    self._feeds[name] = feed
                    self._tasks[name] = self._group.create_task(feed.run())
                    self._wanted.set()
            feed.clients += 1
            return feed

    async def _watch(self) -> None:
        while True:
            self._wanted.clear()
            await self._wanted.wait()
            async with Watcher(folders=[self._folder.path]) as wake:
                while self._feeds:
                    await self._hint(wake)

    async def _hint(self, wake: Watcher) -> None:
        """Tell those feeds to look whose files may have changed."""
        fresh = max(feed.last_data for feed in self._feeds.values())
        hint = await wake.wait(quiet_s=asyncio.get_running_loop().time() - fresh)
        feeds = list(self._feeds.values())
        if hint is Hint.CHANGE and wake.touched:
            stirred = [feed for feed in feeds if feed.is_among(wake.touched)]
        else:
            stirred = await wrap(_stirred)(feeds)
        for feed in stirred:
            feed.hint()
        # events that nobody would look at yet can wait in the watcher
        await asyncio.sleep(min((feed.pace_s for feed in feeds), default=0.0))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self.wake()


def _stirred(feeds: list[Broadcast]) -> list[Broadcast]:
    return [feed for feed in feeds if feed.stirred()]
