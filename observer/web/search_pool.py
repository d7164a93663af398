"""Searches through files, which may take seconds: in threads of their own, given up when nobody waits any more."""

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
"""More would only take turns at the interpreter's lock; what is live is read by other threads."""
_WAITING = 64
"""Searches that may wait for a thread before new ones are refused."""


def until(some: Iterable[T], given_up: IsCancelled) -> Iterator[T]:
    """Yield some things, one after the other. Raises UnreadableError once nobody waits for what is made of them."""
    for one in some:
        if given_up():
            raise UnreadableError("nobody waits any more")
        yield one


class SearchPool:
    """Runs searches; `close` waits for the last ones."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, "search")
        self._busy = 0
        self._ending = threading.Event()

    def admit(self) -> None:
        """Raise Refusal, 429, when too many searches wait already."""
        if self._busy >= _WAITING:
            raise HTTPError(429, "too many searches at once; ask again in a moment")

    async def do(self, search: Callable[[IsCancelled], T]) -> T:
        """Return what `search` returns; it is given a function that tells when to give up."""
        given_up = threading.Event()
        self._busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, search, lambda: given_up.is_set() or self._ending.is_set()
            )
        finally:
            self._busy -= 1
            given_up.set()

    def end(self) -> None:
        """Give up all searches."""
        self._ending.set()

    def close(self) -> None:
        """Wait for the threads; call it when nobody waits for a search any more."""
        self.end()
        self._pool.shutdown(cancel_futures=True)
