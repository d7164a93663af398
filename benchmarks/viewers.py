"""Do many viewers slow the agent down, and does any of them miss a line?

One program emits events with and without viewers, which are processes of their own reading the same file. The slowest
hundredth of emits varies from one minute to the next on a shared machine, also without any viewer. So viewers are
paused and go on in turn, every few seconds: what is compared has met the same minutes. Then all end, and it goes on
without any.

What they print is kept in memory: on a terminal it would not be written to the agent's disk either.

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
EVERY_S = 0.03
"""A model that writes quickly sends a piece this often."""
ROUNDS = 3
TURNS = 5
"""So often in each round viewers are paused and go on."""
SETTLE_S = 5.0
CATCH_UP_S = 2.5
"""After a pause they read what they have missed, all at once: no viewer does that by itself."""


@dataclass
class Times:
    """How long emits took, in microseconds, and how many viewers printed exactly what stands in the file."""

    at_work: list[float] = field(default_factory=list)
    paused: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    complete: int | None = None


async def emitting(log: RunLog, seconds: float) -> list[float]:
    """Emit a piece of text again and again; return how long each took, in microseconds."""
    took: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        await asyncio.sleep(EVERY_S)
        event = Thought(text=f"piece {len(took)} of what the model says ", message="m", block=0)
        began = time.perf_counter()
        await log.emit(event)
        took.append((time.perf_counter() - began) * 1e6)
    return took


async def measure(runs: Path, printed: Path, viewers: int, seconds: float, times: Times) -> None:
    """Add one round to `times`."""
    outputs = [printed / f"{number}" for number in range(viewers)]
    async with RunLog.open(runs, command="benchmark") as log, AsyncExitStack() as stack:
        processes = []
        for output in outputs:
            with output.open("wb") as file:
                viewer = subprocess.Popen([*OBSERVE, "tail", "-o", "json", str(log.path)], stdout=file)
            stack.callback(viewer.wait)
            stack.callback(viewer.kill)  # a paused one would stay for ever if this were broken off
            processes.append(viewer)
        await until_all_have(1, outputs)
        await emitting(log, SETTLE_S)
        for turn in range(TURNS):
            for at_work in (True, False) if turn % 2 else (False, True):
                for process in processes:
                    process.send_signal(signal.SIGCONT if at_work else signal.SIGSTOP)
                await emitting(log, CATCH_UP_S)
                (times.at_work if at_work else times.paused).extend(await emitting(log, seconds))
        for process in processes:
            process.send_signal(signal.SIGCONT)
        content = log.path.read_bytes()
        await until_all_have(len(content), outputs)
        complete = sum(output.read_bytes().startswith(content) for output in outputs)
        times.complete = min(complete, viewers if times.complete is None else times.complete)
        await stack.aclose()
        await emitting(log, CATCH_UP_S)
        times.ended += await emitting(log, TURNS * seconds)


async def until_all_have(size: int, outputs: list[Path]) -> None:
    async with asyncio.timeout(120):
        while not all(output.stat().st_size >= size for output in outputs):
            await asyncio.sleep(0.2)


def percentile(took: list[float], part: int) -> float:
    return statistics.quantiles(took, n=100)[part - 1]


def tables(viewers: list[int], seconds: float) -> list[Table]:
    found = []
    for count in viewers:
        times = Times()
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as runs, tempfile.TemporaryDirectory(dir=MEMORY) as printed:
                asyncio.run(measure(Path(runs), Path(printed), count, seconds, times))
        table = Table(
            f"{count} viewers of one file",
            ("viewers", "emits", "emit p50 us", "emit p99 us", "at work to this", "saw every byte"),
            note="Bound: p99 within 10 % of no viewers; no viewer misses a byte. They share the cores with the agent.\n"
            f"In each of {ROUNDS} rounds they are paused and go on {TURNS} times, {seconds:g} s each; then they end.",
        )
        for name, took, complete in (
            ("at work", times.at_work, times.complete),
            ("paused", times.paused, None),
            ("ended", times.ended, None),
        ):
            p99 = percentile(took, 99)
            table.add(name, len(took), percentile(took, 50), p99, percentile(times.at_work, 99) / p99, complete)
        found.append(table)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, nargs="+", default=[10, 200])
    parser.add_argument("--seconds", type=float, default=4)
    given = parser.parse_args()
    for table in tables(given.viewers, given.seconds):
        table.print()


if __name__ == "__main__":
    main()
