"""Tests how a relay handles odd files, names and servers, and how it ends.

Tests observer.nats.relay, observer.nats.relay_file, observer.nats.stream and observer.cli.relay.
"""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nats.js.api import StreamConfig

from observer.cli.relay import parse_size
from observer.errors import UsageError
from observer.nats.address import Authentication, parse_address
from observer.nats.connection import Connector
from observer.nats.relay import Relay
from observer.nats.relay_file import RelayFile, RelayIntervals
from observer.nats.stream import Retention
from observer.source.rounds import Round
from tests.helpers import LIMIT_S, line, wait_until_async
from tests.observer.nats import streams
from tests.observer.nats.relays import at_work, equal, grown, messages_of, relay
from tests.observer.nats.servers import Server
from tests.warm import run


def once(*arguments: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """A relay that gives up by itself."""
    return run("observer", "relay", *arguments, timeout=LIMIT_S, env={**os.environ, **environ})


async def wait_for_message(folder: Path, words: str) -> None:
    await wait_until_async(lambda: words in messages_of(folder))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_with_a_summary(server: Server, tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "runs"
    with relay(folder, server.url) as one:
        (folder / "a.ndjson").write_bytes(b"one\ntwo\n")
        await grown(server.url, 1)
        one.send_signal(number)
        assert await asyncio.to_thread(one.wait, LIMIT_S) == 128 + number
    assert messages_of(folder).splitlines()[-1] == "observe: 2 lines published"


async def test_unusual_bytes_and_names_are_restored_exactly(servers: Callable[..., Server], tmp_path: Path) -> None:
    server, folder = servers(config="max_payload: 65536").start(), tmp_path / "runs"
    folder.mkdir()
    for name in ("a.b", "with blank", "*", ">", "ümläut", "x" * 200, "%2E"):
        (folder / f"{name}.ndjson").write_bytes(name.encode() + b"\n")
    (folder / "odd.ndjson").write_bytes(b"\n\r\n\xff\xfe\n\x00\n" + b"x" * 500_000 + b"\n" + b"y" * 65536 + b"\nlast\n")
    with relay(folder, server.url):
        await equal(server.url, folder)


async def test_a_partial_line_is_held_back_and_published_once_its_writer_is_dead(
    server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    async with at_work(folder, server.url, RelayIntervals(settled_s=0.3, round_s=0.05)):
        (folder / "a.ndjson").write_bytes(b"one\nha")
        await grown(server.url, 0)
        assert streams.bytes_of((await streams.read(server.url))["a"]) == b"one\n"
        await equal(server.url, folder)
        with (folder / "a.ndjson").open("ab") as file:
            file.write(b"lf\nmore\n")
        await equal(server.url, folder)


async def test_a_replaced_or_truncated_file_is_skipped_and_the_others_continue(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    with relay(folder, server.url):
        for name in "abc":
            (folder / f"{name}.ndjson").write_bytes(b"first\nsecond\n")
        await grown(server.url, 5)
        (folder / "new").write_bytes(b"quite another\n")
        (folder / "new").rename(folder / "a.ndjson")
        os.truncate(folder / "b.ndjson", 6)
        with (folder / "c.ndjson").open("ab") as file:
            file.write(b"third\n")
        await grown(server.url, 6)
        await wait_for_message(folder, "a.ndjson differs from what stream RUNS has, so it was replaced or truncated")
        await wait_for_message(folder, "b.ndjson differs from what stream RUNS has, so it was replaced or truncated")
    found = await streams.read(server.url)
    assert streams.bytes_of(found["a"]) == streams.bytes_of(found["b"]) == b"first\nsecond\n"
    assert streams.bytes_of(found["c"]) == b"first\nsecond\nthird\n"


async def test_what_the_stream_has_discarded_is_not_published_again(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "old.ndjson").write_bytes(b"old\n" * 50)
    with relay(folder, server.url):
        await equal(server.url, folder)
    client = await streams.connect(server.url)
    await client.jetstream().purge_stream("RUNS")
    await client.close()
    (folder / "new.ndjson").write_bytes(b"new\n")
    with relay(folder, server.url):
        await grown(server.url, 0)
        (folder / "newer.ndjson").write_bytes(b"newer\n")
        await grown(server.url, 1)
    assert sorted(await streams.read(server.url)) == ["new", "newer"]


async def test_a_copy_in_place_of_the_link_to_the_latest_run_is_not_published(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "latest.ndjson").write_bytes(b"copy\n")
    with relay(folder, server.url):
        (folder / "a.ndjson").write_bytes(b"one\n")
        await grown(server.url, 0)
    assert sorted(await streams.read(server.url)) == ["a"]


async def test_the_stream_is_created_with_the_requested_settings(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    with relay(folder, server.url, "--stream", "NIGHTLY", "--max-age", "7d", "--max-bytes", "10G"):
        (folder / "a.ndjson").parent.mkdir(exist_ok=True)
        (folder / "a.ndjson").write_bytes(b"one\n")
        client = await streams.connect(server.url)
        async with asyncio.timeout(LIMIT_S):
            while not [info for info in await client.jetstream().streams_info() if info.state.messages]:
                await asyncio.sleep(0.02)
        (made,) = await client.jetstream().streams_info()
        await client.close()
    with relay(folder, server.url, "--stream", "NIGHTLY", "--max-age", "1d", "--max-bytes", "10G"):
        await wait_for_message(folder, "stream NIGHTLY exists with other settings than --max-age")
    config = made.config
    assert (config.name, config.subjects, config.max_bytes, config.max_age) == (
        "NIGHTLY",
        ["runs.*"],
        10**10,
        7 * 86400,
    )


async def test_a_directory_with_more_runs_than_the_descriptor_limit_is_relayed_completely(
    server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    for number in range(500):
        (folder / f"{number}.ndjson").write_bytes(b"one\n")
    with relay(folder, server.url) as one:
        resource.prlimit(one.pid, resource.RLIMIT_NOFILE, (350, 350))
        await grown(server.url, 0)
        for path in folder.iterdir():  # each has its next turn before it: as busy as can be
            with path.open("ab") as file:
                file.write(b"two\n")
        await equal(server.url, folder)
    assert "cannot read" not in messages_of(folder)


async def test_a_file_that_is_unreadable_for_a_while_is_published_afterwards(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    with relay(folder, server.url) as one:
        (folder / "first.ndjson").write_bytes(b"one\n")
        await grown(server.url, 0)
        highest = max(int(number) for number in os.listdir(f"/proc/{one.pid}/fd"))
        resource.prlimit(one.pid, resource.RLIMIT_NOFILE, (highest + 2, 1000))
        for number in range(20):
            (folder / f"{number}.ndjson").write_bytes(b"one\n")
        await wait_for_message(folder, "(Too many open files)")
        resource.prlimit(one.pid, resource.RLIMIT_NOFILE, (1000, 1000))
        await equal(server.url, folder)


async def test_conflicting_relays_count_what_was_stored(server: Server, tmp_path: Path) -> None:
    folders = [tmp_path / name / "runs" for name in ("one", "two")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / f"{folder.parent.name}.ndjson").write_bytes(b"line\n" * 20_000)
    with relay(folders[0], server.url) as one, relay(folders[1], server.url) as two:
        for process, folder in zip((one, two), folders, strict=True):
            before = await grown(server.url, 39_999)
            with (folder / f"{folder.parent.name}.ndjson").open("ab") as file:
                file.write(b"alone\n")
            await grown(server.url, before)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, LIMIT_S) == 143
    assert [messages_of(folder).splitlines()[-1] for folder in folders] == ["observe: 20,001 lines published"] * 2


async def test_a_permanent_error_ends_it_with_a_message(
    servers: Callable[..., Server], server: Server, tmp_path: Path
) -> None:
    client = await streams.connect(server.url)
    await client.jetstream().add_stream(StreamConfig(name="RUNS", subjects=["other.*"]))
    await client.close()
    taken = servers().start()
    await streams.publish(taken.url, Path(__file__))
    closed = servers(config='authorization { token: "s3cret" }').start()
    plain = servers().start()
    limited = servers(
        config='authorization { users: [{ user: me, password: pw, permissions: { publish: "runs.*" } }] }'
    ).start()
    cases = [
        ((str(tmp_path), "--to", server.url), b"does not accept runs.*"),
        ((str(tmp_path), "--to", taken.url, "--stream", "OTHER"), b"select it with --stream"),
        ((str(tmp_path), "--to", closed.url, "--max-bytes", "1G"), b"rejects the credentials"),
        ((str(tmp_path), "--to", closed.url.replace("//", "//wr0ng@")), b"rejects the credentials"),
        ((str(tmp_path), "--to", plain.url.replace("nats", "tls")), b"does not offer TLS"),
        ((str(tmp_path), "--to", plain.url, "--replicas", "3"), b"omit --replicas"),
        ((str(tmp_path), "--to", limited.url.replace("//", "//me:pw@")), b"permission denied"),
        ((str(tmp_path / "none"), "--to", plain.url), b"is not a directory"),
        ((str(tmp_path), "--to", "http://127.0.0.1"), b"nats://HOST:4222"),
        ((str(tmp_path), "--to", f"{plain.url}/latest"), b"must not name a run"),
        ((str(tmp_path), "--to", plain.url, "--max-bytes", "much"), b"--max-bytes"),
        ((str(tmp_path), "--to", plain.url, "--max-age", "long"), b"--max-age"),
    ]
    all_ended = await asyncio.gather(*[asyncio.to_thread(once, *arguments) for arguments, _ in cases])
    for ended, (_, words) in zip(all_ended, cases, strict=True):
        assert (ended.returncode, words in ended.stderr) == (2, True), ended.stderr
        assert b"Traceback" not in ended.stderr
        assert b"wr0ng" not in ended.stderr


def test_sizes_have_units() -> None:
    assert [parse_size(text) for text in ("1", "10k", "5 MB", "1.5GiB", None)] == [
        1,
        10_000,
        5_000_000,
        1_500_000_000,
        -1,
    ]
    for text in ("", "0", "-1", "0.1", "G", "1X"):
        with pytest.raises(UsageError, match="--max-bytes"):
            parse_size(text)


@pytest.mark.parametrize(("silent_s", "active"), [(60.0, True), (0.0, False)])
def test_the_file_of_a_writer_without_a_lock_is_active_until_it_has_not_grown_for_a_while(
    tmp_path: Path, silent_s: float, active: bool
) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(line(1, "run_start"))
    relayed = RelayFile(path, RelayIntervals(silent_s=silent_s))
    file = relayed._open()
    assert file is not None
    relayed._go_to(file, 0, 0)
    assert relayed._next(4096)
    assert relayed.is_active is active
    relayed.close()


def test_runs_come_and_go_while_the_directory_is_scanned(tmp_path: Path) -> None:
    address = parse_address("nats://localhost")
    one = Relay(tmp_path, address, Connector(address, Authentication()), Retention("RUNS"), print)
    run = RelayFile(tmp_path / "run.ndjson", RelayIntervals())
    one._runs.update({tmp_path / f"{number}.ndjson": run for number in range(2000)})
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(1) as pool:
            scans = [pool.submit(one._scan, frozenset(), Round(is_due=False, is_sweep=False)) for _ in range(20)]
            while not scans[-1].done():
                one._runs[tmp_path / "new.ndjson"] = run
                del one._runs[tmp_path / "new.ndjson"]
    finally:
        sys.setswitchinterval(interval)
    assert [scan.result() for scan in scans] == [[]] * 20
