"""Pages of a run's lines, for a client that scrolls or searches: before, after or around a position. Blocking."""

from collections.abc import Callable

import msgspec
from msgspec import Raw

from observer.format.event import Malformed, standard_json
from observer.format.line import Line, Oversize
from observer.runs.window.cursor import Cursor
from observer.runs.window.line_filter import LineFilter
from observer.runs.window.long_line import LongLine, describe_long_line, is_long
from observer.runs.window.pages import MAX_PAGE_BYTES, Page, lines_after, lines_before
from observer.runs.window.shared_file import IsCancelled, SharedFile
from observer.source.line_reader import Read, offset_of_last
from observer.source.seek import StartPosition, find_offset
from observer.web.broadcasts.row_encoder import RowEncoder, read_open_row, read_text_row
from observer.web.errors import HTTPError
from observer.web.query import ClientFilter, Direction, FileEdge, PageRequest
from observer.web.responses import sse

Row = tuple[int, int, str | Raw | None] | tuple[int, int, None, LongLine | sse.MalformedLine]
"""Begin and end of a line, and the line itself, or its row; for a line without an event, or too long, a description."""
Encode = Callable[[Line | Oversize], bytes | None]
"""Returns the row of a line."""


def read_page(file: SharedFile, request: PageRequest, client_filter: ClientFilter, is_cancelled: IsCancelled) -> bytes:
    """Return the answer to a request for lines, as JSON. Raises HTTPError 409 if the cursor is of another content."""
    read, size = file.cancellable_read(is_cancelled), file.end
    offset = _resolve(file, request.position, read, size)
    limit = request.limit
    line_filter = LineFilter(client_filter.choice, content=client_filter.content)
    line_filter.learn_subagents(read, offset)
    take = row_maker(read, RowEncoder(file, client_filter.choice.grep).encode if client_filter.as_rows else None)
    answer: dict[str, int] = {}
    if request.direction is Direction.BEFORE:
        page = lines_before(read, offset, size, limit, line_filter, take)
        answer["searched_to"] = page.first
    elif request.direction is Direction.AFTER:
        page = lines_after(read, offset, size, limit, line_filter, take)
        answer["searched_to"] = page.last
    else:
        half = MAX_PAGE_BYTES // 2
        earlier = lines_before(read, offset, size, limit // 2, line_filter, take, max_bytes=half)
        later = lines_after(read, offset, size, limit - limit // 2, line_filter, take, max_bytes=half)
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


def row_maker(read: Read, encode: Encode | None) -> Callable[[Line | Oversize, int], Row]:
    """Return what makes the row of a line, given with the offset just past it; without `encode`, of the line itself."""

    def row_of(line: Line | Oversize, end: int) -> Row:
        begin = line.offset
        if encode is not None:
            row = encode(line)
            return begin, end, None if row is None else Raw(row)
        if isinstance(line, Oversize) or is_long(line):
            return begin, end, None, describe_long_line(line, read)
        data = standard_json(line)
        if isinstance(data, Malformed):
            return begin, end, None, sse.describe_malformed(data)
        return begin, end, "" if data is None else data.decode()

    return row_of
