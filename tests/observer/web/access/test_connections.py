"""Connection limits and timeouts: clients that are slow, too many, or send half a request."""

import asyncio
import re
import resource
import socket
import sys
from pathlib import Path

import pytest

from observer.errors import UsageError
from observer.web.access import listen
from tests.helpers import LIMIT_S, RUN, append, line, patient, wait_until_async
from tests.needs import outer_address
from tests.observer.web.asking import run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)


async def test_a_client_that_never_reads_is_disconnected_and_delays_no_other(tmp_path: Path) -> None:
    path = run_of(tmp_path, START)
    big = [line(seq, "thought", text="x" * 1_000_000) for seq in range(2, 42)]
    async with serving(tmp_path, read_timeout_s=patient(1.0)) as served:
        reading = await served.events()
        await reading.until("caught-up")
        stuck = socket.create_connection(("127.0.0.1", served.port))
        stuck.sendall(f"GET /api/runs/{RUN}/events HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
        await wait_until_async(lambda: served.server.hub.clients == 2)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for seq, data in enumerate(big, 2):
            append(path, data)
            assert (await reading.message()).json["seq"] == seq
        await wait_until_async(lambda: served.server.hub.clients == 1)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        stuck.close()
        append(path, line(42))
        assert (await reading.message()).json["seq"] == 42
    assert grown < 24 * 1024, f"{grown} kB more, of 40 MB that were not read"


async def test_a_client_that_was_disconnected_resumes_where_it_was(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, *(line(seq, "thought", text="x" * 300_000) for seq in range(2, 102)))
    async with serving(tmp_path, read_timeout_s=patient(0.2)) as served:
        slow = await served.events()
        first = await slow.messages(3)
        slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await wait_until_async(lambda: served.server.hub.clients == 0)
        append(path, line(102))
        again = await served.events(headers={"Last-Event-ID": first[-1].id})
        numbers = [message.json["seq"] for message in await again.until("caught-up")]
    assert numbers == list(range(4, 103))


async def test_connections_beyond_the_limit_are_refused_until_others_close(tmp_path: Path) -> None:
    run_of(tmp_path, START)
    async with serving(tmp_path, max_connections=5) as served:
        streams = [await served.events() for _ in range(5)]
        refused = await served.get("/api/runs")
        assert (refused.status, set(refused.json), refused.headers["retry-after"]) == (503, {"error"}, "5")
        streams[0].close()
        await wait_until_async(lambda: len(served.connections) == 4)
        assert (await served.get("/api/runs")).status == 200


@pytest.mark.needs("network")
async def test_each_other_address_has_its_own_limit(tmp_path: Path) -> None:
    address = outer_address()
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


async def test_idle_connections_make_room_for_new_ones_the_longest_idle_one_first(tmp_path: Path) -> None:
    run_of(tmp_path, START)
    async with serving(tmp_path, max_connections=8, request_timeout_s=10 * LIMIT_S) as served:
        busy = await served.events()
        idle = [await served.send(b"GET /api/ru" if number % 2 else b"") for number in range(20)]
        for stream in idle[:13]:
            await stream.ended()
        assert (await served.get("/api/runs")).status == 200
        await idle[13].ended()
        await busy.until("caught-up")
        assert len(served.connections) <= 8


@pytest.mark.parametrize(("public", "accepted"), [(False, 8), (True, 6)])
async def test_programs_on_this_machine_leave_some_connections_to_other_machines(
    tmp_path: Path, public: bool, accepted: int
) -> None:
    run_of(tmp_path, START)
    async with serving(tmp_path, max_connections=8, public=public) as served:
        for _ in range(accepted):
            await served.events()
        assert (await served.get("/api/runs")).status == 503


async def test_an_incomplete_request_times_out(tmp_path: Path) -> None:
    async with serving(tmp_path, request_timeout_s=0.2, read_timeout_s=0.4) as served:
        halves = [await served.send(half) for half in (b"", b"GET /api/ru", b"GET / HTTP/1.1\r\nHost: x\r\nX: ")]
        for half in halves:
            await half.ended()


@pytest.mark.parametrize(("files", "connections"), [(40, 7), (64, 19), (1024, 499), (10**6, 2000)])
def test_as_many_connections_are_accepted_as_descriptors_allow(
    monkeypatch: pytest.MonkeyPatch, files: int, connections: int
) -> None:
    monkeypatch.setattr(listen, "raise_open_file_limit", lambda: files)
    monkeypatch.setattr(listen, "count_open_files", lambda _: 10)
    assert listen.connection_limit(2000) == connections


def test_too_few_descriptors_are_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "raise_open_file_limit", lambda: 37)
    monkeypatch.setattr(listen, "count_open_files", lambda _: 10)
    with pytest.raises(UsageError, match=r"with 37 open files.*raise it to 38 or more.*ulimit -n 1024"):
        listen.connection_limit(2000)


async def test_a_server_with_few_descriptors_serves_what_it_can_and_refuses_the_rest(tmp_path: Path) -> None:
    names = [f"{RUN}-{number}" for number in range(30)]
    for name in names:
        run_of(tmp_path, START, name=name)
    command = f"ulimit -n 64; exec {sys.executable} -m observer serve {tmp_path} --port 0"
    server = await asyncio.create_subprocess_exec("sh", "-c", command, stderr=asyncio.subprocess.PIPE)
    assert server.stderr is not None
    (port,) = map(int, re.findall(r":(\d+)/", (await server.stderr.readline()).decode()))
    (limit,) = map(int, re.findall(r"at most (\d+) connections", (await server.stderr.readline()).decode()))
    answers, writers = [], []
    for name in names:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /api/runs/{name}/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        async with asyncio.timeout(LIMIT_S):
            answers.append(int((await reader.readline()).split()[1]))
        writers.append(writer)
    server.terminate()
    assert await server.wait() == 128 + 15
    assert answers == [200] * limit + [503] * (len(names) - limit)
    assert limit >= 15
    assert await server.stderr.read() == b""
    for writer in writers:
        writer.close()
