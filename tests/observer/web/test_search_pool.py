"""Searches in threads: cancelled when nobody waits for them, and refused when there are too many."""

import asyncio
import threading
import time

import pytest

from observer.web.errors import HTTPError
from observer.web.search_pool import IsCancelled, SearchPool
from tests.helpers import LIMIT_S


async def test_searches_are_cancelled_when_the_server_stops() -> None:
    work, begun = SearchPool(), threading.Event()

    def search(given_up: IsCancelled) -> str:
        begun.set()
        while not given_up():
            time.sleep(0.001)
        return "given up"

    searching = asyncio.create_task(work.run(search))
    await asyncio.to_thread(begun.wait, LIMIT_S)
    work.cancel_all()
    assert await asyncio.wait_for(searching, LIMIT_S) == "given up"
    work.close()


async def test_a_search_is_cancelled_when_its_client_disconnects() -> None:
    pool, started, cancelled = SearchPool(), threading.Event(), threading.Event()

    def search(is_cancelled: IsCancelled) -> None:
        started.set()
        while not is_cancelled():
            time.sleep(0.001)
        cancelled.set()

    waiting = asyncio.create_task(pool.run(search))
    await asyncio.to_thread(started.wait, LIMIT_S)
    waiting.cancel()
    assert await asyncio.to_thread(cancelled.wait, LIMIT_S)
    pool.close()


async def test_too_many_pending_searches_are_refused() -> None:
    pool = SearchPool()
    pool.check_capacity()
    searches = [asyncio.create_task(pool.run(_wait_for)) for _ in range(64)]
    await asyncio.sleep(0)
    with pytest.raises(HTTPError) as refusal:
        pool.check_capacity()
    assert refusal.value.status == 429
    pool.cancel_all()
    await asyncio.gather(*searches)
    pool.check_capacity()
    pool.close()


def _wait_for(is_cancelled: IsCancelled) -> None:
    while not is_cancelled():
        time.sleep(0.001)
