"""Estimates what the streams of many agents require, from the rates and sizes of recorded run files.

agent demo && python benchmarks/sizing.py runs/latest.ndjson --agents 1000 --viewers 200 --replicas 3
"""

import argparse
from pathlib import Path

from table import Layout, Table

from observer.format.timestamps import parse_timestamp
from observer.runs.one_run.run import load_run

STORED = 210
"""Bytes that the stream stores per message in addition to the line: subject, headers, bookkeeping; see relay.py."""
DAY_S = 86_400


def rates(paths: list[Path]) -> tuple[float, float, float]:
    """Return the events per second, bytes per second and bytes per event of these runs."""
    events = size = duration = 0.0
    for path in paths:
        with load_run(path) as run:
            times = [time for event in run.events if (time := parse_timestamp(event.timestamp)) is not None]
            events += len(times)
            duration += times[-1] - times[0]
        size += path.stat().st_size
    return events / duration, size / duration, size / events


def sizing(paths: list[Path], agents: int, viewers: int, replicas: int) -> Table:
    """Return the load on the servers when all agents and viewers are active all the time."""
    per_second, bytes_per_second, per_event = rates(paths)
    total, written = agents * per_second, agents * (bytes_per_second + per_second * STORED)
    rows = {
        "events/s": (per_second, total),
        "bytes per event": (per_event, None),
        "kB/s into the stream": ((bytes_per_second + per_second * STORED) / 1e3, written / 1e3),
        "GB per day, one replica": (
            (bytes_per_second + per_second * STORED) * DAY_S / 1e9, written * DAY_S / 1e9,
        ),
        f"GB per day, {replicas} replicas": (None, replicas * written * DAY_S / 1e9),
        f"MB/s out, {viewers} viewers of one run each": (None, viewers * written / agents / 1e6),
    }  # fmt: skip
    table = Layout("sizing", ("of", "one agent", "all"), tuple(rows)).table(
        f"{agents:,} active agents, {viewers:,} viewers, {replicas} replicas"
    )
    for name, cells in rows.items():
        table.add(name, *cells)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--replicas", type=int, default=3)
    arguments = parser.parse_args()
    sizing(arguments.runs, arguments.agents, arguments.viewers, arguments.replicas).print()


if __name__ == "__main__":
    main()
