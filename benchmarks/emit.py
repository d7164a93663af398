"""How fast does RunLog write, beside plain `os.write` of the same lines in the same process and minute?

Absolute figures move with the machine; compare the ratios.

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
class Figure:
    name: str
    per_second: float
    p50_us: float | None = None
    p99_us: float | None = None


async def one_at_a_time(runs: Path, event: Event, count: int) -> Figure:
    async with RunLog.open(runs, command="benchmark") as log:
        took: list[float] = []
        began = time.perf_counter()
        for _ in range(count):
            start = time.perf_counter()
            await log.emit(event)
            took.append(time.perf_counter() - start)
        rate = count / (time.perf_counter() - began)
    cuts = statistics.quantiles(took, n=100)
    return Figure("await emit, one at a time", rate, cuts[49] * 1e6, cuts[98] * 1e6)


async def from_tasks(runs: Path, event: Event, count: int, tasks: int) -> Figure:
    async with RunLog.open(runs, command="benchmark") as log:

        async def emit_some() -> None:
            for _ in range(count // tasks):
                await log.emit(event)

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(tasks):
                group.create_task(emit_some())
        rate = count // tasks * tasks / (time.perf_counter() - began)
    return Figure(f"await emit, from {tasks} tasks", rate)


def plain_write(runs: Path, count: int) -> Figure:
    """The same lines as the newest run has, one `os.write` each."""
    lines = (runs / "latest.ndjson").read_bytes().splitlines(keepends=True)[1:-1][:count]
    fd = os.open(runs / "plain", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC)
    began = time.perf_counter()
    for line in lines:
        os.write(fd, line)
    rate = len(lines) / (time.perf_counter() - began)
    os.close(fd)
    return Figure("os.write, one at a time", rate)


async def measure(runs: Path, event: Event, count: int) -> list[Figure]:
    figures = [await from_tasks(runs, event, count, tasks) for tasks in (50, 1000)]
    figures.insert(0, await one_at_a_time(runs, event, count // 5))
    return [plain_write(runs, count // 5), *figures]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events of each measurement")
    count = parser.parse_args().events
    console = Console()
    for name, event in (("250-byte lines", SHORT), ("2 KB lines", LONG)):
        with tempfile.TemporaryDirectory() as folder:
            figures = asyncio.run(measure(Path(folder), event, count))
        table = Table(title=name)
        for column in ("", "events/s", "of os.write", "p50 us", "p99 us"):
            table.add_column(column, justify="right" if column else "left")
        for figure in figures:
            waits = [f"{value:.0f}" if value is not None else "" for value in (figure.p50_us, figure.p99_us)]
            share = f"{figure.per_second / figures[0].per_second:.3f}"
            table.add_row(figure.name, f"{figure.per_second:,.0f}", share, *waits)
        console.print(table)


if __name__ == "__main__":
    main()
