"""Pages of a run's lines, for a client that scrolls or searches: before, after or around a position. Blocking."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import msgspec
from msgspec import Raw, Struct

from observer.format.event import Malformed, standard_json
from observer.format.line import Line, Oversize
from observer.source.line_reader import Read, offset_of_last, read_lines, read_lines_backwards
from observer.source.seek import StartPosition, find_offset
from observer.web import sse
from observer.web.chunk_cache import line_end
from observer.web.client_filter import MAX_SEARCHED_LINE_BYTES, FilteredLine, LineFilter
from observer.web.cursor import Cursor
from observer.web.errors import HTTPError
from observer.web.query import ClientFilter, Direction, FileEdge, PageRequest
from observer.web.row_encoder import RowEncoder, read_open_row, read_text_row
from observer.web.search_pool import IsCancelled
from observer.web.shared_file import SharedFile

MAX_PAGE_BYTES = 4_000_000
"""Bytes of lines in one page."""
MAX_SEARCHED_BYTES = 64_000_000
"""Bytes that a filter searches for one page."""
MAX_SEARCH_S = 1.0
"""Seconds that a filter searches for one page, per direction. The answer says how far it got, so that a client can show
it, and continue there."""
_BLOCK_BYTES = 256 * 1024
_SEARCHED_BLOCK_BYTES = 4 * 1024 * 1024
"""Bytes that are searched at once, after smaller blocks that may be enough."""

Step = tuple[int, list[FilteredLine]]
"""How far was searched, and the lines that match since the step before."""

Row = tuple[int, int, str | Raw | None] | tuple[int, int, None, sse.LongLine | sse.MalformedLine]
"""Begin and end of a line, and the line itself, or its row; for a line without an event, or too long, a description."""
Encode = Callable[[Line | Oversize], bytes | None]
"""Returns the row of a line."""


class Page(Struct, frozen=True):
    """Rows in the order of the file, and the range of offsets, `first` to `last`, that was searched for them."""

    rows: list[Row]
    first: int
    last: int


def read_page(file: SharedFile, request: PageRequest, wanted: ClientFilter, is_cancelled: IsCancelled) -> bytes:
    """Return the answer to a request for lines, as JSON. Raises HTTPError 409 if the cursor is of another content."""
    read, size = file.cancellable_read(is_cancelled), file.end
    offset = _resolve(file, request.position, read, size)
    limit = request.limit
    line_filter = LineFilter(wanted)
    line_filter.learn_subagents(read, offset)
    encode = RowEncoder(file, wanted.choice.grep).encode if wanted.as_rows else None
    answer: dict[str, int] = {}
    if request.direction is Direction.BEFORE:
        page = lines_before(read, offset, size, limit, line_filter, encode=encode)
        answer["searched_to"] = page.first
    elif request.direction is Direction.AFTER:
        page = lines_after(read, offset, size, limit, line_filter, encode=encode)
        answer["searched_to"] = page.last
    else:
        half = MAX_PAGE_BYTES // 2
        earlier = lines_before(read, offset, size, limit // 2, line_filter, max_bytes=half, encode=encode)
        later = lines_after(read, offset, size, limit - limit // 2, line_filter, max_bytes=half, encode=encode)
        page = Page(earlier.rows + later.rows, earlier.first, later.last)
        answer |= {"searched_to": page.last, "at": offset}
    body = {
        "generation": file.generation,
        "size": size,
        "lines": page.rows,
        "first": page.first,
        "last": page.last,
        "at_start": page.first == 0,
        "at_end": page.last >= size,
    }
    return msgspec.json.encode(body | answer)


def lines_before(
    read: Read,
    offset: int,
    size: int,
    limit: int,
    line_filter: LineFilter,
    *,
    max_bytes: int = MAX_PAGE_BYTES,
    encode: Encode | None = None,
) -> Page:
    """Return the last `limit` matching lines of a file of `size` bytes that end at an offset or before it."""
    steps: Iterable[Step]
    if line_filter.matches_all:
        lines = read_lines_backwards(read, offset, block=_BLOCK_BYTES, limit=MAX_SEARCHED_LINE_BYTES)
        steps = ((line.offset, [line_filter.apply(line)]) for line in lines)
    else:
        steps = _blocks_before(read, offset, size, line_filter)
    rows, searched_to = _collect(read, offset, limit, max_bytes, steps, encode)
    return Page(rows[::-1], searched_to, offset)


def lines_after(
    read: Read,
    offset: int,
    end: int,
    limit: int,
    line_filter: LineFilter,
    *,
    max_bytes: int = MAX_PAGE_BYTES,
    encode: Encode | None = None,
) -> Page:
    """Return the first `limit` matching lines that begin at an offset or after it, up to `end`."""
    steps: Iterable[Step]
    if line_filter.matches_all:
        blocks = read_lines(read, offset, end, block=_BLOCK_BYTES, limit=MAX_SEARCHED_LINE_BYTES)
        steps = ((line_end(line), [line_filter.apply(line)]) for line in chain.from_iterable(blocks))
    else:
        steps = _blocks_after(read, offset, end, line_filter)
    rows, searched_to = _collect(read, offset, limit, max_bytes, steps, encode)
    return Page(rows, offset, searched_to)


def _blocks_before(read: Read, offset: int, size: int, line_filter: LineFilter) -> Iterator[Step]:
    """Yield the matching lines of one block after another, the last one first."""
    end, count = offset_of_last(read, offset, 0), _BLOCK_BYTES
    while end > 0:
        begin = offset_of_last(read, end - min(count, _SEARCHED_BLOCK_BYTES), 0)
        count *= 2
        yield begin, line_filter.apply_between(read, begin, end, size)[::-1]
        end = begin


def _blocks_after(read: Read, offset: int, size: int, line_filter: LineFilter) -> Iterator[Step]:
    """Yield the matching lines of one block after another."""
    count = _BLOCK_BYTES
    while offset < size:
        end = offset_of_last(read, min(size, offset + min(count, _SEARCHED_BLOCK_BYTES)), 0)
        count *= 2
        if end <= offset:  # a line that is longer than a block, or not complete
            lines = next(read_lines(read, offset, size, block=_BLOCK_BYTES, limit=MAX_SEARCHED_LINE_BYTES), None)
            if lines is None:
                return
            end = line_end(lines[-1])
        yield end, line_filter.apply_between(read, offset, end, size)
        offset = end


def find_line(file: SharedFile, cursor: Cursor) -> int:
    """Return the offset where the line begins that ends at a cursor. Raises HTTPError 404 or 409."""
    if not file.contains(cursor):
        raise other_content()
    if cursor.offset == 0:
        raise HTTPError(404, "no line ends at the start of the file")
    return offset_of_last(file.read, cursor.offset, 1)


def read_row(file: SharedFile, at: Cursor, first: Cursor | None) -> bytes:
    """Return the row that shows all of a line, or all of the text whose pieces are the lines from `first` to `at`.

    Raises HTTPError 404 or 409.
    """
    if first is None:
        return read_open_row(file, find_line(file, at), at.offset)
    begin = find_line(file, first)
    if not file.contains(at):
        raise other_content()
    return read_text_row(file, begin, at.offset)


def _collect(
    read: Read, start: int, limit: int, max_bytes: int, steps: Iterable[Step], encode: Encode | None
) -> tuple[list[Row], int]:
    """Return the rows of matching lines within all limits, and the offset up to which lines were searched."""
    rows: list[Row] = []
    searched_to, remaining, deadline = start, max_bytes, time.monotonic() + MAX_SEARCH_S
    for reached, lines in steps:
        for line, end in lines:
            remaining -= _sent_bytes(line)
            if len(rows) == limit or (remaining < 0 and rows):
                return rows, searched_to
            rows.append(_row(line, line.offset, end, read, encode))
            searched_to = line.offset if line.offset < start else end
        if len(rows) < limit:
            searched_to = reached
        if len(rows) == limit or abs(searched_to - start) >= MAX_SEARCHED_BYTES or time.monotonic() > deadline:
            break
    return rows, searched_to


def _resolve(file: SharedFile, position: FileEdge | Cursor | StartPosition, read: Read, size: int) -> int:
    match position:
        case FileEdge.START:
            return 0
        case FileEdge.END:
            return size
        case Cursor():
            if not file.contains(position):
                raise other_content()
            return min(position.offset, size)
        case StartPosition():
            return find_offset(position, read, size)


def other_content() -> HTTPError:
    """Return the error for a cursor of another content of the file."""
    return HTTPError(409, "the file was replaced or truncated; request it again from its start or end")


def _row(line: Line | Oversize, begin: int, end: int, read: Read, encode: Encode | None) -> Row:
    if encode is not None:
        row = encode(line)
        return begin, end, None if row is None else Raw(row)
    if isinstance(line, Oversize) or len(line.data) > sse.MAX_SENT_LINE_BYTES:
        return begin, end, None, sse.describe_long_line(line, read)
    data = standard_json(line)
    if isinstance(data, Malformed):
        return begin, end, None, sse.describe_malformed(data)
    return begin, end, "" if data is None else data.decode()


def _sent_bytes(line: Line | Oversize) -> int:
    return len(line.data) if isinstance(line, Line) and len(line.data) <= sse.MAX_SENT_LINE_BYTES else 0
