"""Searches through files, which may take seconds: a bounded pool of threads whose searches can be cancelled."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from observer.errors import UnreadableError
from observer.web.errors import HTTPError

T = TypeVar("T")
IsCancelled = Callable[[], bool]
_THREADS = 4
"""More would only compete for the interpreter's lock. Live data is read by other threads."""
_MAX_PENDING = 64
"""Searches, running or waiting, before new ones are refused."""


def until_cancelled(items: Iterable[T], is_cancelled: IsCancelled) -> Iterator[T]:
    """Yield the items. Raises UnreadableError as soon as the search is cancelled."""
    for item in items:
        if is_cancelled():
            raise UnreadableError("the search was cancelled")
        yield item


class SearchPool:
    """Runs searches in threads until `close`."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, "search")
        self._pending = 0
        self._all_cancelled = threading.Event()

    def check_capacity(self) -> None:
        """Raise HTTPError 429 if too many searches are pending."""
        if self._pending >= _MAX_PENDING:
            raise HTTPError(429, "too many searches at once; try again in a moment")

    async def run(self, search: Callable[[IsCancelled], T]) -> T:
        """Return the result of `search`, which runs in a thread.

        It receives a function that returns True once the result is no longer needed.
        """
        cancelled = threading.Event()
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, search, lambda: cancelled.is_set() or self._all_cancelled.is_set()
            )
        finally:
            self._pending -= 1
            cancelled.set()

    def cancel_all(self) -> None:
        """Cancel every search, also those that come later."""
        self._all_cancelled.set()

    def close(self) -> None:
        """Cancel every search and wait for the threads to end."""
        self.cancel_all()
        self._pool.shutdown(cancel_futures=True)
