"""A stretch of a run for somebody who scrolls or searches: the lines before, after or around a place. Blocking."""

import time
from itertools import chain

import msgspec
from msgspec import Struct

from observer.format.lines import Line, Oversize
from observer.source.line_reader import Read, read_lines, read_lines_backwards
from observer.source.seek import StartPosition, find_offset
from observer.web import sse
from observer.web.chunk_cache import end_of
from observer.web.client_filter import LONGEST, FilteredLines
from observer.web.cursor import Cursor
from observer.web.errors import HTTPError
from observer.web.query import ClientFilter, Direction, FileEdge, PageRequest
from observer.web.search_pool import IsCancelled
from observer.web.shared_file import SharedFile

MOST_BYTES = 4_000_000
"""Bytes of lines in one answer."""
MOST_SEARCHED = 64_000_000
"""Bytes that filters look through for one answer."""
PATIENCE_S = 4.0
"""Seconds that filters look for one answer, one way; it says how far they came."""
_BLOCK = 256 * 1024

Row = tuple[int, int, str | None] | tuple[int, int, None, sse.Envelope]
"""Where a line begins and ends, and the line; of one that is too long what it is."""


class Part(Struct, frozen=True):
    """Rows in file order, and the stretch from `first` to `last` that was looked through for them."""

    rows: list[Row]
    first: int
    last: int


def window(file: SharedFile, asked: PageRequest, wish: ClientFilter, given_up: IsCancelled) -> bytes:
    """Return the answer to a request for lines, as JSON. Raises Refusal, 409, when the place is of another content."""
    read, size = file.reading(given_up), file.end
    at = _place(file, asked.place, read, size)
    lines_asked = asked.limit
    sift = FilteredLines(wish)
    sift.prime(read, at)
    if asked.way is Direction.BEFORE:
        part = before(read, at, lines_asked, sift)
        reached = part.first
    elif asked.way is Direction.AFTER:
        part = after(read, at, size, lines_asked, sift)
        reached = part.last
    else:
        earlier = before(read, at, lines_asked // 2, sift, most=MOST_BYTES // 2)
        later = after(read, at, size, lines_asked - lines_asked // 2, sift, most=MOST_BYTES // 2)
        part = Part(earlier.rows + later.rows, earlier.first, later.last)
        reached = part.last
    answer = {
        "generation": file.generation,
        "size": size,
        "lines": part.rows,
        "first": part.first,
        "last": part.last,
        "at_start": part.first == 0,
        "at_end": part.last >= size,
        "searched_to": reached,
    }
    return msgspec.json.encode(answer | ({"at": at} if asked.way is Direction.AROUND else {}))


def before(read: Read, at: int, limit: int, sift: FilteredLines, *, most: int = MOST_BYTES) -> Part:
    """Return the last lines that pass among those that end at an offset or before it."""
    found: list[Row] = []
    first, left, deadline = at, most, time.monotonic() + PATIENCE_S
    for line in read_lines_backwards(read, at, block=_BLOCK, limit=LONGEST):
        told = sift.one(line)
        if told is not None:
            left -= _length(told)
            if left < 0 and found:
                break
            found.append(_row(told, line.offset, end_of(line), read))
        first = line.offset
        if len(found) == limit or at - first >= MOST_SEARCHED or time.monotonic() > deadline:
            break
    return Part(found[::-1], first, at)


def after(read: Read, at: int, end: int, limit: int, sift: FilteredLines, *, most: int = MOST_BYTES) -> Part:
    """Return the first lines that pass among those that begin at an offset or after it, up to `end`."""
    found: list[Row] = []
    last, left, deadline = at, most, time.monotonic() + PATIENCE_S
    batches = read_lines(read, at, end, block=_BLOCK, limit=LONGEST)
    for line in chain.from_iterable(batches):
        told = sift.one(line)
        if told is not None:
            left -= _length(told)
            if left < 0 and found:
                break
            found.append(_row(told, line.offset, end_of(line), read))
        last = end_of(line)
        if len(found) == limit or last - at >= MOST_SEARCHED or time.monotonic() > deadline:
            break
    return Part(found, at, last)


def _place(file: SharedFile, place: FileEdge | Cursor | StartPosition, read: Read, size: int) -> int:
    match place:
        case FileEdge.START:
            return 0
        case FileEdge.END:
            return size
        case Cursor():
            if not file.holds(place):
                raise HTTPError(409, "the file was replaced or truncated; ask again from its start or end")
            return min(place.offset, size)
        case StartPosition():
            return find_offset(place, read, size)


def _row(line: Line | Oversize, begin: int, end: int, read: Read) -> Row:
    if isinstance(line, Oversize) or len(line.data) > sse.LONGEST:
        return begin, end, None, sse.envelope(line, read)
    return begin, end, line.data.decode("utf-8", "replace")


def _length(line: Line | Oversize) -> int:
    return len(line.data) if isinstance(line, Line) and len(line.data) <= sse.LONGEST else 0
