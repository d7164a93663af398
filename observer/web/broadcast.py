"""One run that is watched: one reader of its file, whatever the number of those who are told.

Whoever is told is a place, a file and an offset. What is new is read and encoded once, and they are woken; those who
are behind read from the file, or share what another one has just read.
"""

import asyncio
import socket
import time
from collections import deque
from pathlib import Path

import msgspec
from aiofiles.os import wrap

from observer.errors import UnreadableError
from observer.format.lines import LineSplitter
from observer.runs.listing import state_of
from observer.runs.state import STALL_AFTER_S
from observer.source.file_change import FileChange
from observer.web import sse
from observer.web.chunk_cache import Cache, Chunk, chunk, lines_from
from observer.web.shared_file import SharedFile

_RECENT = 512 * 1024
"""Bytes of messages that are kept for those who were busy while they came."""
_PER_CLIENT_S = 0.00015
_MOST_S = 0.15
"""With many to tell, what comes within so long is told together: the same news, fewer pieces."""


class Broadcast:
    """Follows the file at `path`; `run` must run while anybody is told. `clients` counts them."""

    def __init__(self, path: Path, file: SharedFile, cache: Cache, *, stall_after_s: float = STALL_AFTER_S) -> None:
        self.file = file.__enter__()
        self.reason = ""
        """Why the content before this one came to its end."""
        self.clients = 0
        self.beats = 0
        self.closed = False
        self.last_data = 0.0
        self._path = path
        self._cache = cache
        self._stall_after_s = stall_after_s
        self._framer = LineSplitter(file.end, limit=sse.LONGEST)
        self._recent: deque[Chunk] = deque()
        self._by_begin: dict[int, Chunk] = {}
        self._held = 0
        self._news = asyncio.Event()
        self._hint = asyncio.Event()
        self._reading = asyncio.Lock()
        self._renewing = asyncio.Lock()

    async def run(self) -> None:
        """Look at the file whenever a hint says so, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            self._hint.clear()
            if await self._look():
                self.last_data = loop.time()
                await asyncio.sleep(self.pace_s)
            await self._hint.wait()

    @property
    def pace_s(self) -> float:
        """How long what comes is gathered, in seconds, before it is told."""
        return min(_MOST_S, self.clients * _PER_CLIENT_S)

    def hint(self) -> None:
        """Say that the file may have changed."""
        self._hint.set()

    def beat(self) -> None:
        """Wake all who wait although there is nothing new, so that they can say that they live."""
        self.beats += 1
        self._wake()

    def close(self) -> None:
        """End everything that is told of this run."""
        self.closed = True
        self._wake()

    def release(self) -> None:
        """Let go of the file: nobody is told any more."""
        self.file.__exit__()

    def stirred(self) -> bool:
        """Tell whether a look may find something new; blocks as long as asking the file system takes."""
        return self.file.stirred()

    def is_among(self, touched: frozenset[str]) -> bool:
        """Tell whether the file is one of those that were touched."""
        return self._path.name in touched

    async def news(self) -> None:
        """Return when there is something new, another content, a beat, or the end."""
        await self._news.wait()

    async def next(self, file: SharedFile, offset: int) -> Chunk | None:
        """Return the lines that begin at an offset before `file.end`; None when they are no more."""
        live = self.live(file, offset)
        if live is not None:
            return live
        async with self._reading:
            generation = file.generation
            made = self._cache.get(generation, offset)
            if made is not None:
                await asyncio.sleep(0)  # others have their turn, and a connection that was lost is heard of
            else:
                made = await wrap(_read)(file, offset)
                if made is None:
                    await self.lost(file)
                    return None
                self._cache.put(generation, made)
            return made

    def live(self, file: SharedFile, offset: int) -> Chunk | None:
        """Return the lines that begin at an offset if they came a moment ago."""
        return self._by_begin.get(offset) if file is self.file else None

    async def lost(self, file: SharedFile) -> None:
        """Say that what stood in a file is no more; go on with what has its name now."""
        await self._renew(file, "the file was written anew")

    async def is_over(self, file: SharedFile) -> bool:
        """Tell whether the lines before `file.end` end the run, or its writer is known to be gone."""
        return await wrap(_is_over)(file, file.end, self._stall_after_s)

    async def _look(self) -> bool:
        """Take in what is new; return whether anything was."""
        found = False
        while True:
            file, locked = self.file, self.file.locked
            try:
                look = await wrap(file.look)()
                if look.data:
                    await self._take(file, look.data)
            except (OSError, UnreadableError):  # a bad disk, a network file system that is away: the timer asks again
                return found
            if look.data:
                found = True
            elif look.fate is FileChange.TRUNCATED:
                await self._renew(file, "the file was truncated")
            elif look.fate is FileChange.REPLACED:
                await self._renew(file, "the file was replaced", drained=True)
                if self.file is file:  # what has its name now cannot be served
                    return found
            else:
                file.locked = look.locked
                if locked is not look.locked:
                    self._wake()
                return found

    async def _take(self, file: SharedFile, data: bytes) -> None:
        if self.file is not file:  # somebody who was behind has found it gone meanwhile
            return
        begin = self._framer.start
        lines = self._framer.feed(data)
        if not lines:
            return
        made = await wrap(chunk)(lines, begin, self._framer.start, file)
        if self.file is not file:
            return
        self._recent.append(made)
        self._by_begin[begin] = made
        self._held += len(made.messages)
        while self._held > _RECENT and len(self._recent) > 1:
            oldest = self._recent.popleft()
            del self._by_begin[oldest.begin]
            self._held -= len(oldest.messages)
        file.end = made.end
        self._wake()

    async def _renew(self, file: SharedFile, reason: str, *, drained: bool = False) -> None:
        """Go on with what has the name now; of the content before, all was read or nothing is left."""
        async with self._renewing:  # those who are behind find out at the same time
            if self.file is not file:
                return
            try:
                fresh = await wrap(SharedFile)(self._path)
            except UnreadableError:
                return
            self._go_on_with(fresh, reason, drained=drained)

    def _go_on_with(self, fresh: SharedFile, reason: str, *, drained: bool) -> None:
        file = self.file
        if not drained:
            file.end = 0
        self.reason = reason
        self._framer = LineSplitter(fresh.end, limit=sse.LONGEST)
        self._recent.clear()
        self._by_begin.clear()
        self._held = 0
        old, self.file = file.generation, fresh.__enter__()
        file.__exit__()
        self._cache.forget(lambda generation: not drained and generation == old)
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news.clear()


def _read(file: SharedFile, offset: int) -> Chunk | None:
    found = lines_from(file, offset)
    return msgspec.structs.replace(chunk(found[0], offset, found[1], file), lines=()) if found is not None else None


def _is_over(file: SharedFile, end: int, stall_after_s: float) -> bool:
    state = state_of(file.read, end)
    standing = state.status_at(
        time.time(), hostname=socket.gethostname(), locked=file.locked, stall_after_s=stall_after_s
    )
    return standing.verdict.final
