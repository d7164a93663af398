"""Searches in threads: cancelled when nobody waits for them, in turns between clients, and refused if too many."""

import asyncio
import threading
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from observer.runs.window.shared_file import IsCancelled
from observer.web.errors import HTTPError
from observer.web.search_pool import MAX_PENDING, SearchPool
from tests.helpers import LIMIT_S, RUN, line, wait_until, wait_until_async
from tests.observer.web.asking import run_of, serving


async def test_searches_are_cancelled_when_the_server_stops() -> None:
    work, begun = SearchPool(), threading.Event()

    def search(given_up: IsCancelled) -> str:
        begun.set()
        while not given_up():
            time.sleep(0.001)
        return "given up"

    searching = asyncio.create_task(work.of("a").run(search))
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

    waiting = asyncio.create_task(pool.of("a").run(search))
    await asyncio.to_thread(started.wait, LIMIT_S)
    waiting.cancel()
    assert await asyncio.to_thread(cancelled.wait, LIMIT_S)
    pool.close()


async def test_too_many_pending_searches_of_a_client_are_refused_and_those_of_others_are_not() -> None:
    pool = SearchPool()
    greedy, modest = pool.of("a"), pool.of("b")
    greedy.check_capacity()
    searches = [asyncio.create_task(greedy.run(_wait_for)) for _ in range(MAX_PENDING)]
    await asyncio.sleep(0)
    with pytest.raises(HTTPError) as refusal:
        greedy.check_capacity()
    assert refusal.value.status == 429
    modest.check_capacity()
    assert await asyncio.wait_for(modest.run(lambda _: "found"), LIMIT_S) == "found"
    pool.cancel_all()
    await asyncio.gather(*searches)
    greedy.check_capacity()
    pool.close()


async def test_clients_take_turns_however_many_searches_each_of_them_has() -> None:
    pool, resumed, order = SearchPool(), threading.Event(), list[str]()
    holding = [asyncio.create_task(pool.of(name).run(lambda _: resumed.wait(LIMIT_S))) for name in ("x", "x", "y", "y")]
    await asyncio.sleep(0)
    names = ["a"] * 20 + ["b"] * 20 + ["c"]
    waiting = [asyncio.create_task(pool.of(name).run(lambda _, name=name: order.append(name))) for name in names]
    await asyncio.sleep(0)
    resumed.set()
    await asyncio.gather(*holding, *waiting)
    assert order.index("b") <= 4
    assert order.index("c") <= 8
    pool.close()


async def test_a_search_that_is_cancelled_while_a_thread_becomes_free_leaves_the_others_their_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool, resumed, loop, ended = SearchPool(), threading.Event(), asyncio.get_running_loop(), list[object]()
    holding = [asyncio.create_task(pool.of(name).run(lambda _: resumed.wait(LIMIT_S))) for name in ("x", "x", "y", "y")]
    await asyncio.sleep(0)
    *given_up, patient = (asyncio.create_task(pool.of("a").run(lambda _: "found")) for _ in range(5))
    await asyncio.sleep(0)
    notify = loop.call_soon_threadsafe
    monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *call: (notify(*call), ended.append(call)))
    resumed.set()
    wait_until(lambda: len(ended) == 2 * len(holding))  # the loop is not running: it learns that with the cancellation
    for search in given_up:
        search.cancel()
    assert await asyncio.wait_for(patient, LIMIT_S) == "found"
    await asyncio.gather(*holding)
    assert all(search.cancelled() for search in given_up)
    await wait_until_async(lambda: pool.pending == 0)
    pool.close()


async def test_a_page_a_timeline_and_a_panel_do_not_wait_for_searches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_of(tmp_path, line(1, "run_start", host="elsewhere", pid=1), *(line(seq, text="x") for seq in range(2, 50)))
    resumed = threading.Event()
    async with serving(tmp_path) as served:
        searches = served.server.pools.searches
        run = type(searches).run

        async def held_run(pool: SearchPool, search: object, name: str) -> object:
            held = (lambda _: resumed.wait(LIMIT_S)) if pool is searches else search
            return await run(pool, held, name)  # type: ignore[arg-type] # any search

        monkeypatch.setattr(SearchPool, "run", held_run)
        pattern = quote("(x+x+)+y")
        path = f"/api/runs/{RUN}/lines?before=end&grep={pattern}"
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n"
        for _ in range(MAX_PENDING):
            await served.send(request.encode())
        await wait_until_async(lambda: searches.pending == MAX_PENDING)
        assert (await served.get(path)).status == 429
        assert len((await served.lines("before=end"))["lines"]) == 49
        for what in ("timeline", "panel"):
            assert (await served.get(f"/api/runs/{RUN}/{what}")).status == 200
        resumed.set()


def _wait_for(is_cancelled: IsCancelled) -> None:
    while not is_cancelled():
        time.sleep(0.001)
