"""Tests what viewers of a stream report, and how long they wait, while its servers are unreachable."""

import asyncio
import re
from asyncio.sslproto import _SSLProtocolTransport
from pathlib import Path
from types import SimpleNamespace

import pytest
from nats.aio.transport import TcpTransport
from nats.js.errors import APIError, ServiceUnavailableError

from observer.errors import UnreadableError
from observer.nats.connection import Connection, ServerUnavailable, _Client
from observer.nats.fetch_thread import mirrored
from observer.source.mirror import CopyRequest
from tests.helpers import LIMIT_S, RUN, line, patient
from tests.observer.nats import streams
from tests.observer.nats.relays import Proxy
from tests.observer.nats.servers import Server, free_port
from tests.observer.nats.viewers import invoked, observe, put, read, started


@pytest.mark.parametrize("name", ["", "/*", "/2026?stream=RUNS", f"/{RUN}"])
async def test_a_stream_is_validated_like_a_file(server: Server, tmp_path: Path, name: str) -> None:
    """Findings name a run as it was requested, never by the path of a copy."""
    path = put(tmp_path / "runs", RUN, line(1, "run_start") + b"{\n" + line(4, "complete", outcome="success"))
    await streams.publish(server.url, path)
    result = [observe("check", name, "-o", "text") for name in (f"{server.url}{name}", str(path))]
    assert result[0].stdout.replace(f"{server.url}/{RUN}".encode(), str(path).encode()) == result[1].stdout != b""
    assert (result[0].returncode, result[0].stderr) == (result[1].returncode, result[1].stderr) == (1, result[1].stderr)


@pytest.mark.parametrize("command", ["show", "compare", "wait", "report"])
@pytest.mark.parametrize("run", ["", "/*"])
def test_a_command_for_one_run_requires_its_name(command: str, run: str) -> None:
    result = invoked(command, f"nats://127.0.0.1:1{run}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "has many runs; select one, such as nats://127.0.0.1:1/latest" in result.stderr


@pytest.mark.parametrize("command", ["serve", "list"])
def test_a_command_for_all_runs_rejects_the_name_of_one(command: str) -> None:
    result = invoked(command, "nats://127.0.0.1:1/abc?stream=OTHER")
    assert (result.exit_code, "use nats://127.0.0.1:1?stream=OTHER" in result.stderr) == (2, True)


@pytest.mark.parametrize("command", [("wait", "--timeout", "0.2"), ("tail", "-F", "-o", "text", "--since", "1h")])
async def test_messages_name_the_address_that_is_waited_for(command: tuple[str, ...]) -> None:
    with started(*command, "nats://127.0.0.1:1/abc") as process:
        lines = await asyncio.to_thread(read, process.stderr, 1)
        lines += await asyncio.to_thread(read, process.stdout if command[0] == "wait" else process.stderr, 1)
        process.terminate()
        process.communicate()
    assert lines[0] == b"observe: cannot connect to nats://127.0.0.1:1 (Connection refused); retrying\n"
    assert b"nats://127.0.0.1:1/abc does not exist yet; waiting for it" in lines[1]


async def test_runs_of_a_server_that_is_unreachable_are_served_once_it_is_there() -> None:
    with started("serve", "nats://127.0.0.1:1", "--port", "0") as process:
        lines = await asyncio.to_thread(read, process.stderr, 2)
        process.terminate()
        process.communicate()
    assert lines[0] == b"observe: cannot connect to nats://127.0.0.1:1 (Connection refused); retrying\n"
    assert lines[1].startswith(b"observe: serving nats://127.0.0.1:1 at http://")


def test_an_unreachable_server_is_reported_at_once_and_with_one_message_at_the_end(
    capfd: pytest.CaptureFixture[str],
) -> None:
    result = r"cannot connect to nats://127.0.0.1:1 \(Connection refused\)"
    copy = mirrored("nats://127.0.0.1:1/latest", CopyRequest(within_s=patient(0.3)))
    with pytest.raises(UnreadableError, match=f"^{result}; check the address$"), copy:
        pass
    assert re.fullmatch(f"observe: {result}; retrying\n", capfd.readouterr().err)


@pytest.mark.parametrize("command", ["show", "report"])
async def test_a_server_that_starts_within_seconds_is_waited_for(server: Server, tmp_path: Path, command: str) -> None:
    """The server works already, but can be reached only later, so that no more than that takes time."""
    await streams.publish(server.url, put(tmp_path / "runs", RUN, line(1, "run_start") + line(2)))
    proxy = Proxy(server.port, listen=free_port())
    with started(command, f"{proxy.url}/latest") as process:
        assert b"; retrying" in await asyncio.to_thread(process.stderr.readline)  # type: ignore[union-attr]
        async with proxy:
            shown, _ = await asyncio.to_thread(process.communicate, None, LIMIT_S)
    assert (process.returncode, RUN.encode() in shown) == (0, True)


async def test_a_copy_that_progresses_between_interruptions_continues(server: Server, tmp_path: Path) -> None:
    """He waits for each answer anew, and not so long in all: a long run's copy takes longer than an answer may."""
    data = line(1, "run_start") + b"".join(line(seq) for seq in range(2, 4000))
    await streams.publish(server.url, put(tmp_path / "runs", RUN, data))
    async with Proxy(server.port, lasts=60_000) as proxy:
        want = CopyRequest(within_s=patient(1), directory=tmp_path / "copy")
        assert await asyncio.to_thread(copied, f"{proxy.url}/{RUN}", want) == data
        assert proxy.connections > 10


async def test_a_server_that_answers_but_delivers_nothing_is_given_up(server: Server, tmp_path: Path) -> None:
    data = line(1, "run_start", about="x" * 50_000) + line(2)
    await streams.publish(server.url, put(tmp_path / "runs", RUN, data))
    async with Proxy(server.port, lasts=8_000) as proxy:
        with pytest.raises(UnreadableError, match=r"check the address$"):
            await asyncio.to_thread(
                copied, f"{proxy.url}/{RUN}", CopyRequest(within_s=patient(0.3), directory=tmp_path / "copy")
            )


def copied(address: str, want: CopyRequest) -> bytes:
    with mirrored(address, want) as local:
        return Path(local.name).read_bytes()


async def test_a_tls_connection_that_was_closed_twice_is_aborted_without_an_error() -> None:
    loop = asyncio.get_running_loop()
    transport = TcpTransport()
    transport._io_writer = SimpleNamespace(transport=_SSLProtocolTransport(loop, None))  # as 3.11 leaves it
    client = _Client()
    client._transport = transport
    client.abort()


async def _reason(error: APIError) -> str:
    connection = Connection(SimpleNamespace(jetstream=lambda **_: None), asyncio.Event(), [])  # type: ignore[arg-type]
    with pytest.raises(ServerUnavailable) as raised, connection.translating_errors("RUNS"):
        raise error
    return str(raised.value)


async def test_a_cluster_that_elects_a_leader_is_not_said_to_have_no_jetstream() -> None:
    electing = ServiceUnavailableError(code=503, err_code=10008, description="JetStream system temporarily unavailable")
    assert await _reason(electing) == "RUNS: JetStream system temporarily unavailable"
    assert await _reason(ServiceUnavailableError()) == "RUNS has no JetStream; start nats-server with -js"
