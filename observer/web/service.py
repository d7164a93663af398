"""What is served: a folder's runs, with all that watches them. It lives inside `async with`."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Self

from observer.runs.state import STALL_AFTER_S
from observer.web.folder import Folder
from observer.web.hub import Hub
from observer.web.latest_stream import LatestStream
from observer.web.run_list import RunList
from observer.web.search_pool import SearchPool
from observer.web.timeline_stream import Timelines


class Service:
    """The parts that answers are made of."""

    def __init__(self, folder: Path, *, stall_after_s: float = STALL_AFTER_S) -> None:
        self.folder = Folder(folder)
        self.hub = Hub(self.folder, stall_after_s=stall_after_s)
        self.overview = RunList(self.folder, stall_after_s=stall_after_s)
        self.newest = LatestStream(self.folder, self.hub)
        self.timelines = Timelines()
        self.work = SearchPool()
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        runs = (self.hub.run(), self.overview.run(), self.newest.run())
        self._tasks = [self._group.create_task(run) for run in runs]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        for task in self._tasks[1:]:
            task.cancel()
        try:
            await self._group.__aexit__(kind, error, trace)
        finally:
            self.work.close()

    def close(self) -> None:
        """End every stream."""
        self.hub.close()
        self.overview.close()
        self.work.end()
