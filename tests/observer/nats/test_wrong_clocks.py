"""Machines whose clocks are an hour apart: the same lines and verdicts as with right clocks.

Tests observer.nats.stream, observer.nats.stream_seek and observer.nats.relay_file. The server keeps the real time;
`faketime` gives relays and viewers another one, as if the server's were wrong.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import LIMIT_S, RUN, line
from tests.observer.nats import streams
from tests.observer.nats.relays import grown, relay
from tests.observer.nats.servers import Server
from tests.observer.nats.viewers import NEXT, observe, put

HOUR_S = 3600


@contextlib.contextmanager
def with_clock(offset_s: int, *arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command on a machine whose clock is so far from that of the server; killed in the end."""
    command = ["faketime", "--exclude-monotonic", "-f", f"{offset_s:+d}s", sys.executable, "-m", "observer", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.needs("faketime")
@pytest.mark.parametrize("offset_s", [-HOUR_S, HOUR_S])
async def test_a_run_at_work_is_not_stalled_for_a_viewer_whose_clock_differs(
    server: Server, tmp_path: Path, offset_s: int
) -> None:
    data = line(1, "run_start", host="far", heartbeat_s=5.0) + line(2)
    await streams.publish(server.url, put(tmp_path / "runs", RUN, data))
    for command in (("list", "-o", "json", server.url), ("show", "-o", "json", f"{server.url}/{RUN}")):
        with with_clock(offset_s, *command) as viewer:
            shown, stderr = await asyncio.to_thread(viewer.communicate, None, LIMIT_S)
        assert stderr == b""
        assert 0 <= json.loads(shown)["silent_s"] < LIMIT_S
        assert json.loads(shown)["verdict"] == "working"


@pytest.mark.needs("faketime")
async def test_a_new_run_is_published_if_the_clock_of_its_machine_is_behind_and_the_stream_has_discarded_lines(
    server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "runs"
    (folder / "old.ndjson").parent.mkdir()
    (folder / "old.ndjson").write_bytes(b"old\n" * 50)
    with relay(folder, server.url):
        await grown(server.url, 49)
    client = await streams.connect(server.url)
    await client.jetstream().purge_stream("RUNS", seq=50)
    await client.close()

    path = put(tmp_path / "behind", RUN, line(1, "run_start") + line(2))
    os.utime(path, (time.time() - HOUR_S, time.time() - HOUR_S))
    with with_clock(-HOUR_S, "relay", path.parent, "--to", server.url):
        await grown(server.url, 2)
    assert streams.bytes_of((await streams.read(server.url))[RUN]) == path.read_bytes()


@pytest.mark.parametrize("year", [b"2001", b"2099"])
async def test_the_lines_since_a_time_are_those_of_the_files_whatever_the_clocks_of_their_writers(
    server: Server, tmp_path: Path, year: bytes
) -> None:
    first = b"".join(line(seq) for seq in range(1, 600)).replace(b'"2026', b'"' + year)
    second = b"".join(line(seq, "thought", None, NEXT) for seq in range(1, 9)).replace(b'"2026', b'"1999')
    for run, data in ((RUN, first), (NEXT, second)):
        await streams.publish(server.url, put(tmp_path / "runs", run, data))
    since = ("--no-follow", "-o", "json", "--since", f"{year.decode()}-11-23T01:09:50Z")
    shown = observe("tail", *since, f"{server.url}/*").stdout
    assert shown == observe("tail", *since, str(tmp_path / "runs" / f"{RUN}.ndjson")).stdout
    assert shown.count(b"\n") == 10
