"""Clients that are hostile, slow, too many, or half gone; and the end of the server."""

import asyncio
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from observer.runs.filter import Filter
from observer.source.seek import StartPosition
from observer.web.query import ClientFilter
from observer.web.run_stream import messages
from observer.web.search_pool import IsCancelled, SearchPool
from tests.helpers import LIMIT_S, RUN, append, line
from tests.observer.web.asking import eventually, run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)


@pytest.mark.parametrize(
    "text",
    ["</script><script>alert(1)</script>", "javascript:alert(1)", 'a\r\n\r\ndata: {"seq":99}\r\n\r\n',
     "\n\nevent: reset\n\n", "id: 0\n", "\u2028data: x\u2029\n", "\x00\x1b[2J"],
)  # fmt: skip
async def test_what_an_event_holds_forges_no_message(tmp_path: Path, text: str) -> None:
    run_of(tmp_path, START, line(2, "thought", text=text), line(3))
    async with serving(tmp_path) as served:
        found = await (await served.events()).until("caught-up")
        assert [message.event for message in found] == ["message"] * 3
        assert [message.json["seq"] for message in found] == [1, 2, 3]
        assert found[1].json["data"]["text"] == text


async def test_a_client_that_never_reads_is_let_go_of_and_delays_nobody(tmp_path: Path) -> None:
    path = run_of(tmp_path, START)
    big = [line(seq, "thought", text="x" * 1_000_000) for seq in range(2, 42)]
    async with serving(tmp_path, read_timeout_s=1.0) as served:
        reading = await served.events()
        await reading.until("caught-up")
        stuck = socket.create_connection(("127.0.0.1", served.port))
        stuck.sendall(f"GET /api/runs/{RUN}/events HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
        await eventually(lambda: served.server.hub.clients == 2)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for seq, data in enumerate(big, 2):
            append(path, data)
            assert (await reading.message()).json["seq"] == seq
        await eventually(lambda: served.server.hub.clients == 1)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        stuck.close()
        append(path, line(42))
        assert (await reading.message()).json["seq"] == 42
    assert grown < 24 * 1024, f"{grown} kB more, of 40 MB that were not read"


async def test_a_client_that_was_let_go_of_goes_on_where_it_was(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, *(line(seq, "thought", text="x" * 300_000) for seq in range(2, 102)))
    async with serving(tmp_path, read_timeout_s=0.2) as served:
        slow = await served.events()
        first = await slow.messages(3)
        slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await eventually(lambda: served.server.hub.clients == 0)
        append(path, line(102))
        again = await served.events(headers={"Last-Event-ID": first[-1].id})
        found = [message.json["seq"] for message in await again.until("caught-up")]
    assert found == list(range(4, 103))


async def test_beyond_the_limit_connections_are_refused_and_taken_again_when_others_leave(tmp_path: Path) -> None:
    run_of(tmp_path, START)
    async with serving(tmp_path, max_connections=5) as served:
        streams = [await served.events() for _ in range(5)]
        refused = await served.get("/api/runs")
        assert (refused.status, set(refused.json), refused.headers["retry-after"]) == (503, {"error"}, "5")
        streams[0].close()
        await eventually(lambda: len(served.connections) == 4)
        assert (await served.get("/api/runs")).status == 200


async def test_another_machine_has_a_limit_of_its_own(tmp_path: Path) -> None:
    address = _other_address()
    run_of(tmp_path, START)
    token = "a-token-of-16-signs-or-more"
    async with serving(tmp_path, host="0.0.0.0", token=token, max_per_address=3) as served:
        opened = []
        for _ in range(4):
            reader, writer = await asyncio.open_connection(address, served.port)
            head = f"Host: {address}:{served.port}\r\nAuthorization: Bearer {token}\r\n"
            writer.write(f"GET /api/runs/{RUN}/events HTTP/1.1\r\n{head}\r\n".encode())
            opened.append((await asyncio.wait_for(reader.readline(), LIMIT_S), writer))
        assert [int(first.split()[1]) for first, _ in opened] == [200, 200, 200, 503]
        assert (await served.get("/api/runs", {"Authorization": f"Bearer {token}"})).status == 200
        for _, writer in opened:
            writer.transport.abort()


async def test_half_a_request_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async with serving(tmp_path, request_timeout_s=0.2, read_timeout_s=0.4) as served:
        halves = [await served.send(half) for half in (b"", b"GET /api/ru", b"GET / HTTP/1.1\r\nHost: x\r\nX: ")]
        for half in halves:
            await half.ended()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: {host}\r\n\r\n", 414),
     (b"GET / HTTP/1.1\r\nHost: {host}\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", 431),
     (b"GET / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\n\r\nhello", 413),
     (b"GET / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 413),
     (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400), (b"GET\r\n\r\n", 400),
     (b"GET / HTTP/1.1\r\nHost: {host}\r\nX: " + b"a" * 1_000_000, 400)],
)  # fmt: skip
async def test_a_request_has_its_bounds(tmp_path: Path, request_: bytes, expected: int) -> None:
    async with serving(tmp_path) as served:
        stream = await served.send(request_.replace(b"{host}", f"127.0.0.1:{served.port}".encode()))
        assert (await stream.begin()).status == expected
        assert stream.headers["content-type"] == "application/json"
        assert stream.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_every_stream_in_order_and_the_server(tmp_path: Path, number: signal.Signals) -> None:
    run_of(tmp_path, START)
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "observer", "serve", str(tmp_path), "--port", "0", stderr=subprocess.PIPE
    )
    assert server.stderr is not None
    told = (await server.stderr.readline()).decode()
    (port,) = map(int, re.findall(r":(\d+)/", told))
    opened = []
    for path in [f"/api/runs/{RUN}/events"] * 30 + ["/api/runs/stream", "/api/events"]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        await asyncio.wait_for(reader.readuntil(b"\n\n"), LIMIT_S)
        opened.append((reader, writer))
    os.kill(server.pid, number)
    async with asyncio.timeout(2):
        for reader, writer in opened:
            assert (await reader.read()).endswith(b"0\r\n\r\n")  # ended, not cut off
            writer.close()
        assert await server.wait() == 128 + number
    assert await server.stderr.read() == b""


