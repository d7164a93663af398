"""Runs on other machines are shown like those of a directory: the same bytes, options and words.

Tests observer.nats.fetch, observer.nats.stream_seek and observer.cli.addresses.mirrors.
"""

import asyncio
import contextlib
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from nats.js.api import StreamConfig

from observer.cli.addresses.mirrors import MIRRORS
from observer.nats import fetch
from observer.nats.address import Authentication, parse_address
from observer.nats.connection import Connector
from observer.nats.fetch import Fetcher
from observer.nats.fetch_thread import mirrored
from observer.nats.local_copy import LocalCopies
from observer.nats.stream import _Info
from observer.nats.stream_seek import Message, StreamRuns
from observer.runs.listing.listing import Listing
from observer.source.items import Follow
from observer.source.mirror import CopyRequest
from observer.source.seek import StartPosition
from tests.helpers import LIMIT_S, RUN, line, wait_until_async
from tests.observer.nats import streams
from tests.observer.nats.servers import Server
from tests.observer.nats.viewers import MANY, NEXT, long_run, observe, put, read, started

ODD = b'{"seq":1}\n\n\r\n\xff\xfe\n\x00\n' + b"x" * 700_000 + b"\n" + '"zwölf\u2028"\n'.encode() + b"torn"


async def test_a_replay_prints_the_bytes_of_the_file(server: Server, tmp_path: Path) -> None:
    for run, data in (("odd", ODD), ("long", long_run()), ("empty line", b"\n")):
        await streams.publish(server.url, put(tmp_path / "runs", run, data))
    for run, data in (("odd", ODD), ("long", long_run()), ("empty%20line", b"\n")):
        with mirrored(f"{server.url}/{run}", CopyRequest()) as copy:
            assert Path(copy.name).read_bytes() == data, run
    assert observe("tail", "--no-follow", "-o", "json", f"{server.url}/long").stdout == long_run()


OPTIONS = [
    [], ["-n", "3"], ["-n", "3", "--type", "tool_use"], ["-n", "0"], ["--from-seq", "1400"], ["--from-seq", "2"],
    ["--since", "2026-11-23T01:20:00Z"], ["--since", "2026-11-23T01:24:55Z", "--until", "2026-11-23T01:24:57Z"],
    ["--errors"], ["--tool", "Bash", "-n", "2"], ["--iteration", "2"], ["--no-content", "-n", "9"],
    ["--grep", "make 7[16]0"], ["--speed", "100000", "-n", "5"], ["--where", ".seq == 700"],
]  # fmt: skip


async def test_every_option_works_as_with_the_file(server: Server, tmp_path: Path) -> None:
    path = put(tmp_path / "runs", RUN, long_run())
    await streams.publish(server.url, path)
    for number, options in enumerate(OPTIONS):
        output = ("text", "json", "pretty")[number % 3]  # what each makes of the same lines its own tests tell
        results = [observe("tail", "-o", output, *options, name) for name in (f"{server.url}/20261123T01", str(path))]
        assert results[0].stdout == results[1].stdout, options
        assert results[0].returncode == results[1].returncode == 0, results[0].stderr
        assert results[0].stdout or options in (["-n", "0"],)


async def test_the_end_of_a_long_run_is_fetched_alone(server: Server, tmp_path: Path) -> None:
    await streams.publish(server.url, put(tmp_path / "runs", RUN, long_run()))
    for start in (StartPosition(last=5), StartPosition(seq=MANY - 5), StartPosition(since=1795397094.0)):
        with mirrored(f"{server.url}/{RUN}", CopyRequest(start=start)) as copy:
            lines = Path(copy.name).read_bytes().splitlines()
        assert (json.loads(lines[0])["seq"], json.loads(lines[-1])["seq"]) == (1, MANY)
        assert len(lines) < 600


async def test_the_first_line_comes_with_the_end_of_a_run_even_if_it_is_in_parts(
    server: Server, tmp_path: Path
) -> None:
    first = line(1, "run_start", about="x" * 1_500_000)
    await streams.publish(server.url, put(tmp_path / "runs", RUN, first + b"".join(map(line, range(2, 900)))))
    with mirrored(f"{server.url}/{RUN}", CopyRequest(start=StartPosition(last=5))) as copy:
        copied = Path(copy.name).read_bytes()
    assert copied.startswith(first + b'{"seq":4')
    assert copied.endswith(line(899))


