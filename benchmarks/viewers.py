"""Do two hundred viewers slow the agent down, and does any of them miss a line?

The same program emits the same events with and without viewers, which are processes of their own reading the same file.
What they print is kept in memory: on a terminal it would not be written to the agent's disk either.

    python benchmarks/viewers.py [--viewers 200] [--seconds 12]
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from table import OBSERVE, Table

from agent import RunLog
from agent.events import Thought

MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
EVERY_S = 0.03
"""A model that writes quickly sends a piece this often."""
ROUNDS = 4
"""The time of the slowest hundredth of emits varies from one minute to the next, also without any viewer."""


async def emitting(log: RunLog, seconds: float) -> list[float]:
    """Emit a piece of text again and again; return how long each took, in microseconds."""
    took: list[float] = []
    end = time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < end:
        await asyncio.sleep(EVERY_S)
        number += 1
        event = Thought(text=f"piece {number} of what the model says ", message="m", block=0)
        began = time.perf_counter()
        await log.emit(event)
        took.append((time.perf_counter() - began) * 1e6)
    return took


async def measure(runs: Path, printed: Path, viewers: int, seconds: float) -> tuple[list[float], int]:
    """Return the times, and how many viewers have printed exactly what stands in the file."""
    processes: list[subprocess.Popen[bytes]] = []
    outputs = [printed / f"{viewers}-{number}" for number in range(viewers)]
    async with RunLog.open(runs, command="benchmark") as log:
        for output in outputs:
            with output.open("wb") as file:
                processes.append(subprocess.Popen([*OBSERVE, "tail", "-o", "json", str(log.path)], stdout=file))
        if viewers:
            while not all(output.stat().st_size for output in outputs):
                await asyncio.sleep(0.2)
            await asyncio.sleep(2)
        took = await emitting(log, seconds)
    for process in processes:
        process.wait(120)
    content = log.path.read_bytes()
    return took, sum(output.read_bytes() == content for output in outputs)


def tables(viewers: int, seconds: float) -> list[Table]:
    table = Table(
        f"{viewers} viewers of one file", ("viewers", "emit p50 us", "emit p99 us", "of p99 without", "saw every byte"),
        note="Bound: p99 within 10 % of no viewers; no viewer misses a byte. They share the cores with the agent.\n"
        f"{ROUNDS} rounds in turn, there and back; the times of all are taken together, of the last column the worst.\n"
        "The second row without viewers shows what the machine alone makes of the same thing.",
    )  # fmt: skip
    counts = (0, 0, 10, viewers)
    times: list[list[float]] = [[] for _ in counts]
    complete = list(counts)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(dir=MEMORY) as printed:
        for number in range(ROUNDS):
            for row in range(len(counts))[:: -1 if number % 2 else 1]:
                runs = Path(folder) / f"{number}-{row}"
                took, saw = asyncio.run(measure(runs, Path(printed), counts[row], seconds))
                times[row] += took
                complete[row] = min(complete[row], saw)
    cuts = [statistics.quantiles(took, n=100) for took in times]
    for row, count in enumerate(counts):
        table.add(count, cuts[row][49], cuts[row][98], cuts[row][98] / cuts[0][98], complete[row])
    return [table]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=12)
    given = parser.parse_args()
    for table in tables(given.viewers, given.seconds):
        table.print()


if __name__ == "__main__":
    main()
