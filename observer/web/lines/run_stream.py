"""One client's stream of a run: server-sent events for a page, plain lines for a program."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from aiofiles.os import wrap

from observer.runs.window.cursor import Cursor
from observer.runs.window.line_filter import FilteredLine
from observer.runs.window.shared_file import SharedFile
from observer.source.seek import StartPosition, find_offset
from observer.web.broadcasts.broadcast import Broadcast
from observer.web.broadcasts.row_encoder import RowEncoder
from observer.web.lines.client_filter import FilteredReader, join_lines, open_filtered
from observer.web.query import ClientFilter
from observer.web.responses import sse
from observer.web.search_pool import ClientSearches

POSITION_INTERVAL_S = 5.0
"""While no line matches the filter, the client gets its current position this often."""
_PIECE_BYTES = 128 * 1024

Start = Cursor | StartPosition | None
"""The start of a stream; None if the client's last event ID is not a cursor."""


def _always() -> bool:
    return True


async def messages(
    broadcast: Broadcast,
    start: Start,
    client_filter: ClientFilter,
    searches: ClientSearches,
    keep_open: Callable[[], bool] = _always,
) -> AsyncGenerator[bytes, None]:
    """Yield server-sent events from `start` on.

    Ends when the broadcast closes, or when everything is sent and `keep_open()` is false.
    """
    broadcast.expire_stamp()
    while True:
        with broadcast.file.in_use() as file:
            offset, reset_reason = await _resolve_start(file, start, searches)
            if reset_reason is not None:
                yield sse.reset(reset_reason)
            reader = await open_filtered(file, offset, client_filter, searches)
            async with aclosing(_messages(broadcast, file, offset, client_filter, reader, keep_open)) as pieces:
                async for piece in pieces:
                    yield piece
        if broadcast.closed or broadcast.file is file:
            return
        yield sse.reset(broadcast.reset_reason)
        start = StartPosition()


async def lines(
    broadcast: Broadcast, start: Start, client_filter: ClientFilter, searches: ClientSearches, *, follow: bool
) -> AsyncGenerator[bytes, None]:
    """Yield the lines of the file from `start` on, until the run is over; without `follow`, to the end of the file."""
    while True:
        with broadcast.file.in_use() as file:
            offset, _ = await _resolve_start(file, start, searches)
            reader = await open_filtered(file, offset, client_filter, searches)
            async with aclosing(_lines(broadcast, file, offset, reader, follow=follow)) as pieces:
                async for piece in pieces:
                    yield piece
        if broadcast.closed or broadcast.file is file:
            return
        start = StartPosition()


async def _resolve_start(file: SharedFile, start: Start, searches: ClientSearches) -> tuple[int, str | None]:
    """Return the offset where a stream begins, and why it is the start of the file instead of the cursor, if so."""
    if start is None:
        return 0, "the last event ID is not a cursor"
    if isinstance(start, Cursor):
        if await wrap(file.contains)(start):
            return start.offset, None
        is_same_file = await wrap(lambda: file.generation)() == start.generation
        return 0, "the file was overwritten" if is_same_file else "the file was replaced or truncated"
    if start.at_first_byte:
        return 0, None
    if start.last == 0:
        return file.end, None
    position, end = start, file.end
    offset = await searches.run(lambda is_cancelled: find_offset(position, file.cancellable_read(is_cancelled), end))
    return offset, None


async def _messages(
    broadcast: Broadcast,
    file: SharedFile,
    offset: int,
    client_filter: ClientFilter,
    reader: FilteredReader | None,
    keep_open: Callable[[], bool],
) -> AsyncGenerator[bytes, None]:
    """Yield the messages of one file, until all are sent and there is another file, or the stream is not kept open."""
    caught_up, position_timer = False, _Timer(POSITION_INTERVAL_S)
    while not broadcast.closed:
        keepalives = broadcast.keepalives
        if offset < file.end and reader is None:
            chunk = await broadcast.read_chunk(file, offset)
            if chunk is not None:
                offset = chunk.end
                yield await broadcast.rows_of(file, chunk) if client_filter.as_rows else chunk.messages
        elif offset < file.end and reader is not None:
            matches, offset = await reader.read(broadcast, offset)
            piece = await _encode(matches, file, client_filter)
            if piece or position_timer.has_expired():
                position_timer.restart()
                yield piece or sse.position(Cursor(file.generation, offset))
        elif broadcast.file is not file:
            return
        elif not caught_up:
            caught_up = True
            yield sse.CAUGHT_UP
        elif not keep_open():
            return
        else:
            await broadcast.wait()
            if broadcast.keepalives != keepalives and offset >= file.end:
                yield sse.KEEP_ALIVE if reader is None else sse.position(Cursor(file.generation, offset))


async def _encode(matches: list[FilteredLine], file: SharedFile, client_filter: ClientFilter) -> bytes:
    if not client_filter.as_rows or not matches:
        return sse.messages(matches, file.generation, file.read)
    return await wrap(lambda: RowEncoder(file, client_filter.choice.grep).messages(matches, file.generation))()


async def _lines(
    broadcast: Broadcast, file: SharedFile, offset: int, reader: FilteredReader | None, *, follow: bool
) -> AsyncGenerator[bytes, None]:
    """Yield the lines of one file, until the run is over, or all are sent and there is another file."""
    while not broadcast.closed and (offset < file.end or broadcast.file is file):
        if offset < file.end:
            piece, offset = await _read_piece(broadcast, file, offset, reader)
            if piece:
                yield piece
        elif (reader and reader.is_exhausted(time.time())) or not follow or await broadcast.is_run_over(file):
            if offset >= file.end:  # nothing was appended while that was determined
                return
        elif offset >= file.end:
            await broadcast.wait()


async def _read_piece(
    broadcast: Broadcast, file: SharedFile, offset: int, reader: FilteredReader | None
) -> tuple[bytes, int]:
    if reader is None:
        data = await wrap(file.read)(min(_PIECE_BYTES, file.end - offset), offset)
        if not data:
            await broadcast.file_vanished(file)
        return data, offset + len(data)
    matches, offset = await reader.read(broadcast, offset)
    return join_lines(matches), offset


class _Timer:
    """Expires when a time has passed since the last restart."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._clock = asyncio.get_running_loop().time
        self._started = self._clock()

    def has_expired(self) -> bool:
        return self._clock() - self._started > self._interval_s

    def restart(self) -> None:
        self._started = self._clock()
