"""A client's filter over a stream: what matches, and signs of progress while nothing does."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from observer.format import lines as lines_module
from observer.format.event import Record
from observer.format.line import Line
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.filter import Filter
from observer.runs.window import line_filter
from observer.runs.window.line_filter import LineFilter
from observer.source.seek import StartPosition
from observer.web.broadcasts.hub import Hub
from observer.web.lines import run_stream
from observer.web.lines.client_filter import join_lines
from observer.web.lines.run_stream import Start, messages
from observer.web.query import ClientFilter
from observer.web.responses.sse import CAUGHT_UP, KEEP_ALIVE
from tests.helpers import RUN, append, line, wait_until_async
from tests.observer.runs.filters.test_block_matcher import run_of as random_run
from tests.observer.web.asking import run_of, serving

NOTHING = ClientFilter(Filter(types=frozenset({"complete"})))
EVERYTHING = ClientFilter(Filter())


@asynccontextmanager
async def streaming(
    folder: Path, client_filter: ClientFilter, start: Start, *, keep_open: bool
) -> AsyncIterator[tuple[AsyncGenerator[bytes, None], Hub]]:
    async with serving(folder) as served, served.server.hub.subscribe(RUN) as broadcast:
        pieces = messages(broadcast, start, client_filter, served.server.pools.searches.of(""), lambda: keep_open)
        yield pieces, served.server.hub
        await pieces.aclose()


def position_in(piece: bytes) -> int:
    """Return the offset of a message that has an id and nothing else."""
    assert piece.startswith(b"id: ")
    assert piece.endswith(b"\n\n")
    assert piece.count(b"\n") == 2
    return int(piece.rpartition(b".")[2])


async def next_piece(pieces: AsyncGenerator[bytes, None], hub: Hub) -> bytes:
    """Return the next piece, which needs a keepalive."""
    piece = asyncio.ensure_future(anext(pieces))
    await wait_until_async(lambda: hub.keepalive() or piece.done())
    return await piece


async def test_while_nothing_matches_the_client_learns_how_far_the_search_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "POSITION_INTERVAL_S", 0.0)
    path = run_of(tmp_path, *(line(seq, text="x" * 10_000) for seq in range(1, 501)))  # five blocks
    async with streaming(tmp_path, NOTHING, StartPosition(), keep_open=False) as (pieces, _):
        *progress, last = [piece async for piece in pieces]
    assert last == CAUGHT_UP
    positions = [position_in(piece) for piece in progress]
    assert len(positions) >= 4
    assert positions == sorted(set(positions))
    assert positions[-1] == path.stat().st_size


async def test_the_position_is_not_sent_before_its_interval_has_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "POSITION_INTERVAL_S", 600.0)
    run_of(tmp_path, *(line(seq, text="x" * 10_000) for seq in range(1, 501)))
    async with streaming(tmp_path, NOTHING, StartPosition(), keep_open=False) as (pieces, _):
        assert [piece async for piece in pieces] == [CAUGHT_UP]


async def test_a_keepalive_carries_the_position_past_new_lines_that_do_not_match(tmp_path: Path) -> None:
    path = run_of(tmp_path, line(1))
    async with streaming(tmp_path, NOTHING, StartPosition(), keep_open=True) as (pieces, hub):
        assert await anext(pieces) == CAUGHT_UP
        assert position_in(await next_piece(pieces, hub)) == path.stat().st_size
        append(path, line(2))
        size = path.stat().st_size
        position = 0
        while position != size:
            position = position_in(await next_piece(pieces, hub))
            assert position in {size - len(line(2)), size}


async def test_a_keepalive_without_a_filter_is_a_comment(tmp_path: Path) -> None:
    run_of(tmp_path, line(1))
    async with streaming(tmp_path, EVERYTHING, StartPosition(last=0), keep_open=True) as (pieces, hub):
        assert await anext(pieces) == CAUGHT_UP
        assert await next_piece(pieces, hub) == KEEP_ALIVE


async def test_a_filtered_stream_has_only_the_lines_that_match_old_and_new(tmp_path: Path) -> None:
    path = run_of(tmp_path, line(1), line(2, "tool_use", name="Bash"), line(3))
    async with serving(tmp_path) as served:
        stream = await served.events("type=tool_use")
        assert [message.json["seq"] for message in await stream.until("caught-up")] == [2]
        append(path, line(4) + line(5, "tool_use", name="Bash") + line(6))
        assert (await stream.message()).json["seq"] == 5


async def test_a_subagent_is_known_by_name_to_a_client_that_starts_after_it(tmp_path: Path) -> None:
    spawn = line(1, "subagent_start", tool_use_id="s1", agent_type="Explore", description="Find hosts", id="a7")
    path = run_of(tmp_path, spawn, line(2))
    async with serving(tmp_path) as served:
        stream = await served.events("agent=explore&from=end")
        assert await stream.until("caught-up") == []
        append(path, line(3) + line(4, "thought", "s1", text="inside"))
        assert (await stream.message()).json["seq"] == 4


@pytest.mark.parametrize("pattern", ["needle", "push|needle", "zz"])
@pytest.mark.parametrize("block", [100, 3000])
async def test_a_stream_that_leaves_out_blocks_by_their_bytes_has_the_same_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, block: int
) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    monkeypatch.setattr(line_filter, "_BLOCK_BYTES", block)
    rng = Random(block)
    path = run_of(tmp_path, *(random_run(rng) for _ in range(40)))
    async with serving(tmp_path) as served:
        query = f"follow=0&from=start&grep={pattern}"
        fast = await served.plain(query)
        with monkeypatch.context() as every_line:
            every_line.setattr(BlockMatcher, "select", lambda _, lines: list(map(Record, lines)))
            slow = await served.plain(query)
    assert sorted(fast.splitlines()) == sorted(slow.splitlines())
    assert (len(fast) > 0) == (pattern != "zz")
    assert len(fast) < path.stat().st_size


def test_without_content_a_line_keeps_its_envelope_and_loses_its_text() -> None:
    secret = Line(line(2, text="the secret plan").rstrip(b"\n"), 0)
    sent, _ = LineFilter(Filter(), content=False).apply(secret)
    assert isinstance(sent, Line)
    assert b"secret" not in sent.data
    assert b'"seq":2' in sent.data


def test_lines_are_joined_with_a_newline_after_each() -> None:
    assert join_lines([(Line(b"a", 0), 2), (Line(b"b", 2), 4)]) == b"a\nb\n"
    assert join_lines([]) == b""
