"""Somebody's filters at work on one file: what passes of its next lines, wherever they are read from."""

from observer.format.lines import Line
from observer.web.broadcast import Broadcast
from observer.web.chunk_cache import lines_from
from observer.web.client_filter import LONGEST, FilteredLine, FilteredLines
from observer.web.query import ClientFilter
from observer.web.search_pool import IsCancelled, SearchPool, until
from observer.web.shared_file import SharedFile

_BLOCK = 1024 * 1024
"""Bytes looked through at once."""
_SMALL = 64 * 1024
"""Bytes of news that are looked through at once, without a thread."""
_QUICK_INSTRUCTIONS = 100
"""Size of a regular expression that is quick enough to be matched without a thread."""


class FilteredReader:
    """The lines of `file` that pass a wish."""

    def __init__(self, file: SharedFile, wish: ClientFilter, work: SearchPool) -> None:
        self._file = file
        self._work = work
        self._sift = FilteredLines(wish)
        pattern = wish.choice.grep
        self._quick = pattern is None or pattern.instructions <= _QUICK_INSTRUCTIONS

    async def prime(self, offset: int) -> None:
        """Learn what somebody must know who begins at an offset."""
        await self._work.do(lambda given_up: self._sift.prime(self._file.reading(given_up), offset))

    async def next(self, feed: Broadcast, offset: int) -> tuple[list[FilteredLine], int]:
        """Return what passes of the lines at an offset before the end, and how far was looked.

        When what stood there is no more, that is nothing, and the feed knows of it.
        """
        live = feed.live(self._file, offset)
        if live is not None and live.end - offset <= _SMALL and self._quick:
            return self._sift(live.lines), live.end
        found = await self._work.do(lambda given_up: self._search(offset, given_up))
        if found is None:
            await feed.lost(self._file)
        return found or ([], offset)

    def over(self, now: float) -> bool:
        """Tell whether nothing that is wanted can come any more."""
        return self._sift.over(now)

    def _search(self, offset: int, given_up: IsCancelled) -> tuple[list[FilteredLine], int] | None:
        found = lines_from(self._file, offset, longest=LONGEST, block=_BLOCK)
        return (self._sift(until(found[0], given_up)), found[1]) if found is not None else None


async def sifted_from(file: SharedFile, offset: int, wish: ClientFilter, work: SearchPool) -> FilteredReader | None:
    """Return the filters for somebody who begins at an offset, None when there are none."""
    if wish.everything:
        return None
    sifted = FilteredReader(file, wish, work)
    await sifted.prime(offset)
    return sifted


def plain(told: list[FilteredLine]) -> bytes:
    r"""Return lines as they are, with `\n` after each; those too long to look into are left out."""
    kept = [line.data for line, _ in told if isinstance(line, Line)]
    return b"\n".join([*kept, b""]) if kept else b""
