"""How fast does a line that was appended get printed, and what does waiting cost? Beside tail, lnav and toolong.

Every contender runs in the same minutes on the same machine: compare the ratios, not the figures. A program that draws
a screen (lnav, toolong) is run on a terminal of its own, and a line counts as printed when its word is drawn.

    python benchmarks/follow.py [--seconds 10]
"""

import argparse
import json
import os
import pty
import random
import shutil
import statistics
import string
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from table import OBSERVE, Table

WINDOW = 1 << 16
"""Bytes of output in which a word is looked for."""
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
"""Holds a run open until it is killed; no missed heartbeat can tell of its death."""
CRASHED = 4
"""The exit code of a viewer whose run crashed."""


def line(word: str, pad: int = 0) -> bytes:
    event = {  # the word stands at the end, where a long line is printed last
        "seq": 1,
        "timestamp": f"2026-11-23T01:12:{time.time() % 60:09.6f}Z",
        "run": "20261123T011230Z-7f3a9c",
        "type": "info",
        "phase": "coding",
        "iteration": 3,
        "parent": None,
        "data": {"kind": "w", "message": "x" * pad + word},
    }
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


def word() -> str:
    return "".join(random.choices(string.ascii_lowercase, k=14))


class Follower:
    """A follower as a process, with the time at which each awaited word came out of it."""

    def __init__(self, command: list[str], *, screen: bool) -> None:
        self._seen: dict[bytes, float] = {}
        self._awaited: set[bytes] = set()
        self._lock = threading.Condition()
        if screen:
            child, self._descriptor = pty.fork()
            if child == 0:
                os.environ.update(TERM="xterm-256color", COLUMNS="160", LINES="50")
                os.execvp(command[0], command)
            self.pid = child
            self._process = None
        else:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0)
            assert self._process.stdout is not None
            self.pid, self._descriptor = self._process.pid, self._process.stdout.fileno()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        window = b""
        while data := self._some():
            now = time.perf_counter()
            window = (window + data)[-WINDOW - len(data) :]
            with self._lock:
                for found in [awaited for awaited in self._awaited if awaited in window]:
                    self._seen[found] = now
                    self._awaited.discard(found)
                self._lock.notify_all()

    def _some(self) -> bytes:
        try:
            return os.read(self._descriptor, 1 << 20)
        except OSError:
            return b""

    def expect(self, awaited: str) -> None:
        with self._lock:
            self._awaited.add(awaited.encode())

    def seen(self, awaited: str, limit: float = 1.0) -> float | None:
        """When a word was printed; None when it was not within so many seconds."""
        deadline = time.perf_counter() + limit
        with self._lock:
            while awaited.encode() not in self._seen:
                if not self._lock.wait(max(0.0, deadline - time.perf_counter())):
                    self._awaited.discard(awaited.encode())
                    return None
            return self._seen[awaited.encode()]

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._thread.join()
            assert self._process.stdout is not None
            self._process.stdout.close()
        else:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
            self._thread.join(1)
            os.close(self._descriptor)


@contextmanager
def following(command: list[str], folder: Path, *, screen: bool = False) -> Iterator[tuple[Follower, int]]:
    path = folder / f"{word()}.ndjson"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, line(first := word()))
    follower = Follower([*command, str(path)], screen=screen)
    follower.expect(first)
    follower.seen(first, 10)
    time.sleep(1)
    try:
        yield follower, descriptor
    finally:
        follower.stop()
        os.close(descriptor)


def latencies(follower: Follower, descriptor: int, waits: list[float]) -> list[float]:
    """Append a line after each wait; return the milliseconds each took to be printed, missing ones left out."""
    written = []
    for wait in waits:
        time.sleep(wait)
        follower.expect(sent := word())
        written.append((sent, time.perf_counter()))
        os.write(descriptor, line(sent))
    found = [(follower.seen(sent), gone) for sent, gone in written]
    return [1000 * (there - gone) for there, gone in found if there is not None]


def burst(follower: Follower, descriptor: int, count: int, pad: int) -> float | None:
    """Append many lines at once; return the milliseconds from the last write to the last line printed."""
    follower.expect(last := word())
    data = b"".join(line(word(), pad) for _ in range(count - 1)) + line(last)
    while data:
        data = data[os.write(descriptor, data) :]
    end = time.perf_counter()
    there = follower.seen(last, 20)
    return None if there is None else 1000 * (there - end)


def big_line(follower: Follower, descriptor: int) -> float | None:
    """Append a line of 1 MB; return the milliseconds until its end is printed."""
    follower.expect(last := word())
    data = line(last, 1_000_000)
    began = time.perf_counter()
    while data:
        data = data[os.write(descriptor, data) :]
    there = follower.seen(last, 20)
    return None if there is None else 1000 * (there - began)


def idle(follower: Follower, seconds: float) -> float:
    """Return the CPU time of a follower that has nothing to do, in per cent."""
    time.sleep(4)
    before, start = follower.cpu(), time.perf_counter()
    time.sleep(seconds)
    return 100 * (follower.cpu() - before) / (time.perf_counter() - start)


