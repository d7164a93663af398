"""How many events a second does one relay publish, beside plain publishing of the same lines, and how many bytes?

One `nats-server` on loopback keeps everything in a file store; each contender gets a stream of its own.

    python benchmarks/relay.py [--mb 60]
"""

import argparse
import asyncio
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nats
from generate import write
from nats.js.api import StreamConfig
from serve import cpu, memory
from table import Table

from observer.format.units import pluralize

MB = 60.0
"""Of run files for so many events: about 200,000."""
MANY = 30
"""Runs that have as much together."""
WINDOW = 1024
"""Messages on their way at once where the library publishes with acknowledgements."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A server with JetStream; its address."""
    port = free_port()
    (folder / "server.conf").write_text(f'listen: 127.0.0.1:{port}\njetstream {{ store_dir: "{folder / "store"}" }}\n')
    with subprocess.Popen(["nats-server", "-c", folder / "server.conf"], stderr=subprocess.DEVNULL) as process:
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.05)
            yield f"nats://127.0.0.1:{port}"
        finally:
            process.terminate()


async def stored(client: nats.NATS, stream: str) -> tuple[int, int]:
    """Messages and bytes that a stream has."""
    try:
        state = (await client.jetstream().stream_info(stream)).state
    except nats.js.errors.NotFoundError:
        return 0, 0
    return state.messages, state.bytes


async def until(client: nats.NATS, stream: str, count: int) -> None:
    while (await stored(client, stream))[0] < count:
        await asyncio.sleep(0.01)


async def plain(client: nats.NATS, stream: str, lines: list[bytes]) -> None:
    """Publish and look at the end only: nobody knows what was stored meanwhile."""
    for line in lines:
        await client.publish("runs.plain", line)
    await client.flush()
    await until(client, stream, len(lines))


async def acknowledged(client: nats.NATS, _stream: str, lines: list[bytes]) -> None:
    """Publish each and wait for its acknowledgement, as the library's example does; a tenth of the lines."""
    context = client.jetstream()
    for line in lines[: len(lines) // 10]:
        await context.publish("runs.one", line)


async def windowed(client: nats.NATS, _stream: str, lines: list[bytes]) -> None:
    """Publish with the library's own window; a lost one among them leaves a gap."""
    context = client.jetstream(publish_async_max_pending=WINDOW)
    for first in range(0, len(lines), WINDOW):
        await asyncio.gather(*[
            await context.publish_async("runs.many", line) for line in lines[first : first + WINDOW]
        ])  # fmt: skip


def own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def relayed(client: nats.NATS, url: str, folder: Path, table: Table) -> None:
    """Let a relay publish all that a folder has."""
    runs = list(folder.glob("*.ndjson"))
    count = sum(path.read_bytes().count(b"\n") for path in runs)
    command = [sys.executable, "-m", "observer", "relay", str(folder), "--to", url]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not (await stored(client, "RUNS"))[0]:
            await asyncio.sleep(0.001)
        before, began = (await stored(client, "RUNS"))[0], time.perf_counter()
        used = cpu(process.pid)
        await until(client, "RUNS", count)
        took, used = time.perf_counter() - began, cpu(process.pid) - used
        peak = memory(process.pid)
        process.send_signal(signal.SIGTERM)
    messages, size = await stored(client, "RUNS")
    await client.jetstream().delete_stream("RUNS")
    table.add(
        f"observe relay, {pluralize(len(runs), 'run')}",
        round((messages - before) / took),
        100 * used / took,
        size / messages,
        peak,
    )


async def measure(mb: float) -> Table:
    table = Table(
        f"A run of {mb:g} MB into a stream", ("publisher", "events/s", "its CPU %", "stored bytes an event", "peak MB"),
        note="Bound: 20,000 events/s on one core.",
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="runtail-relay-") as name:
        runs = Path(name) / "runs"
        runs.mkdir()
        write(runs / "20261123T011230Z-7f3a9c.ndjson", round(mb * 1e6))
        lines = (runs / "20261123T011230Z-7f3a9c.ndjson").read_bytes().splitlines()
        with server(Path(name)) as url:
            client = await nats.connect(url)
            for title, stream, publish, share in (
                ("nats-py publish, unacknowledged", "plain", plain, 1),
                ("nats-py js.publish, one by one", "one", acknowledged, 10),
                ("nats-py js.publish_async", "many", windowed, 1),
            ):
                await client.jetstream().add_stream(StreamConfig(name=stream, subjects=[f"runs.{stream}"]))
                used, began = own_cpu(), time.perf_counter()
                await publish(client, stream, lines)
                took, used = time.perf_counter() - began, own_cpu() - used
                messages, size = await stored(client, stream)
                table.add(title, round(len(lines) / share / took), 100 * used / took, size / messages, None)
                await client.jetstream().delete_stream(stream)
            await relayed(client, url, runs, table)
            many = Path(name) / "many"
            many.mkdir()
            for number in range(MANY):
                write(many / f"20261123T0112{number:02}Z-7f3a9c.ndjson", round(mb * 1e6 / MANY))
            await relayed(client, url, many, table)
            await client.close()
    return table


def tables(mb: float = MB) -> list[Table]:
    """Measure all; nothing where there is no nats-server."""
    return [asyncio.run(measure(mb))] if shutil.which("nats-server") else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=MB)
    for table in tables(parser.parse_args().mb):
        table.print()


if __name__ == "__main__":
    main()
