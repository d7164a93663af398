"""Regular expressions of those who ask: as on the command line, and none can keep the server from others."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from observer.errors import UnreadableError
from observer.web.errors import ConnectionAborted
from observer.web.streaming import EVENTS, LINES, stream
from tests.observer.web.asking import RUN, append, eventually, line, run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)
ENDLESS = quote("(a+)+$")
LINES_ONLY = {"Accept": "application/x-ndjson"}


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("milk", [2]), ("MILK", []), ("(?i)MILK", [2, 3]), ("m.lk$", [2]), ("[0-9]{3}", [3]), ("milk|1.0", [2, 3]),
     (r"1\.5", []), (r"a \(b\)", [3]), ("^$", [3])],
)  # fmt: skip
async def test_a_pattern_is_searched_for_in_each_text_of_an_event(
    tmp_path: Path, pattern: str, found: list[int]
) -> None:
    run_of(tmp_path, START, line(2, text="no milk"), line(3, text="Milk: 100 a (b)", more=["", {"milk_": 1}]))
    async with serving(tmp_path) as served:
        answer = await served.lines(f"before=end&grep={quote(pattern)}")
        assert [int(told.partition(",")[0].removeprefix('{"seq":')) for _, _, told in answer["lines"]] == found


async def test_a_pattern_that_takes_for_ever_is_refused_and_others_are_answered_meanwhile(tmp_path: Path) -> None:
    run_of(tmp_path, START, line(2, text="a" * 60 + "!"))
    async with serving(tmp_path) as served:
        search = asyncio.create_task(served.get(f"/api/runs/{RUN}/lines?before=end&grep={ENDLESS}"))
        last = asyncio.create_task(served.get(f"/api/runs/{RUN}/events?from=-1&grep={ENDLESS}", LINES_ONLY))
        answered = 0
        while not search.done():
            assert (await served.get("/api/runs")).status == 200
            answered += 1
        assert ((await search).status, set((await search).json)) == (400, {"error"})
        assert answered > 1
        with pytest.raises(asyncio.IncompleteReadError):
            await last


async def test_a_stream_that_cannot_be_searched_says_so_and_ends(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        messages, lines = (
            await served.events(f"grep={ENDLESS}"),
            await served.events(f"grep={ENDLESS}", RUN, LINES_ONLY),
        )
        assert await messages.until("caught-up") == []
        append(path, line(2, text="a" * 60 + "!"))
        refused = await messages.message()
        assert (refused.event, set(refused.json)) == ("refused", {"error"})
        assert await messages.piece() == b""
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await lines.piece()  # cut off: a proper end would say that there is no more
        await eventually(lambda: served.server.service.hub.clients == 0)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("kind", [EVENTS, LINES])
async def test_a_file_that_cannot_be_read_any_more_ends_its_stream(kind: bytes) -> None:
    async def pieces() -> AsyncGenerator[bytes, None]:
        yield b"1"
        raise UnreadableError("/home/me/runs: Input/output error")

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.Event().wait()

    if kind == LINES:
        with pytest.raises(ConnectionAborted):
            await stream(pieces(), kind, receive, send)
        assert sent[-1]["body"] == b"1"
    else:
        await stream(pieces(), kind, receive, send)
        assert sent[-1]["body"] == b'event: refused\ndata: {"error":"the run cannot be read just now"}\n\n'
        assert sent[-1]["more_body"] is False


@pytest.mark.parametrize(
    "asked",
    ["grep=" + quote("a{99999999999}"), "grep=" + quote("(?P<a"), "iteration=1-50000",
     "iteration=" + ",".join(f"{first}0000-{first}9000" for first in range(1, 400))],
)  # fmt: skip
async def test_what_would_take_more_than_there_is_is_refused(tmp_path: Path, asked: str) -> None:
    run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        for path in (f"/api/runs/{RUN}/lines?before=end&", f"/api/runs/{RUN}/events?", "/api/events?"):
            answer = await served.get(path + asked)
            assert (answer.status, set(answer.json)) == (400, {"error"})