def percentile(found: list[float], share: float) -> float | None:
    return sorted(found)[min(len(found) - 1, int(share * len(found)))] if found else None


def live(folder: Path, seconds: float, idle_s: float) -> Table:
    table = Table(
        "Following: append to printed",
        ("command", "p50 ms", "p99 ms", "first after 5 s", "20,000 lines ms", "1 MB line ms", "idle CPU %"),
        note="Bounds: p50 2.5 ms, p99 6 ms, first after quiet 25 ms, burst 150 ms, 1 MB 50 ms, idle 0.3 %.\n"
        "Blank: not measured, or not to be read off its screen.",
    )
    contenders = {
        "tail -f": (["tail", "-n", "+1", "-f"], False),
        "observe tail -o json": ([*OBSERVE, "tail", "-o", "json"], False),
        "observe tail": ([*OBSERVE, "tail"], False),
        "lnav": (["lnav"], True),
        "toolong": (["tl"], True),
    }
    waits = [random.uniform(0.01, 0.06) for _ in range(int(seconds / 0.035))]
    for name, (command, screen) in contenders.items():
        if not shutil.which(command[0]):
            continue
        with following(command, folder, screen=screen) as (follower, descriptor):
            flowing = latencies(follower, descriptor, waits[: len(waits) // (4 if screen else 1)])
        with following(command, folder, screen=screen) as (follower, descriptor):
            firsts = latencies(follower, descriptor, [5.0] * max(3, int(seconds / (5 if screen else 2))))
        with following(command, folder, screen=screen) as (follower, descriptor):
            bursts = [burst(follower, descriptor, 20_000, 700) for _ in range(1 if screen else 3)]
            big = None if screen or name == "observe tail" else big_line(follower, descriptor)
        with following(command, folder, screen=screen) as (follower, _):
            cpu = idle(follower, idle_s)
        bursts_seen = [took for took in bursts if took is not None]
        p50 = statistics.median(flowing) if flowing else None
        table.add(
            name, p50, percentile(flowing, 0.99), percentile(firsts, 0.99), max(bursts_seen, default=None), big, cpu
        )
    return table


def folder_of_runs(folder: Path, seconds: float, idle_s: float, count: int = 100) -> Table:
    table = Table(f"Following a folder of {count} runs", ("command", "p50 ms", "p99 ms", "idle CPU %"),
                  note="Bound: idle 0.3 %.")  # fmt: skip
    runs = folder / "hundred"
    runs.mkdir()
    descriptors = []
    for _ in range(count):
        descriptors.append(os.open(runs / f"{word()}.ndjson", os.O_WRONLY | os.O_CREAT | os.O_APPEND))
        os.write(descriptors[-1], line(word()))
    follower = Follower([*OBSERVE, "tail", "-o", "json", "--live", str(runs)], screen=False)
    time.sleep(2)
    found: list[float] = []
    for _ in range(int(seconds / 0.035)):
        found += latencies(follower, random.choice(descriptors), [random.uniform(0.01, 0.06)])
    table.add("observe tail DIR -o json", statistics.median(found), percentile(found, 0.99), idle(follower, idle_s))
    follower.stop()
    for descriptor in descriptors:
        os.close(descriptor)
    return table


def crash(folder: Path, quiet_s: float) -> tuple[float, int]:
    """Kill a writer that was quiet for so long; return the milliseconds until its viewer ended, and the exit code."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        path = writer.stdout.readline().strip()
        with subprocess.Popen([*OBSERVE, "tail", "-o", "json", path], stdout=subprocess.PIPE) as viewer:
            assert viewer.stdout is not None
            viewer.stdout.readline()
            time.sleep(quiet_s)
            writer.kill()
            began = time.perf_counter()
            code = viewer.wait()
            return 1000 * (time.perf_counter() - began), code


def crashes(folder: Path, times: int) -> Table:
    table = Table(
        "A writer that is killed: until its viewer has ended",
        ("quiet before", "p50 ms", "slowest ms", "exit 4"),
        note="Bound: 1,000 ms. No heartbeat is missed by then.",
    )
    for quiet_s in (0.1, 2.0, 10.0):
        found = [crash(folder / "crashes", quiet_s + random.uniform(0, 0.5)) for _ in range(times)]
        took = [milliseconds for milliseconds, _ in found]
        table.add(f"{quiet_s:g} s", statistics.median(took), max(took), sum(code == CRASHED for _, code in found))
    return table


def tables(seconds: float, idle_s: float = 30.0) -> list[Table]:
    random.seed(7)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            live(folder, seconds, idle_s),
            folder_of_runs(folder, seconds, idle_s),
            crashes(folder, max(3, int(seconds / 2))),
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="how long each live measurement takes")
    parser.add_argument("--idle", type=float, default=30, help="seconds over which idle CPU is measured")
    given = parser.parse_args()
    for table in tables(given.seconds, given.idle):
        table.print()


if __name__ == "__main__":
    main()