async def test_a_run_whose_first_messages_the_stream_has_dropped_says_from_where_on_it_is_known(
    server: Server, tmp_path: Path
) -> None:
    await streams.publish(server.url, put(tmp_path / "runs", RUN, long_run()))
    connection = await streams.connect(server.url)
    await connection.jetstream().purge_stream("RUNS", seq=771)
    await connection.close()

    for request in (CopyRequest(), CopyRequest(start=StartPosition(last=5)), CopyRequest(ends=True)):
        with mirrored(f"{server.url}/{RUN}", request) as copy:
            path = Path(copy.name)
            (listed,) = Listing(path.parent if path.is_file() else path).read()
        assert listed.state.known_from == 771
    shown = observe("tail", "--no-follow", "-n", "1", "-o", "json", f"{server.url}/{RUN}")
    assert shown.stderr == b"observe: known from event 771 on; what came before is gone\n"


async def test_a_run_is_followed_until_it_ends(server: Server, tmp_path: Path) -> None:
    path = put(tmp_path / "runs", RUN, line(1, "run_start") + line(2))
    await streams.publish(server.url, path)
    with started("tail", "-o", "json", f"{server.url}/latest") as tail:
        assert read(tail.stdout, 2) == path.read_bytes().splitlines(keepends=True)
        before = path.stat().st_size
        put(tmp_path / "runs", RUN, path.read_bytes() + line(3) + line(4, "complete", outcome="error"))
        await streams.publish(server.url, path, begin=before)
        rest, stderr = await asyncio.to_thread(tail.communicate, None, LIMIT_S)
    assert rest == path.read_bytes()[before:]
    assert (tail.returncode, stderr) == (1, b"")


async def test_a_server_that_comes_back_loses_and_repeats_nothing(server: Server, tmp_path: Path) -> None:
    path = put(tmp_path / "runs", RUN, line(1, "run_start") + line(2))
    await streams.publish(server.url, path)
    with started("tail", "-o", "json", f"{server.url}/{RUN}") as tail:
        got = read(tail.stdout, 2)
        for seq in range(3, 9, 2):
            server.kill()
            await asyncio.to_thread(server.start)
            before = path.stat().st_size
            put(tmp_path / "runs", RUN, path.read_bytes() + line(seq) + line(seq + 1))
            await streams.publish(server.url, path, begin=before)
            got += await asyncio.to_thread(read, tail.stdout, 2)
        tail.terminate()
        _, stderr = tail.communicate()
    assert b"".join(got) == path.read_bytes()
    assert b"; retrying" in stderr


async def test_the_next_run_is_followed_when_it_begins(server: Server, tmp_path: Path) -> None:
    first = put(tmp_path / "runs", RUN, line(1, "run_start") + line(2, "complete", outcome="success"))
    await streams.publish(server.url, first)
    with started("tail", "-F", "-o", "json", f"{server.url}/latest") as tail:
        got = await asyncio.to_thread(read, tail.stdout, 2)
        second = put(tmp_path / "runs", NEXT, line(1, "run_start", None, NEXT) + line(2, "thought", None, NEXT))
        await streams.publish(server.url, second)
        got += await asyncio.to_thread(read, tail.stdout, 2)
        tail.terminate()
        tail.communicate()
    assert b"".join(got) == first.read_bytes() + second.read_bytes()


