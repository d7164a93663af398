"""How fast does a line that was appended get printed, and what does waiting cost?

Every contender runs in the same minutes on the same machine: compare the ratios, not the figures.

    python benchmarks/follow.py [--seconds 10] [--lines 100000]
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OBSERVE = [sys.executable, "-m", "observer", "tail"]
FOLLOWERS = {
    "tail -f": ["tail", "-n", "+1", "-f"],
    "observe tail -o json": [*OBSERVE, "-o", "json"],
}


def line(number: int, text: str = "") -> bytes:
    event = {
        "seq": number,
        "timestamp": "2026-11-23T01:12:30.123456Z",
        "run": "20261123T011230Z-7f3a9c",
        "type": "thought",
        "phase": "coding",
        "iteration": 3,
        "parent": None,
        "data": {"text": text or f"piece {number} ", "message": "m", "block": 0},
    }
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


class Follower:
    """A follower as a process, with the time at which each line came out of it."""

    def __init__(self, command: list[str], path: Path) -> None:
        self.arrivals: list[float] = []
        self._process = subprocess.Popen([*command, str(path)], stdout=subprocess.PIPE, bufsize=0)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while data := os.read(self._process.stdout.fileno(), 1 << 20):
            now = time.perf_counter()
            self.arrivals += [now] * data.count(b"\n")

    def wait_for(self, count: int, limit: float = 30) -> None:
        deadline = time.perf_counter() + limit
        while len(self.arrivals) < count:
            if time.perf_counter() > deadline:
                raise SystemExit(f"only {len(self.arrivals)} of {count} lines arrived")
            time.sleep(0.001)

    def cpu(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def following(command: list[str], folder: Path) -> Iterator[tuple[Follower, int]]:
    path = folder / f"{random.getrandbits(64):x}.ndjson"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, line(0))
    follower = Follower(command, path)
    follower.wait_for(1)
    time.sleep(1)
    try:
        yield follower, descriptor
    finally:
        follower.stop()
        os.close(descriptor)


def gaps(follower: Follower, descriptor: int, waits: list[float]) -> list[float]:
    """Append a line after each wait and return how long each took to be printed, in milliseconds."""
    written = []
    for number, wait in enumerate(waits, 1):
        time.sleep(wait)
        written.append(time.perf_counter())
        os.write(descriptor, line(number))
    follower.wait_for(1 + len(waits))
    return [1000 * (there - gone) for gone, there in zip(written, follower.arrivals[1:], strict=True)]


def burst(follower: Follower, descriptor: int, count: int) -> float:
    """Append many lines at once; return the milliseconds from the last write to the last line printed."""
    before = len(follower.arrivals)
    data = b"".join(line(number, "x" * 750) for number in range(count))
    while data:
        data = data[os.write(descriptor, data) :]
    end = time.perf_counter()
    follower.wait_for(before + count)
    return 1000 * (follower.arrivals[before + count - 1] - end)


def idle(follower: Follower, seconds: float) -> float:
    """Return the CPU time of a follower that has nothing to do, in per cent."""
    time.sleep(3)
    before, start = follower.cpu(), time.perf_counter()
    time.sleep(seconds)
    return 100 * (follower.cpu() - before) / (time.perf_counter() - start)


def live(folder: Path, seconds: float) -> None:
    waits = [random.uniform(0.01, 0.06) for _ in range(int(seconds / 0.035))]
    print(f"{'follower':24}{'p50 ms':>9}{'p99 ms':>9}{'after 5 s':>11}{'burst ms':>10}{'idle CPU %':>12}")
    for name, command in FOLLOWERS.items():
        with following(command, folder) as (follower, descriptor):
            cuts = statistics.quantiles(gaps(follower, descriptor, waits), n=100)
        firsts = []
        with following(command, folder) as (follower, descriptor):
            firsts = gaps(follower, descriptor, [5.0] * max(3, int(seconds / 3)))
        with following(command, folder) as (follower, descriptor):
            last = min(burst(follower, descriptor, 20_000) for _ in range(3))
        with following(command, folder) as (follower, _):
            cpu = idle(follower, seconds * 3)
        print(f"{name:24}{cuts[49]:9.2f}{cuts[98]:9.2f}{max(firsts):11.1f}{last:10.0f}{cpu:12.2f}")


def replay(folder: Path, count: int) -> None:
    path = folder / "replay.ndjson"
    words = "the agent writes what it is about to do next".split()  # noqa: SIM905 - a list of words is text
    with path.open("wb") as file:
        for number in range(count):
            file.write(line(number, " ".join(random.choices(words, k=3)) + " "))
    rich = (
        "import sys\nfrom rich.console import Console\nconsole = Console(file=sys.stdout)\n"
        f"for line in open({str(path)!r}): console.print(line.rstrip(), markup=False)"
    )
    contenders = {
        "rich Console.print": [sys.executable, "-c", rich],
        "observe tail": [*OBSERVE, "--no-follow", str(path)],
        "observe tail -o json": [*OBSERVE, "--no-follow", "-o", "json", str(path)],
        "cat": ["cat", str(path)],
    }
    print(f"\n{count:,} events, {path.stat().st_size / 1e6:.0f} MB, to a pipe")
    print(f"{'command':24}{'seconds':>9}{'events/s':>12}{'ratio':>8}")
    base = 0.0
    for name, command in contenders.items():
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            while process.stdout.read(1 << 20):
                pass
        took = time.perf_counter() - start
        base = base or took
        print(f"{name:24}{took:9.2f}{count / took:12,.0f}{base / took:7.1f}x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="how long each live measurement takes")
    parser.add_argument("--lines", type=int, default=100_000, help="events of the replay")
    given = parser.parse_args()
    random.seed(7)
    with tempfile.TemporaryDirectory() as folder:
        live(Path(folder), given.seconds)
        replay(Path(folder), given.lines)


if __name__ == "__main__":
    main()
