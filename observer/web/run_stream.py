"""A run as a stream: server-sent events for a page, bare lines for a program. A reader is a file and an offset."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from aiofiles.os import wrap

from observer.source.seek import StartPosition
from observer.web import sse
from observer.web.broadcast import Broadcast
from observer.web.cursor import Cursor
from observer.web.filtered_reader import FilteredReader, plain, sifted_from
from observer.web.place import place_in
from observer.web.query import ClientFilter
from observer.web.search_pool import SearchPool
from observer.web.shared_file import SharedFile

_SILENT_S = 5.0
"""While nothing passes the filters, the reader is told this often how far they have come."""
_PIECE = 128 * 1024
"""Bytes that are passed on at once."""


def _for_ever() -> bool:
    return True


async def messages(
    feed: Broadcast,
    asked: Cursor | StartPosition | None,
    wish: ClientFilter,
    work: SearchPool,
    stays: Callable[[], bool] = _for_ever,
) -> AsyncGenerator[bytes, None]:
    """Yield server-sent events from a place on, until the feed is closed, or all was told and nobody `stays`."""
    asked_for: Cursor | StartPosition | None = asked
    while True:
        with feed.file as file:
            place = await place_in(file, asked_for, work)
            if place.reason is not None:
                yield sse.reset(place.reason)
            sifted = await sifted_from(file, place.offset, wish, work)
            async with aclosing(_messages(feed, file, place.offset, sifted, stays)) as told:
                async for piece in told:
                    yield piece
        if feed.closed or feed.file is file:
            return
        yield sse.reset(feed.reason)
        asked_for = StartPosition()


async def lines(
    feed: Broadcast, asked: Cursor | StartPosition | None, wish: ClientFilter, work: SearchPool, *, follow: bool
) -> AsyncGenerator[bytes, None]:
    """Yield lines as they stand in the file from a place on, until the run is over, or its end when not to `follow`."""
    asked_for: Cursor | StartPosition | None = asked
    while True:
        with feed.file as file:
            offset = (await place_in(file, asked_for, work)).offset
            sifted = await sifted_from(file, offset, wish, work)
            async with aclosing(_lines(feed, file, offset, sifted, follow=follow)) as told:
                async for piece in told:
                    yield piece
        if feed.closed or feed.file is file:
            return
        asked_for = StartPosition()


async def _messages(
    feed: Broadcast, file: SharedFile, offset: int, sifted: FilteredReader | None, stays: Callable[[], bool]
) -> AsyncGenerator[bytes, None]:
    """Yield the messages of one content, until all of it was told and there is another, or nobody stays."""
    caught_up, silent = False, _Silence()
    while not feed.closed:
        beats = feed.beats
        if offset < file.end and sifted is None:
            made = await feed.next(file, offset)
            if made is not None:
                offset = made.end
                yield made.messages
        elif offset < file.end and sifted is not None:
            told, offset = await sifted.next(feed, offset)
            piece = sse.messages(told, file.generation, file.read)
            if piece or silent.long():
                silent.broken()
                yield piece or sse.moved_on(Cursor(file.generation, offset))
        elif feed.file is not file:
            return
        elif not caught_up:
            caught_up = True
            yield sse.CAUGHT_UP
        elif not stays():
            return
        else:
            await feed.news()
            if feed.beats != beats and offset >= file.end:
                yield sse.KEEP_ALIVE if sifted is None else sse.moved_on(Cursor(file.generation, offset))


async def _lines(
    feed: Broadcast, file: SharedFile, offset: int, sifted: FilteredReader | None, *, follow: bool
) -> AsyncGenerator[bytes, None]:
    """Yield the lines of one content, until the run is over, or all of it was told and there is another."""
    while not feed.closed and (offset < file.end or feed.file is file):
        if offset < file.end:
            piece, offset = await _piece(feed, file, offset, sifted)
            if piece:
                yield piece
        elif (sifted is not None and sifted.over(time.time())) or not follow or await feed.is_over(file):
            if offset >= file.end:
                return
        elif offset >= file.end:
            await feed.news()


async def _piece(feed: Broadcast, file: SharedFile, offset: int, sifted: FilteredReader | None) -> tuple[bytes, int]:
    if sifted is None:
        data = await wrap(file.read)(min(_PIECE, file.end - offset), offset)
        if not data:
            await feed.lost(file)
        return data, offset + len(data)
    told, offset = await sifted.next(feed, offset)
    return plain(told), offset


class _Silence:
    """How long nothing was told."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._since = self._clock()

    def long(self) -> bool:
        return self._clock() - self._since > _SILENT_S

    def broken(self) -> None:
        self._since = self._clock()
