"""Reads and searches of run files, which may take seconds: threads that clients share in turns, and can cancel.

What opens a page has threads of its own, so that it never waits for a search. A client is an address: within one, work
is done in the order of its requests; between several, in turns, however many requests each of them has sent.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from msgspec import Struct, field

from observer.errors import UnreadableError
from observer.runs.window.shared_file import IsCancelled
from observer.web.errors import HTTPError

T = TypeVar("T")
_THREADS = 4
"""More would only compete for the interpreter's lock. Live data is read by other threads."""
_MAX_RUNNING = 3
"""Threads that one client may use at once: one is always left for the others."""
MAX_PENDING = 32
"""Searches of one client, running or waiting, before new ones are refused."""


def until_cancelled(items: Iterable[T], is_cancelled: IsCancelled) -> Iterator[T]:
    """Yield the items. Raises UnreadableError as soon as the search is cancelled."""
    for item in items:
        if is_cancelled():
            raise UnreadableError("the search was cancelled")
        yield item


class _Client(Struct, eq=False):
    """The searches of one client: those whose results are awaited, the threads in use, and those that wait for one."""

    pending: int = 0
    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class SearchPool:
    """Runs searches in threads until `close`. All methods but `cancel_all` are for the thread of the event loop."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, "search")
        self._running = 0
        self._clients: dict[str, _Client] = {}
        """Those that have searches; the one that was served last is the last."""
        self._all_cancelled = threading.Event()

    @property
    def pending(self) -> int:
        """The number of searches with a waiting client."""
        return sum(client.pending for client in self._clients.values())

    def of(self, client: str) -> "ClientSearches":
        """Return the share of a client."""
        return ClientSearches(self, client)

    def check_capacity(self, name: str) -> None:
        """Raise HTTPError 429 if too many searches of a client are pending."""
        client = self._clients.get(name)
        if client is not None and client.pending >= MAX_PENDING:
            raise HTTPError(429, "too many searches at once; try again in a moment")

    async def run(self, search: Callable[[IsCancelled], T], name: str) -> T:
        """Return the result of `search`, which runs in a thread when it is the client's turn.

        It receives a function that returns True once the result is no longer needed.
        """
        cancelled, loop = threading.Event(), asyncio.get_running_loop()
        client = self._clients.setdefault(name, _Client())
        client.pending += 1
        try:
            await self._turn(client)
            work = self._pool.submit(search, lambda: cancelled.is_set() or self._all_cancelled.is_set())
            work.add_done_callback(lambda _: loop.call_soon_threadsafe(self._end, client))
            return await asyncio.wrap_future(work)
        finally:
            cancelled.set()
            client.pending -= 1
            self._forget_idle()

    def cancel_all(self) -> None:
        """Cancel every search, also those that come later."""
        self._all_cancelled.set()

    def close(self) -> None:
        """Cancel every search and wait for the threads to end."""
        self.cancel_all()
        self._pool.shutdown(cancel_futures=True)

    async def _turn(self, client: _Client) -> None:
        """Wait for a thread."""
        turn = asyncio.get_running_loop().create_future()
        client.waiting.append(turn)
        self._start_waiting()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                with suppress(ValueError):  # it was just passed over
                    client.waiting.remove(turn)
            else:  # it was given a thread at the same moment
                self._end(client)
            raise

    def _start_waiting(self) -> None:
        """Give free threads to those that wait: of each client in turn the search that came first."""
        while self._running < _THREADS:
            entries = self._clients.items()
            name = next((name for name, each in entries if each.waiting and each.running < _MAX_RUNNING), None)
            if name is None:
                return
            client = self._clients[name] = self._clients.pop(name)
            turn = client.waiting.popleft()
            if turn.done():  # cancelled just now
                continue
            client.running += 1
            self._running += 1
            turn.set_result(None)

    def _end(self, client: _Client) -> None:
        client.running -= 1
        self._running -= 1
        self._forget_idle()
        self._start_waiting()

    def _forget_idle(self) -> None:
        for name in [name for name, each in self._clients.items() if not (each.pending or each.running)]:
            del self._clients[name]


class Pools:
    """A pool each for what must not wait for the other: pages of lines, what sums up a run, and searches."""

    def __init__(self) -> None:
        self.pages = SearchPool()
        self.summaries = SearchPool()
        self.searches = SearchPool()

    def cancel_all(self) -> None:
        """Cancel everything, also what comes later."""
        for pool in (self.pages, self.summaries, self.searches):
            pool.cancel_all()

    def close(self) -> None:
        """Cancel everything and wait for the threads to end."""
        self.cancel_all()
        for pool in (self.pages, self.summaries, self.searches):
            pool.close()


class ClientSearches(Struct, frozen=True):
    """The share of one client in a pool."""

    pool: SearchPool
    client: str

    def check_capacity(self) -> None:
        """Raise HTTPError 429 if too many searches of the client are pending."""
        self.pool.check_capacity(self.client)

    async def run(self, search: Callable[[IsCancelled], T]) -> T:
        """Return the result of `search`; see `SearchPool.run`."""
        return await self.pool.run(search, self.client)
