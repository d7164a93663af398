"""Tests that every run's stream finally equals its file, whatever fails: in order, nothing missing, nothing twice.

Tests observer.nats.relay, observer.nats.relay_file and observer.nats.publisher against servers that die.
"""

import asyncio
import random
import signal
from collections.abc import Callable
from pathlib import Path

from observer.cli.addresses.mirrors import MIRRORS
from observer.source.mirror import CopyRequest, RunCount, local_run
from tests.helpers import LIMIT_S, patient, wait_until_async
from tests.observer.nats import streams
from tests.observer.nats.relays import Proxy, Writer, equal, grown, messages_of, relay, stored, writing
from tests.observer.nats.servers import Server
from tests.warm import start


async def leader_of(urls: list[str]) -> str:
    """The name of the server that leads the stream, once there is one."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            client = await streams.connect(urls)
            try:
                found = (await client.jetstream(timeout=patient(2)).stream_info("RUNS")).cluster
                if found is not None and found.leader:
                    return found.leader
            except Exception:  # noqa: BLE001 - no leader, no answer: retried
                await asyncio.sleep(0.05)
            finally:
                await client.close()


async def wait_for_message(folder: Path, words: str) -> None:
    """Wait until the relay of a directory has printed these words."""
    log = folder.parent / "relay.log"
    await wait_until_async(lambda: log.exists() and words in messages_of(folder))


def copied(address: str) -> bytes:
    """The lines of a run that a viewer copies which begins now."""
    request = CopyRequest(runs=RunCount.ONE, within_s=patient(CopyRequest().within_s))
    with local_run(address, request, MIRRORS) as local:
        return Path(local.name).read_bytes()


async def test_the_leader_of_three_is_killed_twice_during_a_run_that_is_followed(
    cluster: list[Server], tmp_path: Path
) -> None:
    folder = tmp_path / "runs"
    urls = [server.url for server in cluster]
    hub = ",".join(urls).replace(",nats://", ",")
    shown = tmp_path / "shown"
    with (
        relay(folder, hub, "--replicas", "3"),
        shown.open("wb") as output,
        start("observer", "tail", "-F", "-o", "json", f"{hub}/run-0", stdout=output) as viewer,
    ):
        async with writing(folder, slowness=10):  # an election takes seconds, and all is read again
            before = await grown(urls, 200)
            for number in range(2):
                name = await leader_of(urls)
                (leader,) = [server for server in cluster if server.name == name]
                leader.kill()
                if number == 0:  # who begins now waits as well
                    looked = asyncio.create_task(asyncio.to_thread(copied, f"{hub}/run-0"))
                before = await grown([url for url in urls if url != leader.url], before + 200)
                assert number or await looked
                await asyncio.to_thread(leader.start)
        await equal(urls, folder)
        size = (folder / "run-0.ndjson").stat().st_size
        await wait_until_async(lambda: shown.stat().st_size >= size)
        viewer.terminate()
    assert shown.read_bytes() == (folder / "run-0.ndjson").read_bytes()


async def test_the_relay_is_killed_twenty_times(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    chance = random.Random(7)
    before = 0
    async with writing(folder):
        for _ in range(20):
            with relay(folder, server.url) as one:
                before = await grown(server.url, before + chance.randrange(1, 60))
                one.kill()
    with relay(folder, server.url):
        await equal(server.url, folder)


async def test_the_network_is_interrupted_repeatedly(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    chance = random.Random(8)
    async with Proxy(server.port) as proxy:
        with relay(folder, proxy.url):
            async with writing(folder):
                before = 0
                for _ in range(12):
                    before = await grown(server.url, before + chance.randrange(1, 80))
                    proxy.cut()
            await equal(server.url, folder)
    assert messages_of(folder).count("; retrying") <= 12


async def test_two_relays_of_one_directory_publish_nothing_twice(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    with relay(folder, server.url) as one, relay(folder, server.url):
        async with writing(folder):
            before = await grown(server.url, 500)
            one.send_signal(signal.SIGSTOP)
            before = await grown(server.url, before + 300)
            one.send_signal(signal.SIGCONT)
            await grown(server.url, before + 300)
        await equal(server.url, folder)


async def test_a_server_that_lost_everything_gets_everything_again(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    with relay(folder, server.url):
        async with writing(folder):
            await grown(server.url, 300)
            server.kill()
            server.wipe()
            await asyncio.to_thread(server.start)
            await grown(server.url, 600)
        await equal(server.url, folder)
    assert "created again: publishing everything again" in messages_of(folder)


async def test_an_unreachable_server_is_waited_for_and_reported_once(
    servers: Callable[..., Server], tmp_path: Path
) -> None:
    folder, server = tmp_path / "runs", servers()
    folder.mkdir()
    Writer(folder).write(50)
    with relay(folder, server.url):
        await wait_for_message(folder, "retrying")
        await asyncio.to_thread(server.start)
        await grown(server.url, 40)
        server.stop()
        await asyncio.to_thread(server.start)
        assert await stored(server.url) > 0
        await wait_for_message(folder, "again")
    assert messages_of(folder).count("; retrying") <= 2
