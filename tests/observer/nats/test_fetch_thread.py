"""Tests what ends a viewer of a stream, what does not, and that it leaves nothing behind."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from observer.nats import connection
from observer.nats.address import Authentication, parse_address
from observer.nats.connection import Backoff, Connector
from tests.helpers import LIMIT_S, wait_until_async
from tests.observer.nats import streams
from tests.observer.nats.relays import relay
from tests.observer.nats.servers import Server
from tests.warm import start

ROOT = Path(__file__).parents[3]


def viewer(*arguments: str, temporary: Path) -> subprocess.Popen[bytes]:
    """A viewer whose copies lie in a folder of its own."""
    temporary.mkdir(exist_ok=True)
    return start(
        "observer", *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip


def limited_viewer(*arguments: str, temporary: Path, most: int) -> subprocess.Popen[bytes]:
    """A viewer whose copies may have only so many bytes.

    It writes no bytecode: Python would cache a truncated module, which could not be imported any more.
    """
    temporary.mkdir(exist_ok=True)
    return subprocess.Popen(
        ["prlimit", f"--fsize={most}", sys.executable, "-m", "observer", *arguments], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def put(folder: Path, data: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "a.ndjson").write_bytes(data)
    return folder / "a.ndjson"


@pytest.mark.parametrize("command", [("tail", "-o", "json", "/a"), ("show", "/a"), ("list", "--watch", "")])
async def test_a_full_disk_ends_it_with_a_message(server: Server, tmp_path: Path, command: tuple[str, ...]) -> None:
    await streams.publish(server.url, put(tmp_path, b"x" * 99 + b"\n" + b"y" * 99 + b"\n"))
    *options, run = command
    with limited_viewer(*options, f"{server.url}{run}", temporary=tmp_path / "t", most=150) as process:
        shown, stderr = await asyncio.to_thread(process.communicate, None, LIMIT_S)
    assert (process.returncode, stderr.count(b"\n"), b"cannot write the copy of" in stderr) == (2, 1, True), stderr
    assert shown.replace(b"x" * 99 + b"\n", b"").strip() == b""
    assert list((tmp_path / "t").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
async def test_a_signal_leaves_no_copies_behind(server: Server, tmp_path: Path, number: signal.Signals) -> None:
    await streams.publish(server.url, put(tmp_path, b"one\n"))
    with viewer("tail", "-o", "json", f"{server.url}/a", temporary=tmp_path / "t") as process:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"one\n"
        assert list((tmp_path / "t").iterdir()) != []
        process.send_signal(number)
        _, stderr = await asyncio.to_thread(process.communicate, None, LIMIT_S)
    assert (process.returncode, stderr) == (128 + number, b"")
    assert list((tmp_path / "t").iterdir()) == []


async def test_a_stream_that_is_lost_is_waited_for(server: Server, tmp_path: Path) -> None:
    await streams.publish(server.url, put(tmp_path, b"one\n"))
    with viewer("tail", "-o", "json", f"{server.url}/a", temporary=tmp_path / "t") as process:
        assert process.stdout is not None
        shown = await asyncio.to_thread(process.stdout.readline)
        server.kill()
        server.wipe()
        await asyncio.to_thread(server.start)
        async with asyncio.timeout(LIMIT_S):
            while not await asyncio.to_thread(server.heard):  # that the viewer asks for the stream
                await asyncio.sleep(0.02)
        await streams.publish(server.url, put(tmp_path, b"one\ntwo\n"))
        shown += await asyncio.to_thread(process.stdout.readline)
        process.terminate()
        _, stderr = await asyncio.to_thread(process.communicate, None, LIMIT_S)
    assert shown == b"one\ntwo\n"
    assert [line.rpartition(b" ")[2] for line in stderr.splitlines()] == [b"retrying", b"again"]


async def test_a_missing_stream_is_one_message_that_names_what_creates_it(
    servers: Callable[..., Server], tmp_path: Path
) -> None:
    server = servers().start()
    with viewer("tail", f"{server.url}/latest?stream=OTHER", temporary=tmp_path / "t") as process:
        _, stderr = await asyncio.to_thread(process.communicate, None, LIMIT_S)
    message = f"stream OTHER does not exist at {server.url}; observe relay creates it, ?stream=NAME selects another"
    assert (process.returncode, stderr.decode()) == (2, f"observe: {message}\n")


async def test_a_permission_that_is_missing_later_is_reported(servers: Callable[..., Server], tmp_path: Path) -> None:
    rights = 'publish: { deny: "$JS.FC.>" }'
    server = servers(
        config=f"authorization {{ users: [{{ user: me, password: pw, permissions: {{ {rights} }} }}] }}"
    ).start()
    url = server.url.replace("//", "//me:pw@")
    await streams.publish(url, put(tmp_path, (b"x" * 100_000 + b"\n") * 60))
    with viewer("tail", "-o", "json", f"{url}/a", temporary=tmp_path / "t") as process:
        _, stderr = await asyncio.to_thread(process.communicate, None, LIMIT_S)
    assert (process.returncode, stderr.count(b"\n"), b"permission denied" in stderr) == (2, 1, True), stderr


async def test_the_documented_permissions_are_sufficient(servers: Callable[..., Server], tmp_path: Path) -> None:
    page = (ROOT / "docs" / "many-machines.md").read_text()
    (rights,) = re.findall(r"```\n(authorization \{\n.*?)```", page, re.DOTALL)
    server = servers(config=re.sub(r"\$\w+_PASSWORD", "pw", rights)).start()
    data = (b"x" * 100_000 + b"\n") * 60
    with relay(put(tmp_path / "runs", data).parent, server.url.replace("//", "//relay:pw@")):
        url = server.url.replace("//", "//viewer:pw@")
        with viewer("tail", "-F", "-o", "json", f"{url}/a", temporary=tmp_path / "t") as process:
            assert process.stdout is not None
            shown = await asyncio.to_thread(process.stdout.read, len(data))
            process.terminate()
            _, stderr = await asyncio.to_thread(process.communicate, None, LIMIT_S)
    assert shown == data
    assert b"permission" not in stderr


async def test_a_connection_whose_closing_is_interrupted_is_closed_nevertheless(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_CLOSE_S", 0)
    to = parse_address(server.url)
    async with Connector(to, Authentication()).connection() as open_connection:
        assert server.connections() == 1
    await wait_until_async(lambda: server.connections() == 0, "a server without clients")
    assert open_connection.closed  # it is kept, so that the garbage collector closes nothing


async def test_a_stop_request_is_honoured_before_the_next_attempt() -> None:
    async def work() -> None:
        try:
            await asyncio.sleep(LIMIT_S)
        except asyncio.CancelledError:
            await Backoff().wait(succeeded=True)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
