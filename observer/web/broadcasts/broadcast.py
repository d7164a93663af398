"""Follows one run file and broadcasts its new lines.

A client is a (file, offset) pair. New data is read and encoded once, and waiting clients are woken; clients that are
behind read from the file, and share chunks that another one has just read.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import msgspec
from aiofiles.os import wrap

from observer.errors import UnreadableError
from observer.format.lines import LineSplitter
from observer.runs.live.monitor import current_status
from observer.runs.live.read_state import read_state
from observer.runs.state.state import STALL_AFTER_S
from observer.runs.window.long_line import MAX_LOADED_LINE_BYTES
from observer.runs.window.shared_file import SharedFile
from observer.source.file_change import FileChange, FileStamp
from observer.web.broadcasts.chunk_cache import Chunk, ChunkCache, encode_chunk, encode_rows, read_block
from observer.web.broadcasts.recent_chunks import RecentChunks

_ROW_BYTES = 4 * 1024 * 1024
"""Bytes of messages with rows that are kept."""
_STAMP_S = 0.02
"""Seconds for which clients share the stamp of the file; each one that comes begins with a new one."""
_DELAY_PER_CLIENT_S = 0.00015
_MAX_DELAY_S = 0.15
"""With many clients, data that arrives within this time is sent together: fewer, larger pieces."""
_MIN_DELAY_S = 0.001
"""The loop waits at least this long, so that a shorter delay would not be one."""
_INLINE_BYTES = 64 * 1024
"""Bytes of new lines that are encoded without a thread, which would take longer to wake than that."""
_SETTLE_S = 2.0
"""A new client waits at most this long for a file that took the place of another one."""


class Broadcast:
    """Follows the file at a path as long as `run` runs. `clients` is the number of its subscribers."""

    def __init__(
        self,
        file: SharedFile,
        cache: ChunkCache,
        switched: Callable[[SharedFile, SharedFile], None],
        *,
        stall_after_s: float = STALL_AFTER_S,
    ) -> None:
        """Begin with `file`, whose path is followed.

        `switched` is called with it and the one that takes its place, while both are open.
        """
        self.file = file.acquire()
        self.reset_reason = ""
        """The reason why the previous content ended."""
        self.clients = 0
        self.keepalives = 0
        self.closed = False
        self.last_data_at = 0.0
        self.path = file.path
        self._switched = switched
        self._cache = cache
        self._cached_generations: set[str] = set()
        self._stamp: FileStamp | None = None
        self._stamp_expires = 0.0
        self._stall_after_s = stall_after_s
        self._splitter = LineSplitter(file.end, limit=MAX_LOADED_LINE_BYTES)
        self._recent = RecentChunks()
        self._news = asyncio.Event()
        self._change_hint = asyncio.Event()
        self._just_written = False
        self._reading = asyncio.Lock()
        self._encoding = asyncio.Lock()
        self._row_cache = ChunkCache(_ROW_BYTES)
        self._reopening = asyncio.Lock()

    async def run(self) -> None:
        """Read new data after every `wake_reader`. Never returns."""
        loop = asyncio.get_running_loop()
        while True:
            just_written, self._just_written = self._just_written, False
            self._change_hint.clear()
            if await self._read_new(just_written=just_written):
                self.last_data_at = loop.time()
                await asyncio.sleep(self.batch_delay_s)
            else:
                await self.look_for_rewrite()
            await self._change_hint.wait()

    @property
    def batch_delay_s(self) -> float:
        """Seconds for which new data is collected before it is sent; none for a few clients."""
        delay_s = min(_MAX_DELAY_S, self.clients * _DELAY_PER_CLIENT_S)
        return delay_s if delay_s >= _MIN_DELAY_S else 0.0

    def wake_reader(self, *, just_written: bool = False) -> None:
        """Make `run` read the file: it may have changed. `just_written`: the kernel says so, it is a local file."""
        self._just_written = self._just_written or just_written
        self._change_hint.set()

    def expire_stamp(self) -> None:
        """Make the next client that takes chunks from the cache look whether the file was written."""
        self._stamp_expires = 0.0

    def keepalive(self) -> None:
        """Wake all clients without new data, so that they send a sign of life."""
        self.keepalives += 1
        self._notify()

    def close(self) -> None:
        """End the streams of all clients."""
        self.closed = True
        self._notify()

    def release(self) -> None:
        """Release the file and its chunks: the last client has gone."""
        for generation in self._cached_generations:
            self._cache.discard(generation)
        self.file.release()

    def concerns(self, changed_names: frozenset[str]) -> bool:
        """Return whether the file is one of those that changed."""
        return self.path.name in changed_names

    async def wait(self) -> None:
        """Return when there is new data, new content, a keepalive, or the end."""
        await self._news.wait()

    async def read_chunk(self, file: SharedFile, offset: int) -> Chunk | None:
        """Return the lines that begin at an offset before `file.end`; None if the file no longer has them."""
        recent = self.recent_chunk(file, offset)
        if recent is not None:
            return recent
        async with self._reading:
            cached = self._cache.get(file.generation, offset)
            if cached is not None and cached.stamp is not None and cached.stamp == await self._current_stamp(file):
                await asyncio.sleep(0)  # lets other tasks run, and a lost connection be noticed
                return cached
            chunk = await wrap(_read_chunk)(file, offset, cached)
            if chunk is None:
                await self.file_vanished(file)
            elif chunk.digest is not None:
                self._cache.put(file.generation, chunk)
                self._cached_generations.add(file.generation)
            return chunk

    async def rows_of(self, file: SharedFile, chunk: Chunk) -> bytes:
        """Return the messages with the rows of a chunk's lines, encoded once for all clients."""
        async with self._encoding:
            cached = self._row_cache.get(file.generation, chunk.begin)
            if cached is not None and (cached.end, cached.digest) == (chunk.end, chunk.digest):
                return cached.messages
            rows = await wrap(encode_rows)(file, chunk)
            if rows.digest is not None:
                self._row_cache.put(file.generation, rows)
            return rows.messages

    def recent_chunk(self, file: SharedFile, offset: int) -> Chunk | None:
        """Return the lines that begin at an offset if they arrived within the last second."""
        return self._recent.get(offset, asyncio.get_running_loop().time()) if file is self.file else None

    async def file_vanished(self, file: SharedFile) -> None:
        """Continue with the file that has the name now: a client found the content of `file` gone."""
        if file is self.file:
            await self._reopen(file, "the file was overwritten")
        else:
            file.end = 0  # a file that was replaced before: its last clients go on with the new one

    async def look_for_rewrite(self) -> None:
        """Continue with a new edition of the file if it was rewritten in place."""
        file = self.file
        if file.descriptor is None:  # the last client has gone
            return
        with suppress(UnreadableError):  # a failing disk or network file system: the next look tells
            with file.in_use():
                was_rewritten = await wrap(file.was_rewritten)()
            if was_rewritten and file.descriptor is not None:
                await self._reopen(file, "the file was overwritten")

    async def settle(self) -> None:
        """Wait until the file is the one that has the name now, so that a new client gets no line that it lacks."""
        file = self.file
        with file.in_use():
            was_replaced = await wrap(file.was_replaced)()
        if not was_replaced:
            return
        self.wake_reader()
        with suppress(TimeoutError):  # the new file cannot be opened
            async with asyncio.timeout(_SETTLE_S):
                while self.file is file and not self.closed:
                    await self.wait()

    async def is_run_over(self, file: SharedFile) -> bool:
        """Return whether the lines before `file.end` end the run, or its writer is known to have died."""
        with file.in_use():
            return await wrap(_is_over)(file, file.end, self._stall_after_s)

    async def _current_stamp(self, file: SharedFile) -> FileStamp | None:
        now = asyncio.get_running_loop().time()
        if now >= self._stamp_expires:
            self._stamp = await wrap(file.settled_stamp)()
            self._stamp_expires = now + _STAMP_S
        return self._stamp

    async def _read_new(self, *, just_written: bool) -> bool:
        """Read to the end of the file. Return whether there was new data."""
        has_data = False
        while True:
            file, locked = self.file, self.file.locked
            try:
                is_quick = file.is_quick(just_written=just_written)
                result = file.read_new() if is_quick else await wrap(file.read_new)()
                if result.data:
                    await self._append(file, result.data)
            except UnreadableError:  # a failing disk or network file system: the next timer tries again
                return has_data
            if result.data:
                has_data = True
            elif result.change is FileChange.TRUNCATED:
                await self._reopen(file, "the file was truncated")
            elif result.change is FileChange.REPLACED:
                await self._reopen(file, "the file was replaced", drained=True)
                if self.file is file:  # the new file cannot be served
                    return has_data
            else:
                file.locked = result.locked
                if locked is not result.locked:
                    self._notify()
                return has_data

    async def _append(self, file: SharedFile, data: bytes) -> None:
        if self.file is not file:  # replaced meanwhile, because a client noticed that it was gone
            return
        begin = self._splitter.start
        lines = self._splitter.feed(data)
        if not lines:
            return
        end = self._splitter.start
        encode = partial(encode_chunk, lines, begin, end, file)
        chunk = encode() if end - begin <= _INLINE_BYTES else await wrap(encode)()
        if self.file is not file:
            return
        self._recent.add(chunk, asyncio.get_running_loop().time())
        file.end = chunk.end
        self._notify()

    async def _reopen(self, file: SharedFile, reason: str, *, drained: bool = False) -> None:
        """Continue with the file that has the name now. `drained`: all of the old content was read."""
        async with self._reopening:  # clients that are behind notice at the same time
            if self.file is not file:
                return
            try:
                new_file = await wrap(file.reopen)(rewritten=not drained)
            except UnreadableError:
                file.end = file.end if drained else 0
                return
            self._switch_to(new_file, reason, drained=drained)

    def _switch_to(self, new_file: SharedFile, reason: str, *, drained: bool) -> None:
        old_file = self.file
        if not drained:
            old_file.end = 0
            self._cache.discard(old_file.generation)
        self.reset_reason = reason
        self._splitter = LineSplitter(new_file.end, limit=MAX_LOADED_LINE_BYTES)
        self._recent.clear()
        self.file = new_file.acquire()
        self._switched(old_file, new_file)
        old_file.release()
        self._notify()

    def _notify(self) -> None:
        self._news.set()
        self._news.clear()


def _read_chunk(file: SharedFile, offset: int, cached: Chunk | None) -> Chunk | None:
    """Return the lines from an offset on: the cached ones if the file still holds them. None if lines are gone."""
    stamp = file.settled_stamp()
    if cached is not None:
        return msgspec.structs.replace(cached, stamp=stamp) if cached.is_current(file.read) else None
    result = read_block(file, offset)
    if result is None:
        return None
    lines, end = result
    return msgspec.structs.replace(encode_chunk(lines, offset, end, file), lines=(), stamp=stamp)


def _is_over(file: SharedFile, end: int, stall_after_s: float) -> bool:
    state = read_state(file.read, end)
    silent_s = time.time() - file.modified
    return current_status(state, silent_s, locked=file.locked, stall_after_s=stall_after_s).verdict.final
