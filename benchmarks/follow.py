"""Measures how soon an appended line is printed, beside tail, a bare event loop, lnav and toolong.

    python benchmarks/follow.py [--seconds 10]

The programs take turns in several rounds; compare the ratios, not the figures. On a terminal (lnav, toolong), a line
counts as printed when the word in it is drawn. `quiet.py` measures what followers cost while little happens.
"""

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from follower import (
    BARE,
    FOLDER,
    JSON,
    LNAV,
    PRETTY,
    PROGRAMS,
    SERVED,
    TAIL,
    TERMINAL,
    TOOLONG,
    Living,
    Program,
    line,
    living,
    random_word,
)  # fmt: skip
from table import OBSERVE, Layout, Table

ROUNDS = 2
WRITER = """
import asyncio, sys
from pathlib import Path
from agent import RunLog

async def main():
    async with RunLog.open(Path(sys.argv[1]), command="benchmark", heartbeat_s=3600) as log:
        print(log.path, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""
"""Keeps a run open until it is killed; its heartbeats are too rare to reveal its death."""
CRASHED = 4
"""The exit code of a viewer whose run crashed."""
LATENCY = Layout(
    "follow", ("command", "p50 ms", "p99 ms", "20,000 lines ms", "1 MB line ms", "lines"),
    (TAIL, BARE, JSON, PRETTY, FOLDER, SERVED, LNAV, TOOLONG),
    f"A line every 10 to 60 ms, in {ROUNDS} rounds, each with a new run. Bursts and long lines: the median.\n"
    "Blank: not measured, or not recognizable on its screen. The server's client receives its lines over a connection.",
)  # fmt: skip
CRASHES = Layout(
    "crash", ("quiet before", "p50 ms", "slowest ms", "exit 4"), ("0.1 s", "2 s", "10 s"),
    "The time is too short for a missed heartbeat.",
)  # fmt: skip


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [LATENCY, CRASHES]


def percentile(values: list[float], share: float) -> float | None:
    """Return the value below which a share of the values lies, None if there is none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else None


def latencies(run: Living, seconds: float) -> list[float]:
    """Append lines for so long; return the milliseconds until each was printed, without those that never were."""
    written = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        time.sleep(random.uniform(0.01, 0.06))
        run.follower.expect(sent := random_word())
        data = line(sent)
        written.append((sent, time.perf_counter()))
        run.append(data)
    times = [(run.follower.seen(sent), start) for sent, start in written]
    return [1000 * (end - start) for end, start in times if end is not None]


def burst(run: Living, count: int, padding: int) -> float | None:
    """Append `count` lines at once; return the milliseconds from the last write until the last line is printed."""
    run.follower.expect(last := random_word())
    run.append(b"".join(line(random_word(), padding) for _ in range(count - 1)) + line(last))
    start = time.perf_counter()
    end = run.follower.seen(last, 20)
    return None if end is None else 1000 * max(0.0, end - start)


def big_line(run: Living) -> float | None:
    """Append a line of 1 MB; return the milliseconds until its end is printed."""
    return run.follower.delay(lambda word: run.append(line(word, 1_000_000)), 20)


def measure_round(program: Program, seconds: float, bursts: int) -> dict[str, list[float | None]]:
    """Start a program once and measure it; what it never printed is None."""
    screen = program.output == TERMINAL
    with living(program) as run:
        steady = latencies(run, seconds / (3 if screen else 1))
        if screen:
            return {"steady": [*steady], "burst": [], "big": []}
        big = [] if program.command == PROGRAMS[PRETTY].command else [big_line(run) for _ in range(bursts)]
        return {"steady": [*steady], "burst": [burst(run, 20_000, 700) for _ in range(bursts)], "big": big}


def measure_latency(seconds: float, rounds: int) -> Table:
    """Measure each program for so many seconds in all."""
    results: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in range(rounds):
        for name in LATENCY.rows:
            program = PROGRAMS[name]
            if program.command and not shutil.which(program.command[0]):
                continue
            if program.output == TERMINAL and number:
                continue
            for kind, values in measure_round(program, seconds / rounds, 3).items():
                results[name][kind] += [value for value in values if value is not None]
    table = LATENCY.table("Following: from append to output")
    for name, measured in results.items():
        steady = measured["steady"]
        table.add(
            name, percentile(steady, 0.5), percentile(steady, 0.99), percentile(measured["burst"], 0.5),
            percentile(measured["big"], 0.5), len(steady),
        )  # fmt: skip
    return table


def crash(directory: Path, quiet_s: float) -> tuple[float, int]:
    """Kill a writer after `quiet_s`; return the milliseconds until its viewer ended, and the exit code."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(directory)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        path = writer.stdout.readline().strip()
        with subprocess.Popen([*OBSERVE, "tail", "-o", "json", path], stdout=subprocess.PIPE) as viewer:
            assert viewer.stdout is not None
            viewer.stdout.readline()
            time.sleep(quiet_s)
            writer.kill()
            start = time.perf_counter()
            code = viewer.wait()
            return 1000 * (time.perf_counter() - start), code


def measure_crashes(times: int) -> Table:
    """Kill writers, `times` for each quiet, all of them at the same time in directories of their own."""
    table = CRASHES.table("From the death of a writer to the end of its viewer")
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(times) as pool:
        for row in CRASHES.rows:
            quiets = [float(row.split()[0]) + random.uniform(0, 0.5) for _ in range(times)]
            results = list(pool.map(lambda quiet_s: crash(Path(name) / random_word(), quiet_s), quiets))
            delays = [milliseconds for milliseconds, _ in results]
            table.add(row, statistics.median(delays), max(delays), sum(code == CRASHED for _, code in results))
    return table


def tables(seconds: float = 24.0, rounds: int = ROUNDS, crashes: int = 3) -> list[Table]:
    """Measure each program for `seconds`, and as many crashes at a time."""
    random.seed(7)
    return [measure_latency(seconds, rounds), measure_crashes(crashes)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=24, help="duration of the measurement of each program")
    for table in tables(parser.parse_args().seconds):
        table.print()


if __name__ == "__main__":
    main()
