"""The server as a whole: how it stops, and what it survives. Tests observer.web.routes as well."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import LIMIT_S, RUN, append, line, patient, wait_until_async
from tests.observer.web.asking import run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_every_stream_properly_and_stops_the_server(tmp_path: Path, number: signal.Signals) -> None:
    run_of(tmp_path, START)
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "observer", "serve", str(tmp_path), "--port", "0", stderr=subprocess.PIPE
    )
    assert server.stderr is not None
    greeting = (await server.stderr.readline()).decode()
    (port,) = map(int, re.findall(r":(\d+)/", greeting))
    opened = []
    for path in [f"/api/runs/{RUN}/events"] * 30 + ["/api/runs/stream", "/api/events"]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        await asyncio.wait_for(reader.readuntil(b"\n\n"), LIMIT_S)
        opened.append((reader, writer))
    os.kill(server.pid, number)
    async with asyncio.timeout(patient(2)):
        for reader, writer in opened:
            assert (await reader.read()).endswith(b"0\r\n\r\n")  # ended, not cut off
            writer.close()
        assert await server.wait() == 128 + number
    assert await server.stderr.read() == b""


async def test_streams_survive_a_directory_that_cannot_be_read_for_a_while(tmp_path: Path) -> None:
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
        await wait_until_async(lambda: served.server.run_list.edition > looked)
        assert (await served.get("/api/runs")).status == 503
        folder.unlink()
        (tmp_path / "away").rename(folder)
        append(path, line(2, "progress", passing=1, total=2))
        assert (await newest.message()).json["seq"] == 2
        assert (await listed.message()).json["passing"] == 1
