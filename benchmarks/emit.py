"""Measures how fast RunLog writes, compared with plain `os.write` of the same lines in the same process and minute.

Absolute figures depend on the machine; compare the ratios.

    python benchmarks/emit.py [--events 100000]
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agent import RunLog
from agent.events import Event, Thought, ToolResult, ToolStatus

SHORT = Thought(text="I will look at the project first, then write it. ", message="msg_01ABCDEFGH", block=0)
LONG = ToolResult(
    tool_use_id="toolu_01ABCDEFGH", name="Bash", status=ToolStatus.SUCCESS, duration_ms=12,
    output="a line of some output of a command\n" * 55, output_bytes=1925,
)  # fmt: skip


@dataclass
class Result:
    """The result of one way of writing: events per second, and percentiles of the latency in microseconds."""

    name: str
    per_second: float
    p50_us: float | None = None
    p99_us: float | None = None


async def emit_one_at_a_time(runs: Path, event: Event, count: int) -> Result:
    async with RunLog.open(runs, command="benchmark") as log:
        latencies: list[float] = []
        begin = time.perf_counter()
        for _ in range(count):
            start = time.perf_counter()
            await log.emit(event)
            latencies.append(time.perf_counter() - start)
        rate = count / (time.perf_counter() - begin)
    percentiles = statistics.quantiles(latencies, n=100)
    return Result("await emit, one at a time", rate, percentiles[49] * 1e6, percentiles[98] * 1e6)


async def emit_from_tasks(runs: Path, event: Event, count: int, tasks: int) -> Result:
    async with RunLog.open(runs, command="benchmark") as log:

        async def emit_some() -> None:
            for _ in range(count // tasks):
                await log.emit(event)

        begin = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(tasks):
                group.create_task(emit_some())
        rate = count // tasks * tasks / (time.perf_counter() - begin)
    return Result(f"await emit, from {tasks} tasks", rate)


def write_plain(runs: Path, count: int) -> Result:
    """Write the lines of the most recent run again, with one `os.write` each."""
    lines = (runs / "latest.ndjson").read_bytes().splitlines(keepends=True)[1:-1][:count]
    fd = os.open(runs / "plain", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC)
    begin = time.perf_counter()
    for line in lines:
        os.write(fd, line)
    rate = len(lines) / (time.perf_counter() - begin)
    os.close(fd)
    return Result("os.write, one at a time", rate)


async def measure(runs: Path, event: Event, count: int) -> list[Result]:
    results = [await emit_from_tasks(runs, event, count, tasks) for tasks in (50, 1000)]
    results.insert(0, await emit_one_at_a_time(runs, event, count // 5))
    return [write_plain(runs, count // 5), *results]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="number of events of each measurement")
    count = parser.parse_args().events
    console = Console()
    for name, event in (("250-byte lines", SHORT), ("2 KB lines", LONG)):
        with tempfile.TemporaryDirectory() as directory:
            results = asyncio.run(measure(Path(directory), event, count))
        table = Table(title=name)
        for column in ("", "events/s", "of os.write", "p50 us", "p99 us"):
            table.add_column(column, justify="right" if column else "left")
        for result in results:
            percentiles = [f"{value:.0f}" if value is not None else "" for value in (result.p50_us, result.p99_us)]
            share = f"{result.per_second / results[0].per_second:.3f}"
            table.add_row(result.name, f"{result.per_second:,.0f}", share, *percentiles)
        console.print(table)


if __name__ == "__main__":
    main()
