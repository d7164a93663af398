"""Broadcasts: one reader for all clients.

Tests observer.web.broadcasts.hub, observer.web.broadcasts.chunk_cache and observer.runs.window.shared_file as well.
"""

import asyncio
import os
import sys
import threading
from pathlib import Path

import pytest

from observer.runs.filters.filter import Filter
from observer.runs.window.cursor import Cursor
from observer.runs.window.shared_file import SharedFile
from observer.source.directory_events import DirectoryEvents
from observer.source.file_reader import ReadResult
from observer.source.seek import StartPosition
from observer.web.broadcasts.chunk_cache import Chunk, ChunkCache
from observer.web.lines.run_stream import messages
from observer.web.query import ClientFilter
from tests.helpers import LIMIT_S, RUN, append, line, patient, wait_until_async
from tests.observer.web.asking import Stream, run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)


async def test_the_last_client_may_leave_while_a_rewrite_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, has_left, look = threading.Event(), threading.Event(), SharedFile.was_rewritten

    def was_rewritten(file: SharedFile) -> bool:
        looking.set()
        assert has_left.wait(LIMIT_S)
        return look(file)

    monkeypatch.setattr(SharedFile, "was_rewritten", was_rewritten)
    run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        async with served.server.hub.subscribe(RUN) as broadcast:
            looked = asyncio.create_task(broadcast.look_for_rewrite())
            await wait_until_async(looking.is_set, "the look")
        has_left.set()
        await looked
        await broadcast.look_for_rewrite()


async def test_the_last_client_may_leave_while_changes_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, has_left = threading.Event(), threading.Event()
    descriptors = list[int | None]()

    def may_have_changed(file: SharedFile) -> bool:
        looking.set()
        assert has_left.wait(LIMIT_S)
        descriptors.append(file.descriptor)
        return False

    monkeypatch.setattr(SharedFile, "may_have_changed", may_have_changed)
    run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        async with served.server.hub.subscribe(RUN):
            await wait_until_async(looking.is_set, "the look")
        has_left.set()
        await wait_until_async(lambda: descriptors, "the end of the look")
    assert descriptors[0] is not None


async def test_a_replay_from_the_cache_lets_other_tasks_run(tmp_path: Path) -> None:
    run_of(tmp_path, START, *(line(seq, text="x" * 1000) for seq in range(2, 2000)))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with serving(tmp_path) as served, served.server.hub.subscribe(RUN) as broadcast:

        async def replayed() -> int:
            pieces = messages(
                broadcast, StartPosition(), ClientFilter(Filter()), served.server.pools.searches.of(""), lambda: False
            )
            return len([piece async for piece in pieces])

        await replayed()
        waiting = asyncio.create_task(others())
        assert 10 < await replayed() <= turns + 2  # now from memory: nothing makes it wait
        waiting.cancel()


async def test_a_client_that_disconnects_is_gone_within_a_second_and_its_file_closed(tmp_path: Path) -> None:
    path = run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        streams = [await served.events() for _ in range(5)]
        for stream in streams:
            await stream.until("caught-up")
        assert served.server.hub.clients == 5
        for stream in streams:
            stream.close()
        async with asyncio.timeout(patient(1)):
            await wait_until_async(lambda: served.server.hub.clients == 0)
        await wait_until_async(lambda: str(path) not in _open_files())


async def test_two_hundred_clients_share_one_reader(tmp_path: Path) -> None:
    path = run_of(tmp_path, *(line(seq) for seq in range(1, 101)))
    async with serving(tmp_path) as served:
        streams = [await served.events() for _ in range(200)]
        for stream in streams:
            await stream.until("caught-up")
        assert _open_files().count(str(path)) == 1
        for seq in range(101, 151):
            append(path, line(seq))
        for stream in streams:
            assert [message.json["seq"] for message in await stream.messages(50)] == list(range(101, 151))


