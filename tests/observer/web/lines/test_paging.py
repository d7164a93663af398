"""Pages of lines: before, after and around a position, within their limits."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from observer.runs.window import pages
from observer.runs.window.shared_file import SharedFile
from tests.helpers import LIMIT_S, RUN, append, line, wait_until_async
from tests.observer.runs.window.test_pages import LINES, PIECES, offset_of
from tests.observer.web.asking import Served, run_of, serving


async def test_a_stream_sends_the_whole_text_that_matches_and_resumes_within_it(tmp_path: Path) -> None:
    path = run_of(tmp_path, *PIECES[:2])
    async with serving(tmp_path) as served:
        stream = await served.events("grep=CAT+SAT&i=1&from=end")
        assert await stream.until("caught-up") == []
        append(path, PIECES[2])
        first, second = await stream.messages(2)
        assert [message.json["seq"] for message in (first, second)] == [1, 3]
        append(path, PIECES[3])
        assert (await stream.message()).json["seq"] == 4
        resumed = await served.events(f"grep=cat+sat&last={second.id}")
        assert (await resumed.message()).json["seq"] == 4  # the server has it: it was sent to the other stream


async def page(served: Served, query: str) -> tuple[list[int], dict[str, Any]]:
    answer = await served.lines(query)
    return [json.loads(text)["seq"] for _, _, text in answer["lines"]], answer


async def test_a_client_scrolls_through_a_run_with_the_offsets_of_its_pages(tmp_path: Path) -> None:
    run_of(tmp_path, *LINES)
    async with serving(tmp_path) as served:
        last, answer = await page(served, "before=end&limit=40")
        earlier, before = await page(served, f"before={answer['generation']}.{answer['first']}&limit=40")
        later, after = await page(served, f"after={answer['generation']}.{before['last']}&limit=10")
        first, start = await page(served, "after=start&limit=20")
    assert (last, earlier) == (list(range(61, 101)), list(range(21, 61)))
    assert (later, first) == (list(range(61, 71)), list(range(1, 21)))
    assert [edge["at_start"] for edge in (answer, before, after, start)] == [False, False, False, True]
    assert [edge["at_end"] for edge in (answer, before, after, start)] == [True, False, False, False]


@pytest.mark.parametrize("position", ["seq=50", "time=2026-11-23T01:00:50Z"])
async def test_a_page_around_a_number_or_a_time_has_half_its_lines_before(tmp_path: Path, position: str) -> None:
    run_of(tmp_path, *LINES)
    async with serving(tmp_path) as served:
        around, answer = await page(served, f"{position}&limit=10")
    assert around == list(range(45, 55))
    assert answer["at"] == offset_of(50)


async def test_a_cursor_of_another_content_is_a_conflict(tmp_path: Path) -> None:
    run_of(tmp_path, *LINES)
    async with serving(tmp_path) as served:
        for request in ("lines?before=0123456789abcdef.1", "line?at=0123456789abcdef.1"):
            answer = await served.get(f"/api/runs/{RUN}/{request}")
            assert (answer.status, set(answer.json)) == (409, {"error"})


@pytest.mark.parametrize("query", ["grep=nowhere", "type=complete", "errors=1", "agent=nobody"])
@pytest.mark.parametrize("position", ["before=end", "after=start"])
async def test_a_search_stops_at_the_next_block_when_its_client_disconnects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, position: str
) -> None:
    for name in ("_BLOCK_BYTES", "_SEARCHED_BLOCK_BYTES"):
        monkeypatch.setattr(pages, name, 1000)
    run_of(tmp_path, *(line(seq, text="x" * 900) for seq in range(1, 1001)))
    reads, reading, resumed = list[int](), threading.Event(), threading.Event()
    read = SharedFile.read

    def held_read(file: SharedFile, count: int, offset: int) -> bytes:
        if threading.current_thread().name.startswith("search"):
            reads.append(offset)
            if len(reads) == 5:
                reading.set()
                assert resumed.wait(LIMIT_S)
        return read(file, count, offset)

    monkeypatch.setattr(SharedFile, "read", held_read)
    async with serving(tmp_path) as served:
        request = f"GET /api/runs/{RUN}/lines?{position}&{query} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n"
        stream = await served.send(request.encode())
        await wait_until_async(reading.is_set)
        stream.close()
        await wait_until_async(lambda: served.server.pools.searches.pending == 0)
        resumed.set()
    assert len(reads) <= 6  # the server has stopped, and with it all threads
