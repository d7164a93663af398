"""Pages of a run's lines before or after an offset, within limits of bytes, lines and time. Blocking."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Generic, TypeVar

from msgspec import Struct

from observer.format.line import Line, Oversize
from observer.runs.window.line_filter import MAX_SEARCHED_LINE_BYTES, FilteredLine, LineFilter
from observer.runs.window.long_line import is_long
from observer.source.line_reader import Read, offset_of_last, read_lines, read_lines_backwards

MAX_PAGE_BYTES = 4_000_000
"""Bytes of lines in one page."""
MAX_SEARCHED_BYTES = 64_000_000
"""Bytes that a filter searches for one page."""
MAX_SEARCH_S = 1.0
"""Seconds that a filter searches for one page, per direction. The page says how far it got, so that a view can show
it, and continue there."""
_BLOCK_BYTES = 256 * 1024
_SEARCHED_BLOCK_BYTES = 4 * 1024 * 1024
"""Bytes that are searched at once, after smaller blocks that may be enough."""

T = TypeVar("T")
Step = tuple[int, list[FilteredLine]]
"""How far was searched, and the lines that match since the step before."""
Take = Callable[[Line | Oversize, int], T]
"""Returns what a page holds of a line, which is given with the offset just past it in the file."""


class Page(Struct, Generic[T], frozen=True):
    """What was taken of lines, in the order of the file, and the range of offsets that was searched for them."""

    rows: list[T]
    first: int
    last: int


def as_filtered(line: Line | Oversize, end: int) -> FilteredLine:
    """Take a line as it is."""
    return line, end


def lines_before(
    read: Read, offset: int, size: int, limit: int, line_filter: LineFilter, take: Take[T], *,
    max_bytes: int = MAX_PAGE_BYTES,
) -> Page[T]:  # fmt: skip
    """Return the last `limit` matching lines of a file of `size` bytes that end at an offset or before it."""
    steps: Iterable[Step]
    if line_filter.matches_all:
        lines = read_lines_backwards(read, offset, block=_BLOCK_BYTES, limit=MAX_SEARCHED_LINE_BYTES)
        steps = ((line.offset, [line_filter.apply(line)]) for line in lines)
    else:
        steps = _blocks_before(read, offset, size, line_filter)
    rows, searched_to = _collect(offset, limit, max_bytes, steps, take)
    return Page(rows[::-1], searched_to, offset)


def lines_after(
    read: Read, offset: int, end: int, limit: int, line_filter: LineFilter, take: Take[T], *,
    max_bytes: int = MAX_PAGE_BYTES,
) -> Page[T]:  # fmt: skip
    """Return the first `limit` matching lines that begin at an offset or after it, up to `end`."""
    steps: Iterable[Step]
    if line_filter.matches_all:
        blocks = read_lines(read, offset, end, block=_BLOCK_BYTES, limit=MAX_SEARCHED_LINE_BYTES)
        steps = ((line.end, [line_filter.apply(line)]) for line in chain.from_iterable(blocks))
    else:
        steps = _blocks_after(read, offset, end, line_filter)
    rows, searched_to = _collect(offset, limit, max_bytes, steps, take)
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
            end = lines[-1].end
        yield end, line_filter.apply_between(read, offset, end, size)
        offset = end


def _collect(start: int, limit: int, max_bytes: int, steps: Iterable[Step], take: Take[T]) -> tuple[list[T], int]:
    """Return what was taken of matching lines within all limits, and the offset up to which lines were searched."""
    rows: list[T] = []
    searched_to, remaining, deadline = start, max_bytes, time.monotonic() + MAX_SEARCH_S
    for reached, lines in steps:
        for line, end in lines:
            remaining -= len(line.data) if isinstance(line, Line) and not is_long(line) else 0
            if len(rows) == limit or (remaining < 0 and rows):
                return rows, searched_to
            rows.append(take(line, end))
            searched_to = line.offset if line.offset < start else end
        if len(rows) < limit:
            searched_to = reached
        if len(rows) == limit or abs(searched_to - start) >= MAX_SEARCHED_BYTES or time.monotonic() > deadline:
            break
    return rows, searched_to
