"""A search from the selected entry of a log on: the next or previous hit, and which one it is of how many."""

import asyncio
import threading
from collections.abc import Callable

from observer.errors import UnreadableError
from observer.runs.filters.filter import Filter
from observer.runs.window.hits import HitList
from observer.terminal.ui.entries import Entry, LoadedRow, key_of
from observer.terminal.ui.run_file import OnProgress, RunFile


class LogSearch:
    """Searches in threads, for one thing at a time."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._counted: object = None
        self._hits: HitList | None = None

    def cancel(self) -> None:
        """Stop the search that is running."""
        self._cancelled.set()

    async def find(
        self, file: RunFile, entry: Entry | None, wanted: Filter, *, forwards: bool, on_progress: OnProgress
    ) -> tuple[LoadedRow | None, bool]:
        """Return the next or previous line that passes a filter, and whether it was found beyond an end of the run.

        It is not in `entry`, unless there is no other. Raises UnreadableError when the search is cancelled.
        """
        self.cancel()
        cancelled = self._cancelled = threading.Event()
        key, offset = (entry.key, entry.end if forwards else entry.begin) if entry is not None else (None, 0)

        def search(begin: int, *, skips: bool) -> LoadedRow | None:
            return file.find(
                wanted, begin, forwards=forwards, is_cancelled=cancelled.is_set, on_progress=on_progress,
                accepts=lambda part: not skips or key_of(part) != key,
            )  # fmt: skip

        hit = await asyncio.to_thread(search, offset, skips=True)
        if hit is not None:
            return hit, False
        return await asyncio.to_thread(search, 0 if forwards else file.end, skips=False), True

    async def count(self, file: RunFile, entry: Entry, wanted: Filter, tell: Callable[[str], bool]) -> None:
        """Tell which hit an entry is, as far as that is known, until it is, or until `tell` returns false."""
        cancelled, counted = self._cancelled, (wanted, file, file.choice)
        if self._hits is None or counted != self._counted:
            self._counted, self._hits = counted, file.hits(wanted)
        is_known = False
        while not is_known:
            try:
                words, is_known = await asyncio.to_thread(file.count, self._hits, entry.begin, cancelled.is_set)
            except UnreadableError:  # another search has begun
                return
            if words and not tell(words):
                return
