"""The broadcasts of all runs that have clients, and the one watcher of the directory that wakes them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from itertools import compress

from aiofiles.os import wrap

from observer.runs.state.state import STALL_AFTER_S
from observer.runs.window.shared_file import SharedFile
from observer.source.watcher import Hint, Watcher
from observer.web.broadcasts.broadcast import Broadcast
from observer.web.broadcasts.chunk_cache import ChunkCache
from observer.web.run_directory import RunDirectory

REWRITE_CHECK_S = 5.0
"""A rewrite in place shows by itself only if the file has not grown; otherwise it is looked for this often."""
KEEPALIVE_S = 5.0
"""A silent stream sends a sign of life this often, for proxies and for the browser."""
_CACHE_BYTES = 16 * 1024 * 1024
"""Messages that clients share when they replay, all runs together."""


class Hub:
    """Provides broadcasts to clients as long as `run` runs."""

    def __init__(self, directory: RunDirectory, *, stall_after_s: float = STALL_AFTER_S) -> None:
        self._directory = directory
        self._stall_after_s = stall_after_s
        self._broadcasts: dict[str, Broadcast] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._has_broadcasts = asyncio.Event()
        self._watcher: Watcher | None = None
        self._cache = ChunkCache(_CACHE_BYTES)
        self.closed = asyncio.Event()

    async def run(self) -> None:
        """Watch the directory while there are broadcasts, until `close`."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            background = (self._watch(), self._send_keepalives(), self._look_for_rewrites())
            tasks = [group.create_task(coroutine) for coroutine in background]
            await self.closed.wait()
            for task in [*tasks, *self._tasks.values()]:
                task.cancel()

    def close(self) -> None:
        """End every stream."""
        self.closed.set()
        for broadcast in self._broadcasts.values():
            broadcast.close()

    @property
    def clients(self) -> int:
        """The number of clients that follow a run."""
        return sum(broadcast.clients for broadcast in self._broadcasts.values())

    def keepalive(self) -> None:
        """Wake all streams without new data, so that they send a sign of life."""
        for broadcast in self._broadcasts.values():
            broadcast.keepalive()

    @asynccontextmanager
    async def subscribe(self, run: str) -> AsyncIterator[Broadcast]:
        """Provide the broadcast of a run; it ends with its last client. Raises HTTPError 404."""
        broadcast = await self._join(run)
        try:
            await broadcast.settle()
            yield broadcast
        finally:
            self._leave(run, broadcast)

    async def _join(self, run: str) -> Broadcast:
        broadcast = self._broadcasts.get(run)
        if broadcast is None:
            file = await wrap(self._directory.open)(run)  # may take long, and must not hold up those of other runs
            with file.in_use():  # it is closed again if another client was quicker
                broadcast = self._broadcasts.get(run) or self._begin(run, file)
        broadcast.clients += 1
        return broadcast

    def _begin(self, run: str, file: SharedFile) -> Broadcast:
        """Return a new broadcast of a run, which has ended if the hub has."""
        switched = partial(self._watch_instead, file.path.name)
        broadcast = Broadcast(file, self._cache, switched, stall_after_s=self._stall_after_s)
        if self._group is None or self.closed.is_set():
            broadcast.close()
            return broadcast
        self._broadcasts[run] = broadcast
        self._watch_instead(file.path.name, None, file)
        self._tasks[run] = self._group.create_task(broadcast.run())
        self._has_broadcasts.set()
        return broadcast

    def _leave(self, run: str, broadcast: Broadcast) -> None:
        broadcast.clients -= 1
        if broadcast.clients:
            return
        if self._broadcasts.get(run) is broadcast:
            del self._broadcasts[run]
            self._tasks.pop(run).cancel()
            self._watch_instead(broadcast.path.name, broadcast.file, None)
        broadcast.release()

    async def _watch(self) -> None:
        while True:
            self._has_broadcasts.clear()
            await self._has_broadcasts.wait()
            async with Watcher(directories=[self._directory.path]) as self._watcher:
                for broadcast in self._broadcasts.values():
                    self._watch_instead(broadcast.path.name, None, broadcast.file)
                while self._broadcasts:
                    await self._wake_readers(self._watcher)
            self._watcher = None

    def _watch_instead(self, name: str, old: SharedFile | None, new: SharedFile | None) -> None:
        """Have the watcher tell of changes of a file in place of another one; either may be None."""
        if self._watcher is not None:
            self._watcher.attach_instead(old, new, name)

    async def _wake_readers(self, watcher: Watcher) -> None:
        """Wait for a change, or for the polling timer, and wake the broadcasts whose files may have changed."""
        last_data_at = max(broadcast.last_data_at for broadcast in self._broadcasts.values())
        hint = await watcher.wait(quiet_s=asyncio.get_running_loop().time() - last_data_at)
        broadcasts = list(self._broadcasts.values())
        if hint is Hint.CHANGE and watcher.changed_names:
            for broadcast in broadcasts:
                if broadcast.concerns(watcher.changed_names):
                    broadcast.wake_reader(just_written=True)
        else:
            with ExitStack() as stack:  # the last client of a run may leave meanwhile
                files = [stack.enter_context(broadcast.file.in_use()) for broadcast in broadcasts]
                changed = await wrap(_may_have_changed)(files)
            for broadcast in compress(broadcasts, changed):
                broadcast.wake_reader()
        # while all broadcasts are collecting data, further events can wait in the watcher
        await asyncio.sleep(min((broadcast.batch_delay_s for broadcast in broadcasts), default=0.0))

    async def _send_keepalives(self) -> None:
        while True:
            await asyncio.sleep(KEEPALIVE_S)
            self.keepalive()

    async def _look_for_rewrites(self) -> None:
        while True:
            await asyncio.sleep(REWRITE_CHECK_S)
            for broadcast in list(self._broadcasts.values()):
                await broadcast.look_for_rewrite()


def _may_have_changed(files: list[SharedFile]) -> list[bool]:
    return [file.may_have_changed() for file in files]
