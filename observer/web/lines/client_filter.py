"""One client's filter, applied to the next lines of a run: from the broadcast or from disk."""

from observer.format.line import Line
from observer.runs.window.line_filter import FilteredLine, LineFilter, blocks_between
from observer.runs.window.shared_file import IsCancelled, SharedFile
from observer.web.broadcasts.broadcast import Broadcast
from observer.web.query import ClientFilter
from observer.web.search_pool import ClientSearches

_INLINE_BYTES = 64 * 1024
"""Bytes of new lines that are filtered without a thread."""
_INLINE_INSTRUCTIONS = 100
"""Size of a regular expression that is fast enough to be matched without a thread."""


class FilteredReader:
    """Reads the lines of a file that match a client's filter."""

    def __init__(self, file: SharedFile, client_filter: ClientFilter, searches: ClientSearches) -> None:
        self._file = file
        self._searches = searches
        self._filter = LineFilter(client_filter.choice, content=client_filter.content)
        pattern = client_filter.choice.grep
        self._is_cheap = pattern is None or pattern.instructions <= _INLINE_INSTRUCTIONS

    async def learn(self, end: int) -> None:
        """Read what the filter needs of the lines before an offset."""
        await self._searches.run(
            lambda is_cancelled: self._filter.learn(self._file.cancellable_read(is_cancelled), end)
        )

    async def read(self, broadcast: Broadcast, offset: int) -> tuple[list[FilteredLine], int]:
        """Return the matching lines of the next block, which begins at `offset`, and the offset of its end.

        If the file no longer has lines there, return none, and let the broadcast know.
        """
        recent = broadcast.recent_chunk(self._file, offset)
        if recent is not None and recent.end - offset <= _INLINE_BYTES and self._is_cheap:
            return self._filter.apply_all(recent.lines), recent.end
        result = await self._searches.run(lambda is_cancelled: self._search(offset, is_cancelled))
        if result is None:
            await broadcast.file_vanished(self._file)
            return [], offset
        return result

    def is_exhausted(self, now: float) -> bool:
        """Return whether no later line can match."""
        return self._filter.is_exhausted(now)

    def _search(self, offset: int, is_cancelled: IsCancelled) -> tuple[list[FilteredLine], int] | None:
        read, end = self._file.cancellable_read(is_cancelled), self._file.end
        lines, reached = next((block for block in blocks_between(read, offset, end) if block[0]), ((), offset))
        if not lines or not self._file.is_unchanged(offset):
            return None
        matches = self._filter.apply_all(lines)
        if reached == end:  # what comes next may be filtered without a thread, and must be little
            matches += self._filter.apply_all([])
        return matches, reached


async def open_filtered(
    file: SharedFile, offset: int, client_filter: ClientFilter, searches: ClientSearches
) -> FilteredReader | None:
    """Return a reader for a client that starts at an offset, None if its filter passes everything."""
    if client_filter.passes_all:
        return None
    reader = FilteredReader(file, client_filter, searches)
    await reader.learn(offset)
    return reader


def join_lines(lines: list[FilteredLine]) -> bytes:
    r"""Return lines as text, each followed by `\n`. Lines that are too long to be held are left out."""
    texts = [line.data for line, _ in lines if isinstance(line, Line)]
    return b"\n".join([*texts, b""]) if texts else b""
