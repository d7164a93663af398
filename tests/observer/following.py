"""Following a file inside a test: what a source yielded, and waiting for it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from observer.format.line import Line
from observer.source.file import FileSource
from observer.source.items import Follow, Idle, Item, Lines, Notice, NoticeKind
from observer.source.seek import StartPosition
from tests.helpers import LIMIT_S


class Follower:
    """Collects what a source yields, and can wait for it."""

    def __init__(self, source: FileSource) -> None:
        self.items: list[Item] = []
        self._source = source
        self._more = asyncio.Event()

    async def run(self) -> None:
        async for item in self._source.items():
            self.items.append(item)
            self._more.set()

    @property
    def lines(self) -> list[bytes]:
        found = [line for item in self.items if isinstance(item, Lines) for line in item.lines]
        return [line.data for line in found if isinstance(line, Line)]

    @property
    def notices(self) -> list[NoticeKind]:
        return [item.kind for item in self.items if isinstance(item, Notice)]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                self._more.clear()
                await self._more.wait()

    async def has(self, *lines: bytes) -> None:
        await self.until(lambda: len(self.lines) >= len(lines))
        assert self.lines == list(lines)

    async def says(self, kind: NoticeKind) -> None:
        await self.until(lambda: kind in self.notices)

    async def at_end(self) -> None:
        self.items.append(Lines([]))
        await self.until(lambda: isinstance(self.items[-1], Idle))


@asynccontextmanager
async def following(path: Path, follow: Follow = Follow.FILE, last: int | None = None) -> AsyncIterator[Follower]:
    follower = Follower(FileSource(path, start=StartPosition(last=last), follow=follow))
    task = asyncio.create_task(follower.run())
    try:
        yield follower
        assert not task.done() or task.exception() is None
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
