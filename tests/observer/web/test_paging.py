"""Pages of lines: before, after and around a position, within their limits."""

import json
import math
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from observer.format import lines as lines_module
from observer.format.event import Record
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.filter import Filter
from observer.runs.filters.pattern import Pattern
from observer.source.line_reader import Read
from observer.web import client_filter, paging
from observer.web.client_filter import LineFilter
from observer.web.paging import Page, lines_after, lines_before
from observer.web.query import ClientFilter
from observer.web.shared_file import SharedFile
from tests.helpers import LIMIT_S, RUN, append, line, wait_until_async
from tests.observer.runs.filters.test_block_matcher import run_of as random_run
from tests.observer.web.asking import Served, run_of, serving

LINES = [line(seq) for seq in range(1, 101)]
CONTENT = b"".join(LINES)
EVERYTHING = ClientFilter(Filter())


def reading(content: bytes) -> Read:
    return lambda count, offset: content[offset : offset + count]


def seqs(page: Page) -> list[int]:
    return [json.loads(row[2] or "")["seq"] for row in page.rows]


def offset_of(seq: int) -> int:
    return len(b"".join(LINES[: seq - 1]))


def test_the_lines_before_an_offset_are_the_last_ones_that_end_there() -> None:
    page = lines_before(reading(CONTENT), offset_of(51), len(CONTENT), 3, LineFilter(EVERYTHING))
    assert seqs(page) == [48, 49, 50]
    assert (page.first, page.last) == (offset_of(48), offset_of(51))


def test_the_lines_after_an_offset_are_the_first_ones_that_begin_there() -> None:
    page = lines_after(reading(CONTENT), offset_of(51), len(CONTENT), 3, LineFilter(EVERYTHING))
    assert seqs(page) == [51, 52, 53]
    assert (page.first, page.last) == (offset_of(51), offset_of(54))


def test_a_filter_searches_on_until_the_page_is_full() -> None:
    content = b"".join(line(seq, "tool_use" if seq % 10 == 0 else "thought") for seq in range(1, 101))
    wanted = ClientFilter(Filter(types=frozenset({"tool_use"})))
    assert seqs(lines_before(reading(content), len(content), len(content), 3, LineFilter(wanted))) == [80, 90, 100]
    assert seqs(lines_after(reading(content), 0, len(content), 3, LineFilter(wanted))) == [10, 20, 30]


def test_a_page_ends_before_the_line_that_would_exceed_its_bytes_but_has_one_line() -> None:
    size = len(LINES[0]) - 1
    assert len(lines_after(reading(CONTENT), 0, len(CONTENT), 9, LineFilter(EVERYTHING), max_bytes=3 * size).rows) == 3
    assert seqs(lines_before(reading(CONTENT), len(CONTENT), len(CONTENT), 9, LineFilter(EVERYTHING), max_bytes=1)) == [
        100
    ]


def test_a_search_without_a_match_stops_at_its_limit_and_says_how_far_it_got(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MAX_SEARCHED_BYTES", 1000)
    monkeypatch.setattr(paging, "_SEARCHED_BLOCK_BYTES", len(LINES[0]))
    wanted = ClientFilter(Filter(types=frozenset({"complete"})))
    later = lines_after(reading(CONTENT), 0, len(CONTENT), 9, LineFilter(wanted))
    assert later.rows == []
    assert 1000 <= later.last < 1000 + len(LINES[0]) * 2
    earlier = lines_before(reading(CONTENT), len(CONTENT), len(CONTENT), 9, LineFilter(wanted))
    assert earlier.rows == []
    assert 1000 <= len(CONTENT) - earlier.first < 1000 + len(LINES[0]) * 2


PIECES = [line(seq, text=text, message=name, block=0) for seq, (name, text) in enumerate(
    [("a", "the cat s"), ("b", "no"), ("a", "at on "), ("a", "it"), ("c", "a dog"), ("d", "cat "), ("d", "sat")], 1
)]  # fmt: skip
TEXTS = b"".join(PIECES)


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
@pytest.mark.parametrize("block", [1, 300, 10**6])
def test_pages_of_a_search_have_all_pieces_of_a_text_that_matches(
    limit: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "_SEARCHED_BLOCK_BYTES", block)
    monkeypatch.setattr(paging, "_BLOCK_BYTES", max(100, block))
    wanted = ClientFilter(Filter(grep=Pattern("cat sat")))
    forwards, backwards = list[int](), list[int]()
    offset = 0
    while offset < len(TEXTS):
        later = lines_after(reading(TEXTS), offset, len(TEXTS), limit, LineFilter(wanted))
        assert len(later.rows) <= limit
        forwards += seqs(later)
        offset = later.last
    while offset > 0:
        earlier = lines_before(reading(TEXTS), offset, len(TEXTS), limit, LineFilter(wanted))
        backwards = seqs(earlier) + backwards
        offset = earlier.first
    assert forwards == backwards == [1, 3, 4, 6, 7]


def pages(content: bytes, wanted: ClientFilter, limit: int) -> Iterator[Page]:
    """Yield the pages of a search from the start to the end, and then those of one back to the start."""
    for step in (lines_after, lines_before):
        offset = 0 if step is lines_after else len(content)
        while 0 <= offset <= len(content):
            page = step(reading(content), offset, len(content), limit, LineFilter(wanted))
            yield page
            reached = page.last if step is lines_after else page.first
            if reached == offset:
                break
            offset = reached


@pytest.mark.parametrize("near", [1, 60, 200, 10**5])
@pytest.mark.parametrize("pattern", ["needle", "(?i)needle", "x? need(le|ful)", "push|needle", "(?i)push", "zz"])
def test_a_search_that_leaves_out_blocks_by_their_bytes_finds_the_same_lines(
    pattern: str, near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    monkeypatch.setattr(client_filter, "_NEAR_BYTES", near)
    monkeypatch.setattr(paging, "MAX_SEARCH_S", math.inf)
    wanted = ClientFilter(Filter(grep=Pattern(pattern)))
    left_out = 0

    for seed in range(10):
        rng = Random(seed)
        content = b"".join(random_run(rng) for _ in range(3))
        for name in ("_SEARCHED_BLOCK_BYTES", "_BLOCK_BYTES"):
            monkeypatch.setattr(paging, name, rng.choice([100, 300, 1000]))
        monkeypatch.setattr(client_filter, "_BLOCK_BYTES", rng.choice([70, 500]))
        fast = list(pages(content, wanted, limit=3))
        with monkeypatch.context() as every_line:
            every_line.setattr(LineFilter, "_excludes", lambda *_: False)
            every_line.setattr(BlockMatcher, "select", lambda _, lines: list(map(Record, lines)))
            slow = list(pages(content, wanted, limit=3))
        assert [page.rows for page in fast] == [page.rows for page in slow], f"seed {seed}"
        left_out += sum(LineFilter(wanted)._excludes(reading(content), page.first, page.last) for page in fast)
    assert left_out > 0 or near > len(content)


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
        monkeypatch.setattr(paging, name, 1000)
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