async def test_a_folder_that_cannot_be_read_for_a_while_ends_neither_the_server_nor_a_stream(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    path = run_of(folder, START)
    async with serving(folder) as served:
        newest, listed = await served.stream("/api/events"), await served.stream("/api/runs/stream")
        await newest.until("caught-up")
        assert [run["name"] for run in (await listed.message()).json] == [RUN]
        folder.rename(tmp_path / "away")
        folder.write_text("no folder")
        looked = served.server.run_list.edition
        await eventually(lambda: served.server.run_list.edition > looked)
        assert (await served.get("/api/runs")).status == 503
        folder.unlink()
        (tmp_path / "away").rename(folder)
        append(path, line(2, "progress", passing=1, total=2))
        assert (await newest.message()).json["seq"] == 2
        assert (await listed.message()).json["passing"] == 1


async def test_a_search_is_given_up_when_the_server_ends() -> None:
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


async def test_one_who_replays_what_others_have_read_lets_them_have_their_turn(tmp_path: Path) -> None:
    run_of(tmp_path, START, *(line(seq, text="x" * 1000) for seq in range(2, 2000)))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with serving(tmp_path) as served, served.server.hub.subscribe(RUN) as feed:

        async def replayed() -> int:
            told = messages(feed, StartPosition(), ClientFilter(Filter()), served.server.searches, lambda: False)
            return len([piece async for piece in told])

        await replayed()
        waiting = asyncio.create_task(others())
        assert 10 < await replayed() <= turns + 2  # now from memory: nothing makes it wait
        waiting.cancel()


def _other_address() -> str:
    """An address of this machine that is not loopback; nothing is sent to find it out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no network")
        return str(probe.getsockname()[0])
