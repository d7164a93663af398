"""Measures whether many viewers slow the agent down, and whether any of them misses a line.

One program emits events with and without viewers, which are other processes that read the same file. On a shared
machine the 99th percentile of the emits varies from one minute to the next even without viewers. So the viewers are
paused and resumed every few seconds, so that both conditions are measured in the same minutes. Finally all viewers end,
and the program goes on without any.

The viewers' output is kept in memory: on a terminal it would not be written to the agent's disk either.

    python benchmarks/viewers.py [--viewers 10 200] [--seconds 4]
"""

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from table import OBSERVE, Table

from agent import RunLog
from agent.events import Thought

MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
EMIT_INTERVAL_S = 0.03
"""A model that writes quickly sends a piece this often."""
ROUNDS = 3
TURNS = 5
"""The number of times that the viewers are paused and resumed in each round."""
SETTLE_S = 5.0
CATCH_UP_S = 2.5
"""Not measured after a resume: the viewers read everything they missed at once, which no running viewer does."""


@dataclass
class Times:
    """The latencies of emits in microseconds, and the number of viewers that printed exactly the bytes of the file."""

    active: list[float] = field(default_factory=list)
    paused: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    complete: int | None = None


async def emit_for(log: RunLog, seconds: float) -> list[float]:
    """Emit pieces of text for `seconds`; return the latency of each in microseconds."""
    latencies: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        await asyncio.sleep(EMIT_INTERVAL_S)
        event = Thought(text=f"piece {len(latencies)} of what the model says ", message="m", block=0)
        start = time.perf_counter()
        await log.emit(event)
        latencies.append((time.perf_counter() - start) * 1e6)
    return latencies


async def measure(runs: Path, printed: Path, viewers: int, seconds: float, times: Times) -> None:
    """Add one round to `times`."""
    outputs = [printed / f"{number}" for number in range(viewers)]
    async with RunLog.open(runs, command="benchmark") as log, AsyncExitStack() as stack:
        processes = []
        for output in outputs:
            with output.open("wb") as file:
                viewer = subprocess.Popen([*OBSERVE, "tail", "-o", "json", str(log.path)], stdout=file)
            stack.callback(viewer.wait)
            stack.callback(viewer.kill)  # a paused viewer would stay if the benchmark were interrupted
            processes.append(viewer)
        await wait_for_output(1, outputs)
        await emit_for(log, SETTLE_S)
        for turn in range(TURNS):
            for active in (True, False) if turn % 2 else (False, True):
                for process in processes:
                    process.send_signal(signal.SIGCONT if active else signal.SIGSTOP)
                await emit_for(log, CATCH_UP_S)
                (times.active if active else times.paused).extend(await emit_for(log, seconds))
        for process in processes:
            process.send_signal(signal.SIGCONT)
        content = log.path.read_bytes()
        await wait_for_output(len(content), outputs)
        complete = sum(output.read_bytes().startswith(content) for output in outputs)
        times.complete = min(complete, viewers if times.complete is None else times.complete)
        await stack.aclose()
        await emit_for(log, CATCH_UP_S)
        times.ended += await emit_for(log, TURNS * seconds)


async def wait_for_output(size: int, outputs: list[Path]) -> None:
    async with asyncio.timeout(120):
        while not all(output.stat().st_size >= size for output in outputs):
            await asyncio.sleep(0.2)


def percentile(latencies: list[float], percent: int) -> float:
    return statistics.quantiles(latencies, n=100)[percent - 1]


def tables(viewers: list[int], seconds: float) -> list[Table]:
    results = []
    for count in viewers:
        times = Times()
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as runs, tempfile.TemporaryDirectory(dir=MEMORY) as printed:
                asyncio.run(measure(Path(runs), Path(printed), count, seconds, times))
        table = Table(
            f"{count} viewers of one file",
            ("viewers", "emits", "emit p50 us", "emit p99 us", "active / this", "complete"),
            note="Bound: p99 within 10 % of no viewers; no viewer misses a byte. They share the agent's cores.\n"
            f"In each of {ROUNDS} rounds they are active and paused {TURNS} times for {seconds:g} s; then they end.",
        )
        for name, latencies, complete in (
            ("active", times.active, times.complete),
            ("paused", times.paused, None),
            ("ended", times.ended, None),
        ):
            p99 = percentile(latencies, 99)
            table.add(
                name, len(latencies), percentile(latencies, 50), p99, percentile(times.active, 99) / p99, complete
            )
        results.append(table)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, nargs="+", default=[10, 200])
    parser.add_argument("--seconds", type=float, default=4)
    arguments = parser.parse_args()
    for table in tables(arguments.viewers, arguments.seconds):
        table.print()


if __name__ == "__main__":
    main()
