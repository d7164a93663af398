"""Measures how fast RunLog writes, compared with plain `os.write` of the same lines in the same process and minute.

Absolute figures depend on the machine; compare the ratios.

    python benchmarks/emit.py [--events 40000]
"""

import argparse
import asyncio
import os
import statistics
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path

from table import Layout, Table

from agent import RunLog
from agent.events import Event, Thought, ToolResult, ToolStatus

SHORT = Thought(text="I will look at the project first, then write it. ", message="msg_01ABCDEFGH", block=0)
LONG = ToolResult(
    tool_use_id="toolu_01ABCDEFGH", name="Bash", status=ToolStatus.SUCCESS, duration_ms=12,
    output="a line of some output of a command\n" * 55, output_bytes=1925,
)  # fmt: skip
OUTPUT_CHARS = 2000


@cache
def source_code() -> str:
    """Return the source code of the standard library."""
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    return "".join(file.read_text("utf-8", "replace") for file in files)


def outputs() -> list[Event]:
    """Return outputs of commands that print source code, each different: what was seen before is found faster."""
    source = source_code()
    return [
        ToolResult(
            tool_use_id="toolu_01ABCDEFGH", name="Bash", status=ToolStatus.SUCCESS, duration_ms=12,
            output=source[start : start + OUTPUT_CHARS], output_bytes=OUTPUT_CHARS,
        )
        for start in range(0, len(source), OUTPUT_CHARS)
    ]  # fmt: skip


PLAIN = "os.write, one at a time"
ONE_AT_A_TIME = "await emit, one at a time"
TASKS = (50, 1000)
FROM_TASKS = {tasks: f"await emit, from {tasks} tasks" for tasks in TASKS}
ROUNDS = 3
LINES = {
    "short": "250-byte lines",
    "long": "2 KB lines",
    "source": "2 KB lines with source code, each different",
}


def events_of(name: str) -> Sequence[Event]:
    """Return the events of one of `LINES`, which are written in turns."""
    return {"short": lambda: [SHORT], "long": lambda: [LONG], "source": outputs}[name]()


@dataclass
class Result:
    """The result of one way of writing: events per second, and percentiles of the latency in microseconds."""

    name: str
    per_second: float
    p50_us: float | None = None
    p99_us: float | None = None


async def emit_one_at_a_time(runs: Path, events: Sequence[Event], count: int) -> Result:
    async with RunLog.open(runs, command="benchmark") as log:
        latencies: list[float] = []
        begin = time.perf_counter()
        for event in islice(cycle(events), count):
            start = time.perf_counter()
            await log.emit(event)
            latencies.append(time.perf_counter() - start)
        rate = count / (time.perf_counter() - begin)
    percentiles = statistics.quantiles(latencies, n=100)
    return Result(ONE_AT_A_TIME, rate, percentiles[49] * 1e6, percentiles[98] * 1e6)


async def emit_from_tasks(runs: Path, events: Sequence[Event], count: int, tasks: int) -> Result:
    async with RunLog.open(runs, command="benchmark") as log:
        turns = cycle(events)

        async def emit_some() -> None:
            for event in islice(turns, count // tasks):
                await log.emit(event)

        begin = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(tasks):
                group.create_task(emit_some())
        rate = count // tasks * tasks / (time.perf_counter() - begin)
    return Result(FROM_TASKS[tasks], rate)


def write_plain(runs: Path, count: int) -> Result:
    """Write the lines of the most recent run again, with one `os.write` each."""
    lines = (runs / "latest.ndjson").read_bytes().splitlines(keepends=True)[1:-1][:count]
    fd = os.open(runs / "plain", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC)
    begin = time.perf_counter()
    for line in lines:
        os.write(fd, line)
    rate = len(lines) / (time.perf_counter() - begin)
    os.close(fd)
    return Result(PLAIN, rate)


async def measure(runs: Path, events: Sequence[Event], count: int) -> list[Result]:
    """Measure each way of writing `count` events, fewer if one at a time."""
    results = [await emit_from_tasks(runs, events, count, tasks) for tasks in TASKS]
    results.insert(0, await emit_one_at_a_time(runs, events, count // 5))
    return [write_plain(runs, count // 5), *results]


def layout(name: str) -> Layout:
    """Return the table for one of `LINES`."""
    headers = ("writer", "events/s", "x of os.write", "p50 us", "p99 us")
    return Layout(f"emit {name}", headers, (PLAIN, ONE_AT_A_TIME, *FROM_TASKS.values()))


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [layout(name) for name in LINES]


def tables(count: int = 40_000, rounds: int = ROUNDS) -> list[Table]:
    """Write `count` events in each way, in several rounds of which the medians count."""
    tables = []
    for name, title in LINES.items():
        events = events_of(name)
        table = layout(name).table(f"Writing {title}")
        done: dict[str, list[Result]] = {}
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as directory:
                for result in asyncio.run(measure(Path(directory), events, count)):
                    done.setdefault(result.name, []).append(result)
        plain = statistics.median(result.per_second for result in done[PLAIN])
        for writer, results in done.items():
            rate = statistics.median(result.per_second for result in results)
            p50, p99 = (
                statistics.median(times) if None not in times else None
                for times in ([result.p50_us for result in results], [result.p99_us for result in results])
            )
            table.add(writer, round(rate), rate / plain, p50, p99)
        tables.append(table)
    return tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=40_000, help="number of events of each measurement")
    for table in tables(parser.parse_args().events):
        table.print()


if __name__ == "__main__":
    main()
