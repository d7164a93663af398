"""Measures what followers cost while only a heartbeat is written every 5 s, and how soon they print what comes then.

    python benchmarks/quiet.py [--seconds 20] [--firsts 10]

This is what viewers of a living agent do most of the time. All programs are measured at the same time, each with a run
in a directory of its own, one after another being told. Then runs begin in a directory that is followed.
"""

import argparse
import random
import shutil
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack

from follow import percentile
from follower import (
    BARE,
    FOLDER,
    JSON,
    LNAV,
    PRETTY,
    PROGRAMS,
    SCREEN,
    SERVED,
    TAIL,
    TOOLONG,
    Living,
    first_line,
    heartbeat,
    line,
    living,
    random_word,
)  # fmt: skip
from table import Layout, Table

HEARTBEAT_S = 5.0
SETTLE_S = 4.0
COST = Layout(
    "quiet", ("command", "CPU %", "wake-ups/s", "first line p50 ms", "first line p99 ms", "lines"),
    (TAIL, BARE, JSON, PRETTY, SCREEN, FOLDER, SERVED, LNAV, TOOLONG),
    f"A heartbeat every {HEARTBEAT_S:g} s: CPU time of all threads in % of one core, and how often they wake up; then\n"
    f"single lines after {HEARTBEAT_S:g} s of quiet. Each program follows a run of its own, all at the same time.",
)  # fmt: skip
NEW_RUNS = Layout(
    "new run", ("command", "p50 ms", "slowest ms", "runs"), (FOLDER,), "From the first write of a new run to its line."
)


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [COST, NEW_RUNS]


def every(runs: list[Living], rounds: int, act: Callable[[int], None]) -> None:
    """Call `act` with the number of each run once in a heartbeat's time, one after another, in so many rounds."""
    start = time.perf_counter()
    for number in range(rounds):
        for index in range(len(runs)):
            due = start + HEARTBEAT_S * (number + index / len(runs))
            time.sleep(max(0.0, due - time.perf_counter()))
            act(index)
    time.sleep(max(0.0, start + HEARTBEAT_S * rounds - time.perf_counter()))


def measure_cost(seconds: float, firsts: int) -> Table:
    """Measure heartbeats only for so long, and then so many single lines of each program."""
    names = [name for name in COST.rows if not PROGRAMS[name].command or shutil.which(PROGRAMS[name].command[0])]
    table = COST.table("Following a run in which little happens")
    with ExitStack() as stack:
        runs = [stack.enter_context(living(PROGRAMS[name])) for name in names]
        time.sleep(SETTLE_S)
        before = [(run.follower.cpu_s(), run.follower.wake_ups(), time.perf_counter()) for run in runs]
        every(runs, max(1, round(seconds / HEARTBEAT_S)), lambda index: runs[index].append(heartbeat(random_word())))
        costs = []
        for run, (cpu_s, wake_ups, start) in zip(runs, before, strict=True):
            duration = time.perf_counter() - start
            costs.append(
                (100 * (run.follower.cpu_s() - cpu_s) / duration, (run.follower.wake_ups() - wake_ups) / duration)
            )
        delays: list[list[float]] = [[] for _ in runs]

        def write(index: int) -> None:
            run = runs[index]
            if (delay := run.follower.delay(lambda word: run.append(line(word)), 0.4)) is not None:
                delays[index].append(delay)

        every(runs, firsts, write)
        for name, cost, values in zip(names, costs, delays, strict=True):
            table.add(name, *cost, percentile(values, 0.5), percentile(values, 0.99), len(values))
    return table


def measure_new_runs(count: int) -> Table:
    """Begin so many runs in a directory that is followed."""
    table = NEW_RUNS.table("A new run in a directory with 100 runs")
    delays = []
    with living(PROGRAMS[FOLDER]) as run:
        for number in range(count):
            time.sleep(random.uniform(1, 3))
            path = run.path.with_name(f"20261124T0112{number:02}Z-7f3a9c.ndjson")
            delay = run.follower.delay(lambda word, path=path: path.write_bytes(first_line(word)), 5)  # type: ignore[misc]
            delays.append(5000.0 if delay is None else delay)
    table.add(FOLDER, statistics.median(delays), max(delays), len(delays))
    return table


def tables(seconds: float = 20.0, firsts: int = 10, new_runs: int = 10) -> list[Table]:
    """Measure all of this."""
    random.seed(7)
    return [measure_cost(seconds, firsts), measure_new_runs(new_runs)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="duration of the heartbeats only")
    parser.add_argument("--firsts", type=int, default=10, help="single lines of each program")
    arguments = parser.parse_args()
    for table in tables(arguments.seconds, arguments.firsts):
        table.print()


if __name__ == "__main__":
    main()