async def begin_watching(stream: Stream, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait until the stream of a run gets a new line, and let only events wake the reader then."""
    await stream.until("caught-up")
    append(path, line(2))
    await stream.message()
    monkeypatch.setattr(SharedFile, "may_have_changed", lambda _: False)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells of open files")
async def test_the_kernel_alone_tells_of_open_files_also_of_one_that_takes_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DirectoryEvents, "poll", lambda _: [])
    path, other = run_of(tmp_path, START), run_of(tmp_path, START, name="20261123T011230Z-000000")
    async with serving(tmp_path) as served:
        stream = await served.events()
        await begin_watching(stream, path, monkeypatch)
        late = await served.events(run=other.stem)  # when the other one is watched already
        await late.until("caught-up")
        for seq in (3, 4):
            append(path, line(seq))
            append(other, line(seq))
            assert (await stream.message()).json["seq"] == (await late.message()).json["seq"] == seq
        (tmp_path / "new").write_bytes(START)
        os.replace(tmp_path / "new", path)
        await stream.until("caught-up")
        append(path, line(5))
        assert (await stream.message()).json["seq"] == 5
        late.close()
        await wait_until_async(lambda: served.server.hub.clients == 1)
        append(path, line(6))
        assert (await stream.message()).json["seq"] == 6


async def test_a_little_that_an_event_has_told_of_is_read_without_a_thread_and_much_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_new, inline = SharedFile.read_new, dict[int, bool]()

    def recorded(file: SharedFile) -> ReadResult:
        result = read_new(file)
        if result.data:
            inline[len(result.data)] = threading.current_thread() is threading.main_thread()
        return result

    monkeypatch.setattr(SharedFile, "read_new", recorded)
    path = run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        stream = await served.events()
        await begin_watching(stream, path, monkeypatch)
        inline.clear()
        little, much = line(3), line(4, text="x" * 100_000)
        append(path, little)
        await stream.message()
        append(path, much)
        await stream.message()
    assert inline == {len(little): True, len(much): False}


def _open_files() -> list[str]:
    paths = []
    for name in os.listdir("/proc/self/fd"):
        try:
            paths.append(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:
            continue
    return paths


def test_the_last_user_of_a_shared_file_closes_it(tmp_path: Path) -> None:
    path = run_of(tmp_path, line(1))
    file = SharedFile(path)
    with file.in_use():
        file.acquire()
    assert _open_files().count(str(path)) == 1
    assert file.read(5, 0) == line(1)[:5]
    file.release()
    assert _open_files().count(str(path)) == 0


def test_a_file_contains_only_cursors_of_its_own_content_where_a_line_ends(tmp_path: Path) -> None:
    file = SharedFile(run_of(tmp_path, line(1), line(2)))
    with file.in_use():
        end = len(line(1))
        assert file.contains(Cursor(file.generation, end))
        assert not file.contains(Cursor("0123456789abcdef", end))
        assert not file.contains(Cursor(file.generation, end - 1))
        assert not file.contains(Cursor(file.generation, 10**6))


def test_the_cache_keeps_the_most_recently_used_chunks_up_to_its_size() -> None:
    cache = ChunkCache(max_bytes=30)
    for begin in (0, 10, 20):
        cache.put("a", Chunk(begin, begin + 10, (), b"x" * 10))
    assert cache.get("a", 0) is not None  # used: 10 is the oldest now
    cache.put("b", Chunk(0, 10, (), b"x" * 10))
    assert [cache.get("a", begin) is not None for begin in (0, 10, 20)] == [True, False, True]
    cache.discard("a")
    assert [cache.get("a", 0), cache.get("a", 20)] == [None, None]
    assert cache.get("b", 0) is not None


async def test_a_run_is_opened_while_another_one_is_completed(tmp_path: Path) -> None:
    slow = run_of(tmp_path, START, name="slow")
    run_of(tmp_path, START)
    entered, released = threading.Event(), threading.Event()

    def complete(path: Path) -> None:
        if path == slow:
            entered.set()
            assert released.wait(LIMIT_S)

    async with serving(tmp_path, complete=complete) as served:
        opening = [asyncio.create_task(served.events(run="slow")) for _ in range(2)]
        try:
            await wait_until_async(entered.is_set)
            stream = await served.events()
            assert (await stream.message()).json["type"] == "run_start"
        finally:
            released.set()
        for each in opening:
            assert (await (await each).message()).json["type"] == "run_start"
        await wait_until_async(lambda: served.server.hub.clients == 3)
    assert _open_files().count(str(slow)) == 0
