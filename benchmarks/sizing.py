"""What streams of many agents take: bytes and rates of run files that were really written, times the number of agents.

agent demo && python benchmarks/sizing.py runs/latest.ndjson --agents 1000 --viewers 200 --replicas 3
"""

import argparse
from pathlib import Path

from table import Table

from observer.format.timestamps import parse_timestamp
from observer.runs.run import load_run

STORED = 210
"""Bytes that the stream keeps of a message beside the line: subject, headers, and its own bookkeeping; see relay.py."""
DAY_S = 86_400


def rates(paths: list[Path]) -> tuple[float, float, float]:
    """Events a second, bytes a second and bytes an event, while these runs were at work."""
    events = size = took = 0.0
    for path in paths:
        with load_run(path) as run:
            stamps = [at for event in run.events if (at := parse_timestamp(event.timestamp)) is not None]
            events += len(stamps)
            took += stamps[-1] - stamps[0]
        size += path.stat().st_size
    return events / took, size / took, size / events


def sizing(paths: list[Path], agents: int, viewers: int, replicas: int) -> Table:
    """Return what so many agents and viewers ask of servers, all of them at work all the time."""
    per_second, bytes_per_second, per_event = rates(paths)
    total, written = agents * per_second, agents * (bytes_per_second + per_second * STORED)
    table = Table(f"{agents:,} agents at work, {viewers:,} viewers, {replicas} copies", ("of", "one agent", "all"))
    table.add("events/s", per_second, total)
    table.add("bytes an event", per_event, None)
    table.add("kB/s into the stream", (bytes_per_second + per_second * STORED) / 1e3, written / 1e3)
    table.add("GB a day, one copy", (bytes_per_second + per_second * STORED) * DAY_S / 1e9, written * DAY_S / 1e9)
    table.add(f"GB a day, {replicas} copies", None, replicas * written * DAY_S / 1e9)
    table.add(f"MB/s out, {viewers} viewers of one run each", None, viewers * written / agents / 1e6)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--replicas", type=int, default=3)
    given = parser.parse_args()
    sizing(given.runs, given.agents, given.viewers, given.replicas).print()


if __name__ == "__main__":
    main()
