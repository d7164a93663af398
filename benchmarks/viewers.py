"""Measures whether viewers slow the agent down, and whether any of them misses a line.

One program emits events, without viewers, then with viewers, which are other processes that read the same file, then
without them again, and so on: on a shared machine the 99th percentile varies from one minute to the next, and so that
without viewers is of the minutes before and after. The viewers' output is kept in memory: on a terminal it would not be
written to the agent's disk either.

    python benchmarks/viewers.py [--viewers 1 10 200] [--seconds 10]
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from table import OBSERVE, Layout, Table

from agent import RunLog
from agent.events import Thought

MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
EMIT_INTERVAL_S = 0.03
"""A model that writes quickly sends a piece this often."""
SETTLE_S = 5.0
"""Not measured after viewers have started or ended."""
COUNTS = {"one": 1, "few": 10, "many": 200}
ROUNDS = {"one": 2, "few": 3, "many": 2}
"""How often the viewers are started."""
NONE, WITH = "without viewers", "with viewers"


@dataclass
class Times:
    """The latencies of emits in milliseconds, and how many viewers did not print exactly the bytes of the file."""

    none: list[float] = field(default_factory=list)
    viewed: list[float] = field(default_factory=list)
    incomplete: int = 0


def layout(name: str) -> Layout:
    """Return the table for one of `COUNTS`."""
    headers = ("emits", "number", "p50 ms", "p99 ms", "p99 x without", "viewers with lost lines")
    return Layout(f"viewers {name}", headers, (NONE, WITH), "The viewers share the agent's cores.")


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [layout(name) for name in COUNTS]


async def emit_for(log: RunLog, seconds: float) -> list[float]:
    """Emit pieces of text for so long; return the latency of each in milliseconds."""
    latencies: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        await asyncio.sleep(EMIT_INTERVAL_S)
        event = Thought(text=f"piece {len(latencies)} of what the model says ", message="m", block=0)
        start = time.perf_counter()
        await log.emit(event)
        latencies.append((time.perf_counter() - start) * 1e3)
    return latencies


async def measure_viewed(log: RunLog, printed: Path, viewers: int, seconds: float, times: Times) -> None:
    """Start viewers, measure, and compare what they have printed with the file."""
    outputs = [printed / f"{number}" for number in range(viewers)]
    with ExitStack() as stack:
        for output in outputs:
            with output.open("wb") as file:
                viewer = subprocess.Popen([*OBSERVE, "tail", "-o", "json", str(log.path)], stdout=file)
            stack.callback(viewer.wait)
            stack.callback(viewer.kill)
        await wait_for_output(1, outputs)
        await emit_for(log, SETTLE_S)
        times.viewed += await emit_for(log, seconds)
        content = log.path.read_bytes()
        await wait_for_output(len(content), outputs)
        times.incomplete += sum(not output.read_bytes().startswith(content) for output in outputs)
    for output in outputs:
        output.unlink()


async def wait_for_output(size: int, outputs: list[Path]) -> None:
    """Wait until each viewer has printed so many bytes. Raises TimeoutError."""
    async with asyncio.timeout(180):
        while not all(output.stat().st_size >= size for output in outputs):
            await asyncio.sleep(0.2)


async def measure(viewers: int, rounds: int, seconds: float) -> Times:
    """Measure with and without viewers in turns."""
    times = Times()
    with tempfile.TemporaryDirectory() as runs, tempfile.TemporaryDirectory(dir=MEMORY) as printed:
        async with RunLog.open(Path(runs), command="benchmark") as log:
            await emit_for(log, 1)
            times.none += await emit_for(log, seconds / 2)
            for number in range(rounds):
                await measure_viewed(log, Path(printed), viewers, seconds, times)
                await emit_for(log, 1)
                times.none += await emit_for(log, seconds if number < rounds - 1 else seconds / 2)
    return times


def percentile(latencies: list[float], percent: int) -> float:
    """Return a percentile."""
    return statistics.quantiles(latencies, n=100)[percent - 1]


def tables(seconds: float = 10.0, counts: dict[str, int] = COUNTS, rounds: dict[str, int] = ROUNDS) -> list[Table]:
    """Measure each number of viewers; `seconds` are those of one round."""
    results = []
    for name, count in counts.items():
        times = asyncio.run(measure(count, rounds[name], seconds))
        table = layout(name).table(f"{count} viewers of one file" if count > 1 else "One viewer of a file")
        without = percentile(times.none, 99)
        table.add(NONE, len(times.none), percentile(times.none, 50), without, 1.0, None)
        viewed = percentile(times.viewed, 99)
        table.add(WITH, len(times.viewed), percentile(times.viewed, 50), viewed, viewed / without, times.incomplete)
        results.append(table)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", choices=list(COUNTS), nargs="+", default=list(COUNTS))
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    for table in tables(arguments.seconds, {name: COUNTS[name] for name in arguments.viewers}):
        table.print()


if __name__ == "__main__":
    main()
