"""Measures how fast an appended line is printed and what idle followers cost, compared with tail, lnav and toolong.

All programs run in the same minutes on the same machine: compare the ratios, not the figures. A program that draws a
screen (lnav, toolong) runs on a pseudo-terminal, and a line counts as printed when the word in it is drawn.

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
"""Bytes of output that are searched for a word."""
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


def line(word: str, padding: int = 0) -> bytes:
    """Return a line with a word that can be recognized in the output."""
    event = {  # at the end, because that is what is printed last of a long line
        "seq": 1,
        "timestamp": f"2026-11-23T01:12:{time.time() % 60:09.6f}Z",
        "run": "20261123T011230Z-7f3a9c",
        "type": "info",
        "phase": "coding",
        "iteration": 3,
        "parent": None,
        "data": {"kind": "w", "message": "x" * padding + word},
    }
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


def random_word() -> str:
    return "".join(random.choices(string.ascii_lowercase, k=14))


class Follower:
    """A process that follows a file, and the time at which each expected word appeared in its output."""

    def __init__(self, command: list[str], *, screen: bool) -> None:
        self._seen: dict[bytes, float] = {}
        self._expected: set[bytes] = set()
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
        while data := self._read_some():
            now = time.perf_counter()
            window = (window + data)[-WINDOW - len(data) :]
            with self._lock:
                for word in [word for word in self._expected if word in window]:
                    self._seen[word] = now
                    self._expected.discard(word)
                self._lock.notify_all()

    def _read_some(self) -> bytes:
        try:
            return os.read(self._descriptor, 1 << 20)
        except OSError:
            return b""

    def expect(self, word: str) -> None:
        with self._lock:
            self._expected.add(word.encode())

    def seen(self, word: str, timeout_s: float = 1.0) -> float | None:
        """Return when a word was printed, None if it was not within `timeout_s`."""
        deadline = time.perf_counter() + timeout_s
        with self._lock:
            while word.encode() not in self._seen:
                if not self._lock.wait(max(0.0, deadline - time.perf_counter())):
                    self._expected.discard(word.encode())
                    return None
            return self._seen[word.encode()]

    def cpu(self) -> float:
        """Return the CPU time used so far, in seconds."""
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
def following(command: list[str], directory: Path, *, screen: bool = False) -> Iterator[tuple[Follower, int]]:
    """Start a follower of a new file; yield it and the descriptor to append to."""
    path = directory / f"{random_word()}.ndjson"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, line(first := random_word()))
    follower = Follower([*command, str(path)], screen=screen)
    follower.expect(first)
    follower.seen(first, 10)
    time.sleep(1)
    try:
        yield follower, descriptor
    finally:
        follower.stop()
        os.close(descriptor)


def latencies(follower: Follower, descriptor: int, pauses: list[float]) -> list[float]:
    """Append a line after each pause; return the milliseconds until each was printed, without those that never were."""
    written = []
    for pause in pauses:
        time.sleep(pause)
        follower.expect(sent := random_word())
        written.append((sent, time.perf_counter()))
        os.write(descriptor, line(sent))
    times = [(follower.seen(sent), start) for sent, start in written]
    return [1000 * (end - start) for end, start in times if end is not None]


def burst(follower: Follower, descriptor: int, count: int, padding: int) -> float | None:
    """Append `count` lines at once; return the milliseconds from the last write until the last line is printed."""
    follower.expect(last := random_word())
    data = b"".join(line(random_word(), padding) for _ in range(count - 1)) + line(last)
    while data:
        data = data[os.write(descriptor, data) :]
    start = time.perf_counter()
    end = follower.seen(last, 20)
    return None if end is None else 1000 * (end - start)


def big_line(follower: Follower, descriptor: int) -> float | None:
    """Append a line of 1 MB; return the milliseconds until its end is printed."""
    follower.expect(last := random_word())
    data = line(last, 1_000_000)
    start = time.perf_counter()
    while data:
        data = data[os.write(descriptor, data) :]
    end = follower.seen(last, 20)
    return None if end is None else 1000 * (end - start)


def idle(follower: Follower, seconds: float) -> float:
    """Return the CPU usage of an idle follower, in per cent."""
    time.sleep(4)
    before, start = follower.cpu(), time.perf_counter()
    time.sleep(seconds)
    return 100 * (follower.cpu() - before) / (time.perf_counter() - start)


def percentile(values: list[float], share: float) -> float | None:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else None


def measure_latency(directory: Path, seconds: float, idle_s: float) -> Table:
    table = Table(
        "Following: from append to output",
        ("command", "p50 ms", "p99 ms", "first after 5 s pause", "20,000 lines ms", "1 MB line ms", "idle CPU %"),
        note="Bounds: p50 2.5 ms, p99 6 ms, first after a pause 25 ms, burst 150 ms, 1 MB 50 ms, idle 0.3 %.\n"
        "Blank: not measured, or not recognizable on its screen.",
    )
    programs = {
        "tail -f": (["tail", "-n", "+1", "-f"], False),
        "observe tail -o json": ([*OBSERVE, "tail", "-o", "json"], False),
        "observe tail": ([*OBSERVE, "tail"], False),
        "lnav": (["lnav"], True),
        "toolong": (["tl"], True),
    }
    pauses = [random.uniform(0.01, 0.06) for _ in range(int(seconds / 0.035))]
    for name, (command, screen) in programs.items():
        if not shutil.which(command[0]):
            continue
        with following(command, directory, screen=screen) as (follower, descriptor):
            steady = latencies(follower, descriptor, pauses[: len(pauses) // (4 if screen else 1)])
        with following(command, directory, screen=screen) as (follower, descriptor):
            firsts = latencies(follower, descriptor, [5.0] * max(3, int(seconds / (5 if screen else 2))))
        with following(command, directory, screen=screen) as (follower, descriptor):
            bursts = [burst(follower, descriptor, 20_000, 700) for _ in range(1 if screen else 3)]
            big = None if screen or name == "observe tail" else big_line(follower, descriptor)
        with following(command, directory, screen=screen) as (follower, _):
            cpu = idle(follower, idle_s)
        printed_bursts = [latency for latency in bursts if latency is not None]
        p50 = statistics.median(steady) if steady else None
        table.add(
            name, p50, percentile(steady, 0.99), percentile(firsts, 0.99), max(printed_bursts, default=None), big, cpu
        )
    return table


def measure_directory(directory: Path, seconds: float, idle_s: float, count: int = 100) -> Table:
    table = Table(f"Following a directory of {count} runs", ("command", "p50 ms", "p99 ms", "idle CPU %"),
                  note="Bound: idle 0.3 %.")  # fmt: skip
    runs = directory / "hundred"
    runs.mkdir()
    descriptors = []
    for _ in range(count):
        descriptors.append(os.open(runs / f"{random_word()}.ndjson", os.O_WRONLY | os.O_CREAT | os.O_APPEND))
        os.write(descriptors[-1], line(random_word()))
    follower = Follower([*OBSERVE, "tail", "-o", "json", "--live", str(runs)], screen=False)
    time.sleep(2)
    measured: list[float] = []
    for _ in range(int(seconds / 0.035)):
        measured += latencies(follower, random.choice(descriptors), [random.uniform(0.01, 0.06)])
    table.add(
        "observe tail DIR -o json", statistics.median(measured), percentile(measured, 0.99), idle(follower, idle_s)
    )
    follower.stop()
    for descriptor in descriptors:
        os.close(descriptor)
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


def measure_crashes(directory: Path, times: int) -> Table:
    table = Table(
        "From the death of a writer to the end of its viewer",
        ("quiet before", "p50 ms", "slowest ms", "exit 4"),
        note="Bound: 1,000 ms. This is too short for a missed heartbeat.",
    )
    for quiet_s in (0.1, 2.0, 10.0):
        results = [crash(directory / "crashes", quiet_s + random.uniform(0, 0.5)) for _ in range(times)]
        times = [milliseconds for milliseconds, _ in results]
        table.add(f"{quiet_s:g} s", statistics.median(times), max(times), sum(code == CRASHED for _, code in results))
    return table


def tables(seconds: float, idle_s: float = 30.0) -> list[Table]:
    random.seed(7)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        return [
            measure_latency(directory, seconds, idle_s),
            measure_directory(directory, seconds, idle_s),
            measure_crashes(directory, max(3, int(seconds / 2))),
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="duration of each latency measurement")
    parser.add_argument("--idle", type=float, default=30, help="seconds over which the idle CPU usage is measured")
    arguments = parser.parse_args()
    for table in tables(arguments.seconds, arguments.idle):
        table.print()


if __name__ == "__main__":
    main()
