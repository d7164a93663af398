"""Several runs as one source: by time, each with its name, new ones joining."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from observer.framing import Line
from observer.source.base import Batch, CaughtUp, Context, From, Notice, NoticeKind
from observer.source.many import ManySource
from observer.source.paced import Paced
from observer.source.start import Start
from tests.observer.observing import append

LIMIT_S = 10.0


def line(second: int, text: str) -> bytes:
    stamp = f"2026-11-23T01:00:{second:02}.000000Z"
    return json.dumps({"timestamp": stamp, "type": "info", "data": {"message": text}}).encode() + b"\n"


def run(folder: Path, name: str, *lines: bytes) -> Path:
    path = folder / f"{name}.ndjson"
    path.write_bytes(b"".join(lines))
    return path


def told(item: From) -> list[tuple[str, str]]:
    if not isinstance(item.item, Batch):
        return []
    return [
        (item.origin, json.loads(found.data)["data"]["message"]) for found in item.item.lines if isinstance(found, Line)
    ]


async def read(source: ManySource | Paced) -> list[From]:
    return [item async for item in source.items() if isinstance(item, From)]


async def messages(source: ManySource) -> list[tuple[str, str]]:
    return [pair for item in await read(source) for pair in told(item)]


async def test_lines_are_interleaved_by_time(tmp_path: Path) -> None:
    run(tmp_path, "a", line(1, "one"), line(4, "four"), line(5, "five"))
    run(tmp_path, "b", line(2, "two"), line(3, "three"), line(6, "six"))
    found = await messages(ManySource([], [tmp_path], follow=False))
    assert found == [("a", "one"), ("b", "two"), ("b", "three"), ("a", "four"), ("a", "five"), ("b", "six")]


async def test_a_line_without_a_time_stays_where_it_is_in_its_run(tmp_path: Path) -> None:
    run(tmp_path, "a", line(1, "one"), b'{"type":"info","data":{"message":"when?"}}\n', line(3, "three"))
    run(tmp_path, "b", line(2, "two"))
    found = await messages(ManySource([], [tmp_path], follow=False))
    assert [text for _, text in found] == ["one", "when?", "two", "three"]


async def test_packed_runs_are_read_with_the_others(tmp_path: Path) -> None:
    run(tmp_path, "a", line(2, "two"))
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(line(1, "one") + line(3, "three")))
    found = await messages(ManySource([], [tmp_path], follow=False))
    assert found == [("b", "one"), ("a", "two"), ("b", "three")]


async def test_the_last_lines_are_the_last_of_all_runs_together(tmp_path: Path) -> None:
    run(tmp_path, "a", *(line(n, f"a{n}") for n in range(0, 20, 2)))
    run(tmp_path, "b", *(line(n, f"b{n}") for n in range(1, 20, 2)))
    items = await read(ManySource([], [tmp_path], start=Start(last=3), follow=False))
    assert [text for item in items for _, text in told(item)] == ["b17", "a18", "b19"]
    before = [found for item in items if isinstance(item.item, Context) for found in item.item.lines]
    assert len(before) >= 17


async def test_only_the_files_that_are_named_are_read(tmp_path: Path) -> None:
    one, two = run(tmp_path, "a", line(1, "one")), run(tmp_path, "b", line(2, "two"))
    run(tmp_path, "c", line(3, "three"))
    assert [text for _, text in await messages(ManySource([one, two], follow=False))] == ["one", "two"]


async def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    one, two = run(tmp_path, "a", line(1, "one")), run(tmp_path / "x", "a", line(2, "two"))
    assert [name for name, _ in await messages(ManySource([one, two], follow=False))] == ["a", str(two)]


@asynccontextmanager
async def following(source: ManySource) -> AsyncIterator[tuple[list[From], Callable[[Callable[[], object]], object]]]:
    items: list[From] = []
    more = asyncio.Event()

    async def collect() -> None:
        async for item in source.items():
            items.append(item)
            more.set()

    async def until(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                more.clear()
                await more.wait()

    task = asyncio.create_task(collect())
    try:
        yield items, until
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_is_appended_comes_and_new_runs_join_from_their_start(tmp_path: Path) -> None:
    first = run(tmp_path, "a", line(1, "old"))
    async with following(ManySource([], [tmp_path], start=Start(last=0))) as (items, until):
        await until(lambda: any(isinstance(item.item, CaughtUp) for item in items))
        append(first, line(2, "new"))
        await until(lambda: ("a", "new") in [pair for item in items for pair in told(item)])
        run(tmp_path, "b", line(3, "joins"))
        (tmp_path / "notes.txt").write_text("no run")
        await until(lambda: ("b", "joins") in [pair for item in items for pair in told(item)])
        texts = [text for item in items for _, text in told(item)]
        assert texts == ["new", "joins"]
        found = [item for item in items if isinstance(item.item, Notice) and item.item.kind is NoticeKind.FOUND]
        assert [item.origin for item in found] == ["b"]


async def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    later = tmp_path / "later"
    async with following(ManySource([], [later])) as (items, until):
        await until(lambda: [item for item in items if isinstance(item.item, Notice)])
        later.mkdir()
        run(later, "a", line(1, "one"))
        await until(lambda: ("a", "one") in [pair for item in items for pair in told(item)])


@pytest.mark.parametrize(("speed", "full", "least", "most"), [(100.0, False, 0.09, 2.0), (200.0, True, 0.19, 2.0)])
async def test_a_replay_keeps_the_time_between_lines(
    tmp_path: Path, speed: float, full: bool, least: float, most: float
) -> None:
    run(tmp_path, "a", line(0, "zero"), line(5, "five"), line(45, "much later"))
    loop = asyncio.get_running_loop()
    began = loop.time()
    items = await read(Paced(ManySource([], [tmp_path], follow=False), speed, full_gaps=full))
    assert [text for item in items for _, text in told(item)] == ["zero", "five", "much later"]
    assert least <= loop.time() - began <= most
