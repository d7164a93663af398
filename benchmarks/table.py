"""Helpers of the benchmarks: tables for the terminal and for `docs/benchmarks.md`, and measured commands."""

import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

Cell = str | float | int | None


@dataclass
class Table:
    """A table of measurements; `note` states the bounds and how to read it."""

    title: str
    headers: tuple[str, ...]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    note: str = ""

    def add(self, *cells: Cell) -> None:
        """Add a row, and print it to standard error as progress."""
        self.rows.append(cells)
        print("  ".join(_text(cell) for cell in cells), file=sys.stderr, flush=True)

    def print(self) -> None:
        texts = [self.headers, *(tuple(_text(cell) for cell in row) for row in self.rows)]
        widths = [max(len(row[n]) for row in texts) for n in range(len(self.headers))]
        print(f"\n{self.title}")
        for row in texts:
            print("  ".join(text.ljust(widths[0]) if not n else text.rjust(widths[n]) for n, text in enumerate(row)))
        if self.note:
            print(self.note)

    def markdown(self) -> str:
        lines = [f"| {' | '.join(self.headers)} |", f"|{'---|' + '---:|' * (len(self.headers) - 1)}"]
        lines += [f"| {' | '.join(_text(cell) for cell in row)} |" for row in self.rows]
        return f"### {self.title}\n{self.note}{chr(10) * 2 if self.note else ''}" + "\n".join(lines) + "\n"


@dataclass
class Measurement:
    """The duration of a command, its peak memory, and the bytes it printed."""

    seconds: float
    peak_mb: float
    printed: int


def run(command: list[str], times: int = 3) -> Measurement:
    """Run a command `times` times with its output to a pipe; the fastest run counts."""
    runs = [_run_once(command) for _ in range(times)]
    return Measurement(min(seconds for seconds, _ in runs), _peak_mb(command), runs[0][1])


def _run_once(command: list[str]) -> tuple[float, int]:
    start = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        printed = 0
        while data := os.read(process.stdout.fileno(), 1 << 20):
            printed += len(data)
    return time.perf_counter() - start, printed


_MEASURE = """
import os, sys
quiet = [(os.POSIX_SPAWN_OPEN, 1, '/dev/null', 1, 0)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
sys.stderr.write(str(os.wait4(child, 0)[2].ru_maxrss))
"""


def _peak_mb(command: list[str]) -> float:
    """Return the peak memory of a command, started by a small process: a child inherits the peak of its parent."""
    result = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _MEASURE, *command], capture_output=True, text=True, check=True
    )
    return int(result.stderr.split()[-1]) / 1024


def machine() -> str:
    """Return a description of this machine."""
    cpu = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return (
        f"{os.cpu_count()} cores ({cpu or platform.machine()}), {memory / 1e6:.0f} GB of memory, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def version(command: list[str]) -> str:
    """Return the first line that a program prints about its version; empty if it is not installed."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    return (result.stdout or result.stderr).strip().partition("\n")[0]


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.2f}" if abs(cell) < 10 else f"{cell:.1f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


OBSERVE = [sys.executable, "-m", "observer"]