async def test_a_run_is_left_for_a_newer_one_only_when_all_of_it_is_copied(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_POLL_RUNS_S", 0.01)
    monkeypatch.setattr(fetch, "_POLL_WRITTEN_S", 0.01)
    await streams.publish(server.url, put(tmp_path / "runs", RUN, line(1, "run_start") + line(2)))
    address = parse_address(f"{server.url}/latest")
    async with Connector(address, Authentication()).connection() as connection:
        runs, asked = StreamRuns(connection, "RUNS"), list[str]()
        last = runs.last

        async def note(run: str) -> Message | None:
            asked.append(run)
            return await last(run)

        monkeypatch.setattr(runs, "last", note)
        fetcher = Fetcher(address, Connector(address, Authentication()), CopyRequest(), LocalCopies(tmp_path))
        fetcher._run, fetcher._sequence = RUN, 1
        leaving = asyncio.create_task(fetcher._raise_when_newer(runs))
        await streams.publish(server.url, put(tmp_path / "runs", NEXT, line(1, "run_start", None, NEXT)))
        while (await runs.runs())[-1:] != [NEXT]:
            await asyncio.sleep(0.01)
        await wait_until_async(lambda: asked.count(RUN) > 2 or leaving.done())
        assert (leaving.done(), fetcher._run) == (False, RUN)
        fetcher._sequence = 2
        async with asyncio.timeout(LIMIT_S):
            with pytest.raises(fetch._NewerError):
                await leaving
        assert (fetcher._run, fetcher._sequence) == (NEXT, 0)


@pytest.mark.parametrize("run", [RUN, "*"])
async def test_a_copy_that_is_caught_up_has_all_of_the_run_when_it_can_be_read(
    server: Server, tmp_path: Path, run: str
) -> None:
    path = put(tmp_path / "runs", RUN, long_run() + b'"%b"\n' % (b"x" * 500_000) * 10)
    await streams.publish(server.url, path)
    request = CopyRequest(follow=Follow.FILE, caught_up=True, directory=tmp_path / "copies")
    with mirrored(f"{server.url}/{run}", request):
        assert (tmp_path / "copies" / path.name).read_bytes() == path.read_bytes()


async def test_the_list_of_runs_is_fetched_again_only_when_there_is_another(server: Server, tmp_path: Path) -> None:
    path = put(tmp_path / "runs", RUN, line(1, "run_start"))
    await streams.publish(server.url, path)
    client = await streams.connect(server.url)
    heard = await client.subscribe("$JS.API.STREAM.INFO.RUNS")
    async with Connector(parse_address(server.url), Authentication()).connection() as connection:
        places = StreamRuns(connection, "RUNS")
        assert await places.runs() == await places.runs() == [RUN]
        before = path.stat().st_size
        put(tmp_path / "runs", RUN, path.read_bytes() + line(2))
        await streams.publish(server.url, path, begin=before)
        assert await places.runs() == [RUN]
        await streams.publish(server.url, put(tmp_path / "runs", NEXT, line(1, "run_start", None, NEXT)))
        assert await places.runs() == [RUN, NEXT]
    await client.flush()
    requests = [await heard.next_msg() for _ in range(heard.pending_msgs)]
    await client.close()
    assert [b"subjects_filter" in message.data for message in requests] == [False, True, False, False, False, True]


async def test_a_copy_is_as_old_as_its_last_line_in_the_stream(server: Server, tmp_path: Path) -> None:
    path = put(tmp_path / "runs", RUN, line(1, "run_start", host="far", heartbeat_s=5.0))
    await streams.publish(server.url, path)
    await asyncio.sleep(1)
    for command in (("list", "-o", "json", server.url), ("show", "-o", "json", f"{server.url}/{RUN}")):
        assert 1 <= json.loads(observe(*command).stdout)["silent_s"] < LIMIT_S


@pytest.mark.parametrize("ahead_s", [-90.0, 0.0, 90.0])
async def test_the_clock_of_a_server_need_not_be_right(monkeypatch: pytest.MonkeyPatch, ahead_s: float) -> None:
    server_now = datetime.fromtimestamp(time.time() + ahead_s, UTC)

    async def stream_info(*_: object) -> _Info:
        return _Info(ts=server_now.isoformat())

    monkeypatch.setattr("observer.nats.stream_seek.stream_info", stream_info)
    runs = StreamRuns(Mock(), "RUNS")
    await runs.span()
    local = runs.local_time(server_now - timedelta(seconds=7))
    assert local == pytest.approx(time.time() - 7, abs=LIMIT_S / 10)


async def test_all_runs_are_shown_together_and_new_ones_join(server: Server, tmp_path: Path) -> None:
    await streams.publish(server.url, put(tmp_path / "runs", RUN, line(1, "run_start") + line(2)))
    with started("tail", "-o", "text", f"{server.url}/*") as tail:
        got = await asyncio.to_thread(read, tail.stdout, 2)
        await streams.publish(server.url, put(tmp_path / "runs", NEXT, line(1, "run_start", None, NEXT)))
        got += await asyncio.to_thread(read, tail.stdout, 1)
        tail.terminate()
        tail.communicate()
    assert [text.split()[0] for text in got] == [b"7f3a9c", b"7f3a9c", b"000001"]


def without_age(row: bytes) -> dict[str, object]:
    """Return a run of a list without its place, and without what depends on when it was written or read."""
    return {**json.loads(row), "file": None, "silent_s": None, "seconds": None, "elapsed_s": None}


async def test_a_list_of_remote_runs_equals_that_of_their_directory(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    ended = line(3, "progress", passing=2, total=3) + line(
        4, "complete", outcome="error", duration_ms=5, passing=2, total=3
    )
    for run, data in (
        (RUN, long_run()),
        (NEXT, line(1, "run_start", None, NEXT, about="x") + line(2, "thought", None, NEXT) + ended),
    ):
        await streams.publish(server.url, put(folder, run, data))
    results = [observe("list", "-o", "json", where).stdout.splitlines() for where in (server.url, str(folder))]
    rows = [[without_age(row) for row in rows] for rows in results]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 2


async def test_lines_from_another_shipper_are_listed_and_shown_like_those_of_a_file(
    server: Server, tmp_path: Path
) -> None:
    path = put(
        tmp_path / "runs", RUN, line(1, "run_start", about="it") + line(2) + line(3, "complete", outcome="success")
    )
    client = await streams.connect(server.url)
    await client.jetstream().add_stream(StreamConfig(name="RUNS", subjects=["runs.>"]))
    for text in path.read_bytes().splitlines():
        await client.jetstream().publish(f"runs.{RUN}", text)
    await client.close()
    rows = [without_age(observe("list", "-o", "json", where).stdout) for where in (server.url, str(path.parent))]
    assert rows[0] == rows[1]
    for options in ((), ("-n", "1")):
        results = [
            observe("tail", "--no-follow", "-o", "json", *options, name).stdout
            for name in (f"{server.url}/*", str(path))
        ]
        assert results[0] == results[1] != b""


async def test_waiting_starts_before_there_is_a_server_or_a_run(servers: Callable[..., Server], tmp_path: Path) -> None:
    server = servers()
    with started("wait", "--timeout", f"{LIMIT_S:g}", "--until", "type=thought", f"{server.url}/{RUN}") as wait:
        assert b"retrying" in await asyncio.to_thread(wait.stderr.readline)  # type: ignore[union-attr]
        await asyncio.to_thread(server.start)
        await streams.publish(server.url, put(tmp_path / "runs", RUN, line(1, "run_start") + line(2)))
        results, _ = await asyncio.to_thread(wait.communicate, None, LIMIT_S)
    assert (wait.returncode, results.startswith(b"thought event, seq 2")) == (0, True), results


async def test_a_copy_is_served_and_continues_after_a_restart(server: Server, tmp_path: Path) -> None:
    spool, path = tmp_path / "spool", put(tmp_path / "runs", RUN, line(1, "run_start") + line(2))
    await streams.publish(server.url, path)
    for seq in (3, 4):
        before = path.stat().st_size
        with started("serve", server.url, "--spool", str(spool), "--port", "0") as serve:
            stderr = await asyncio.to_thread(serve.stderr.readline)  # type: ignore[union-attr]
            (url,) = re.findall(r"http://\S+/", stderr.decode())
            put(tmp_path / "runs", RUN, path.read_bytes() + line(seq))
            await streams.publish(server.url, path, begin=before)
            whole = path.read_bytes()
            async with asyncio.timeout(LIMIT_S):
                while await asyncio.to_thread(served, f"{url}api/runs/{RUN}/events?follow=0") != whole:
                    await asyncio.sleep(0.02)
            serve.send_signal(signal.SIGINT)
            await asyncio.to_thread(serve.communicate, None, LIMIT_S)
            assert serve.returncode == 130
    assert (spool / path.name).read_bytes() == path.read_bytes()


async def test_more_runs_than_descriptors_are_served_to_as_many_clients_as_are_announced(
    server: Server, tmp_path: Path
) -> None:
    runs = [f"20261123T01{number:04}Z-7f3a9c" for number in range(90)]
    for run in runs:
        await streams.publish(server.url, put(tmp_path / "runs", run, line(1, "run_start", None, run)))
    command = f"ulimit -n 64; exec {sys.executable} -m observer serve {server.url} --port 0"
    with (
        subprocess.Popen(["sh", "-c", command], stderr=subprocess.PIPE, text=True) as serve,
        contextlib.ExitStack() as clients,
    ):
        assert serve.stderr is not None
        (url,) = re.findall(r"http://\S+/", serve.stderr.readline())
        (limit,) = map(int, re.findall(r"at most (\d+) connections at once", serve.stderr.readline()))
        await wait_until_async(lambda: len(json.loads(served(f"{url}api/runs"))["runs"]) == len(runs))
        await wait_until_async(lambda: served(f"{url}api/runs/{runs[-1]}/events?follow=0"))
        for run in runs[:limit]:
            clients.enter_context(urllib.request.urlopen(f"{url}api/runs/{run}/events", timeout=LIMIT_S))
        serve.terminate()
        assert serve.wait(LIMIT_S) == 143
        assert serve.stderr.read() == ""


def served(url: str) -> bytes:
    requests = urllib.request.Request(url, headers={"Accept": "application/x-ndjson"})
    try:
        with urllib.request.urlopen(requests, timeout=LIMIT_S) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError:  # not there yet
        return b""


async def test_an_unknown_run_is_one_message_and_an_ambiguous_one_lists_the_matches(
    server: Server, tmp_path: Path
) -> None:
    for run in (RUN, None, NEXT):
        await streams.publish(server.url, put(tmp_path / "runs", run, line(1, "run_start", run)))
    for name, stderr in (("zzz", b"matches 'zzz'"), ("2026", b"matches 2 runs at")):
        results = observe("tail", f"{server.url}/{name}")
        assert (results.returncode, stderr in results.stderr, results.stderr.count(b"\n")) == (2, True, 1)


async def test_a_refused_client_gets_a_message_without_secrets(servers: Callable[..., Server], tmp_path: Path) -> None:
    server = servers(config='authorization { user: "me", password: "s3cret" }').start()
    inside = server.url.replace("nats://", "nats://me:s3cret@")
    await streams.publish(
        inside, put(tmp_path / "runs", RUN, line(1, "run_start") + line(2, "complete", outcome="success"))
    )
    refused = observe("tail", server.url.replace("nats://", "nats://me:wrong-one@") + "/latest")
    assert (refused.returncode, refused.stderr.count(b"\n")) == (2, 1)
    assert b"rejects the credentials" in refused.stderr
    assert b"wrong-one" not in refused.stderr
    assert observe("tail", f"{server.url}/latest", NATS_USER="me", NATS_PASSWORD="s3cret").returncode == 0
    missing = observe("tail", f"{server.url}/latest", "--creds", str(tmp_path / "none"))
    assert (missing.returncode, b"cannot read" in missing.stderr) == (2, True)


@pytest.mark.needs("openssl")
async def test_tls_certificates_are_accepted_from_the_named_authority_only(
    servers: Callable[..., Server], tmp_path: Path
) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "ca.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    config = f'tls {{ cert_file: "{tmp_path / "ca.pem"}", key_file: "{tmp_path / "key.pem"}" }}'
    server = servers(config=config, scheme="tls").start()
    (tmp_path / "runs").mkdir()
    doubted = observe("list", server.url)
    assert (doubted.returncode, b"--ca" in doubted.stderr, doubted.stderr.count(b"\n")) == (2, True, 1)
    believed = observe("list", server.url, "--ca", str(tmp_path / "ca.pem"))
    assert (believed.returncode, b"stream RUNS does not exist at" in believed.stderr) == (2, True)
    asking = config.replace("tls {", f'tls {{ verify: true, ca_file: "{tmp_path / "ca.pem"}",')
    refused = observe("list", servers(config=asking, scheme="tls").start().url, "--ca", str(tmp_path / "ca.pem"))
    assert (refused.returncode, b"requires a client certificate" in refused.stderr) == (2, True), (
        refused.stdout,
        refused.stderr,
    )


def test_only_addresses_of_nats_servers_are_copied() -> None:
    assert set(MIRRORS.addresses) == {"nats://", "tls://", "claude:", "codex:"}
