"""A search through all runs of the directory."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from observer.runs.window.shared_file import IsCancelled, SharedFile
from observer.source.line_reader import Read
from observer.web.lines.folder_search import MAX_HITS
from observer.web.search_pool import SearchPool
from tests.helpers import LIMIT_S, line, wait_until_async
from tests.observer.web.asking import Served, run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1, about="The task")
NAMES = [f"20261123T01123{digit}Z-000000" for digit in range(3)]


async def search(served: Served, query: str) -> list[tuple[str, Any]]:
    """Return the messages of a search to its end."""
    stream = await served.stream(f"/api/search?{query}")
    assert stream.status == 200
    return [(message.event, message.json) for message in await stream.until("done")]


async def test_the_hits_of_all_runs_are_found_the_newest_first_with_what_is_around_them(tmp_path: Path) -> None:
    run_of(tmp_path, START, line(2, text="the first needle here", message="a"), name=NAMES[0])
    run_of(tmp_path, START, line(2, text="hay", message="a"), name=NAMES[1])
    run_of(tmp_path, START, line(2, "info", message="a Needle"), line(3, text="needles", message="b"), name=NAMES[2])
    async with serving(tmp_path) as served:
        messages = await search(served, f"grep={quote('(?i)needle')}")
    found = [content for kind, content in messages if kind == "hits"]
    assert [(hits["run"], hits["about"], hits["has_more"]) for hits in found] == [
        (NAMES[2], "The task", False), (NAMES[0], "The task", False)
    ]  # fmt: skip
    assert [(hit["type"], hit["before"], hit["match"], hit["after"]) for hits in found for hit in hits["hits"]] == [
        ("info", "a ", "Needle", ""), ("thought", "", "needle", "s"), ("thought", "the first ", "needle", " here"),
    ]  # fmt: skip
    assert [hit["at"] for hit in found[1]["hits"]] == [len(START)]
    last = messages[-1][1]
    assert messages[-1][0] == "progress"
    assert (last["run"], last["runs"], last["passed_runs"], last["unreadable"]) == (None, 3, 3, 0)
    assert last["bytes"] == last["passed_bytes"] == sum(path.stat().st_size for path in tmp_path.iterdir())


async def test_of_a_run_with_many_hits_the_first_are_sent_and_a_text_in_pieces_is_one(tmp_path: Path) -> None:
    pieces = [line(seq, text=f"needle {seq} ", message="m") for seq in range(2, 6)]
    run_of(tmp_path, START, *pieces, *(line(seq, text="needle", message=f"n{seq}") for seq in range(6, 30)))
    async with serving(tmp_path) as served:
        ((_, found),) = [message for message in await search(served, "grep=needle") if message[0] == "hits"]
    assert [hit["seq"] for hit in found["hits"]] == [2, *range(6, 5 + MAX_HITS)]
    assert found["has_more"]


async def test_only_the_runs_and_the_events_that_pass_the_filters_are_searched(tmp_path: Path) -> None:
    for name in NAMES:
        end = [line(3, "complete", outcome="failed", message="needle")] if name == NAMES[1] else []
        run_of(tmp_path, START, line(2, text="needle", message="a"), *end, name=name)
    async with serving(tmp_path) as served:
        messages = await search(served, "grep=needle&verdict=failed&type=complete")
        assert [(content["run"], len(content["hits"])) for kind, content in messages if kind == "hits"] == [
            (NAMES[1], 1)
        ]
        for query in ("", "verdict=failed", "grep=(", "gerp=x"):
            assert (await served.get(f"/api/search?{query}")).status == 400


async def test_a_run_that_cannot_be_read_is_counted_and_the_others_are_searched(tmp_path: Path) -> None:
    for name in NAMES:
        run_of(tmp_path, START, line(2, text="needle", message="a"), name=name)
    async with serving(tmp_path) as served:
        await served.get("/api/runs")
        (tmp_path / f"{NAMES[1]}.ndjson").unlink()
        messages = await search(served, "grep=needle")
    assert [content["run"] for kind, content in messages if kind == "hits"] == [NAMES[2], NAMES[0]]
    assert messages[-1][1]["unreadable"] == 1


async def test_short_runs_are_searched_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(100):
        run_of(tmp_path, START, line(2, text="needle" if number == 50 else "hay"), name=f"20261123T011230Z-{number:06}")
    turns, run = list[str](), SearchPool.run

    async def counted(pool: SearchPool, search: Callable[[IsCancelled], object], name: str) -> object:
        turns.append(name)
        return await run(pool, search, name)

    monkeypatch.setattr(SearchPool, "run", counted)
    async with serving(tmp_path) as served:
        messages = await search(served, "grep=needle")
    assert [found["run"] for kind, found in messages if kind == "hits"] == ["20261123T011230Z-000050"]
    assert messages[-1][1]["passed_runs"] == 100
    assert len(turns) < 50


async def test_a_search_ends_as_soon_as_its_client_disconnects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        run_of(tmp_path, START, line(2, text="hay", message="a"), name=name)
    reads, reading, resumed = list[int](), threading.Event(), threading.Event()
    cancellable_read = SharedFile.cancellable_read

    def held(file: SharedFile, is_cancelled: IsCancelled) -> Read:
        read = cancellable_read(file, is_cancelled)

        def held_read(count: int, offset: int) -> bytes:
            reads.append(offset)
            reading.set()
            assert resumed.wait(LIMIT_S)
            return read(count, offset)

        return held_read

    monkeypatch.setattr(SharedFile, "cancellable_read", held)
    async with serving(tmp_path) as served:
        stream = await served.stream("/api/search?grep=needle")
        progress = await stream.message()
        assert (progress.event, json.loads(progress.data)["run"]) == ("progress", NAMES[2])
        await wait_until_async(reading.is_set)
        stream.close()
        await wait_until_async(lambda: served.server.pools.searches.pending == 0)
        resumed.set()
    assert len(reads) == 1


async def test_without_content_nothing_of_a_run_is_sent_but_where_the_hits_are(tmp_path: Path) -> None:
    start = line(1, "run_start", host="elsewhere", about="The task", project_dir="/home/me/secret-project")
    run_of(tmp_path, start, line(2, "tool_use", id="t", name="Bash", input={"command": "secret"}))
    async with serving(tmp_path) as served:
        messages = await search(served, "type=tool_use&no_content=1")
    (found,) = [content for kind, content in messages if kind == "hits"]
    assert (found["about"], found["project_dir"]) == ("", None)
    assert "secret" not in json.dumps(messages)
