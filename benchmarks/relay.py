"""Measures how fast a relay publishes and how many bytes it stores, compared with plain publishing of the same lines.

One `nats-server` on loopback stores everything in files; each publisher has a stream of its own.

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
from table import Layout, Table

MB = 60.0
"""Size of the run: about 80,000 events."""
RUNS = 30
"""Number of runs into which the same size is split."""
WINDOW = 1024
"""Unacknowledged messages in flight when the library publishes asynchronously."""


PLAIN, ACKNOWLEDGED, WINDOWED = (
    "nats-py publish, unacknowledged", "nats-py js.publish, one by one", "nats-py js.publish_async",
)  # fmt: skip
ONE_RUN, MANY_RUNS = "observe relay, 1 run", f"observe relay, {RUNS} runs"
RELAY = Layout(
    "relay", ("publisher", "events/s", "CPU %", "stored bytes per event", "peak MB"),
    (PLAIN, ACKNOWLEDGED, WINDOWED, ONE_RUN, MANY_RUNS),
)  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def server(directory: Path) -> Iterator[str]:
    """Start a server with JetStream; yield its address."""
    port = free_port()
    (directory / "server.conf").write_text(
        f'listen: 127.0.0.1:{port}\njetstream {{ store_dir: "{directory / "store"}" }}\n'
    )
    with subprocess.Popen(["nats-server", "-c", directory / "server.conf"], stderr=subprocess.DEVNULL) as process:
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
    """Return the number of messages and bytes in a stream."""
    try:
        state = (await client.jetstream().stream_info(stream)).state
    except nats.js.errors.NotFoundError:
        return 0, 0
    return state.messages, state.bytes


async def wait_until_stored(client: nats.NATS, stream: str, count: int) -> None:
    while (await stored(client, stream))[0] < count:
        await asyncio.sleep(0.01)


async def publish_plain(client: nats.NATS, stream: str, lines: list[bytes]) -> None:
    """Publish without acknowledgements and check the number of messages at the end."""
    for line in lines:
        await client.publish("runs.plain", line)
    await client.flush()
    await wait_until_stored(client, stream, len(lines))


async def publish_acknowledged(client: nats.NATS, _stream: str, lines: list[bytes]) -> None:
    """Publish a tenth of the lines, each after the acknowledgement of the last, as in the library's example."""
    context = client.jetstream()
    for line in lines[: len(lines) // 10]:
        await context.publish("runs.one", line)


async def publish_windowed(client: nats.NATS, _stream: str, lines: list[bytes]) -> None:
    """Publish with the library's own window; a lost message leaves a gap."""
    context = client.jetstream(publish_async_max_pending=WINDOW)
    for first in range(0, len(lines), WINDOW):
        await asyncio.gather(*[
            await context.publish_async("runs.many", line) for line in lines[first : first + WINDOW]
        ])  # fmt: skip


def own_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def measure_relay(client: nats.NATS, url: str, directory: Path, table: Table) -> None:
    """Let a relay publish all runs of a directory."""
    runs = list(directory.glob("*.ndjson"))
    count = sum(path.read_bytes().count(b"\n") for path in runs)
    command = [sys.executable, "-m", "observer", "relay", str(directory), "--to", url]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not (await stored(client, "RUNS"))[0]:
            await asyncio.sleep(0.001)
        before, start = (await stored(client, "RUNS"))[0], time.perf_counter()
        cpu_before = cpu(process.pid)
        await wait_until_stored(client, "RUNS", count)
        duration, cpu_used = time.perf_counter() - start, cpu(process.pid) - cpu_before
        peak = memory(process.pid)
        process.send_signal(signal.SIGTERM)
    messages, size = await stored(client, "RUNS")
    await client.jetstream().delete_stream("RUNS")
    table.add(
        ONE_RUN if len(runs) == 1 else MANY_RUNS,
        round((messages - before) / duration),
        100 * cpu_used / duration,
        size / messages,
        peak,
    )


async def measure(mb: float) -> Table:
    table = RELAY.table(f"Publishing a run of {mb:g} MB to a stream")
    with tempfile.TemporaryDirectory(prefix="runtail-relay-") as name:
        runs = Path(name) / "runs"
        runs.mkdir()
        write(runs / "20261123T011230Z-7f3a9c.ndjson", round(mb * 1e6))
        lines = (runs / "20261123T011230Z-7f3a9c.ndjson").read_bytes().splitlines()
        with server(Path(name)) as url:
            client = await nats.connect(url)
            for title, stream, publish, share in (
                (PLAIN, "plain", publish_plain, 1),
                (ACKNOWLEDGED, "one", publish_acknowledged, 10),
                (WINDOWED, "many", publish_windowed, 1),
            ):
                await client.jetstream().add_stream(StreamConfig(name=stream, subjects=[f"runs.{stream}"]))
                cpu_before, start = own_cpu(), time.perf_counter()
                await publish(client, stream, lines)
                duration, cpu_used = time.perf_counter() - start, own_cpu() - cpu_before
                messages, size = await stored(client, stream)
                table.add(title, round(len(lines) / share / duration), 100 * cpu_used / duration, size / messages, None)
                await client.jetstream().delete_stream(stream)
            await measure_relay(client, url, runs, table)
            many = Path(name) / "many"
            many.mkdir()
            for number in range(RUNS):
                write(many / f"20261123T0112{number:02}Z-7f3a9c.ndjson", round(mb * 1e6 / RUNS))
            await measure_relay(client, url, many, table)
            await client.close()
    return table


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [RELAY]


def tables(mb: float = MB) -> list[Table]:
    """Return the measured table; none if nats-server is not installed."""
    return [asyncio.run(measure(mb))] if shutil.which("nats-server") else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=MB, help="size of the run")
    for table in tables(parser.parse_args().mb):
        table.print()


if __name__ == "__main__":
    main()
