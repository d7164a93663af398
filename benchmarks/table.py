"""Helpers of the benchmarks: tables for the terminal and for `docs/benchmarks.md`, and measured commands."""

import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Cell = str | float | int | None
OBSERVE = [sys.executable, "-m", "observer"]
LONG_S = 5.0
"""A command is not run again once its runs have taken so many seconds together."""


@dataclass(frozen=True)
class Layout:
    """What a table has before anything is measured. Bounds refer to its cells by `key`, row and column.

    The first header is that of the names of the rows; `note` says how to read the table.
    """

    key: str
    headers: tuple[str, ...]
    rows: tuple[str, ...]
    note: str = ""

    def table(self, title: str) -> "Table":
        """Return an empty table."""
        return Table(self, title)


@dataclass
class Table:
    """A table of measurements."""

    layout: Layout
    title: str
    rows: dict[str, tuple[Cell, ...]] = field(default_factory=dict)

    def add(self, *cells: Cell) -> None:
        """Add a row, which the layout must have, and print it to standard error as progress."""
        assert cells[0] in self.layout.rows, f"{self.layout.key}: no row is called {cells[0]}"
        assert len(cells) == len(self.layout.headers), f"{self.layout.key}: {len(cells)} cells"
        self.rows[str(cells[0])] = cells
        print("  ".join(text_of(cell) for cell in cells), file=sys.stderr, flush=True)

    def figure(self, row: str, column: str) -> float | None:
        """Return a number, None if it was not measured."""
        cells = self.rows.get(row)
        value = None if cells is None else cells[self.layout.headers.index(column)]
        return value if isinstance(value, float | int) else None

    def print(self) -> None:
        """Print the table in columns."""
        headers = self.layout.headers
        texts = [headers, *(tuple(text_of(cell) for cell in row) for row in self.rows.values())]
        widths = [max(len(row[n]) for row in texts) for n in range(len(headers))]
        print(f"\n{self.title}")
        for row in texts:
            print("  ".join(text.ljust(widths[0]) if not n else text.rjust(widths[n]) for n, text in enumerate(row)))
        if self.layout.note:
            print(self.layout.note)

    def markdown(self) -> str:
        """Return the table as a section of a page."""
        headers, note = self.layout.headers, self.layout.note
        lines = [f"| {' | '.join(headers)} |", f"|{'---|' + '---:|' * (len(headers) - 1)}"]
        lines += [f"| {' | '.join(map(_cell, row))} |" for row in self.rows.values()]
        return f"### {self.title}\n{note}{chr(10) * 2 if note else ''}" + "\n".join(lines) + "\n"


@dataclass
class Measurement:
    """The duration of a command, its peak memory, the bytes it printed, and when it printed the first of them."""

    seconds: float
    peak_mb: float
    printed: int
    first: float = 0.0


def compare(
    commands: Mapping[str, Sequence[str]], times: int = 5, *, file: Path | None = None
) -> dict[str, Measurement]:
    """Run commands in turns, up to `times` times each, with their output to a pipe; return the medians by name.

    A program that is not installed is left out. Before each run the `file` that the commands read is brought into
    memory: a kernel that reclaims what was not read for a minute would have some of them measure the disk.
    """
    runs: dict[str, list[Measurement]] = {name: [] for name, command in commands.items() if shutil.which(command[0])}
    for _ in range(times):
        for name, done in runs.items():
            if sum(run.seconds for run in done) < LONG_S:
                if file is not None:
                    bring_into_memory(file)
                done.append(run_once(commands[name]))
    return {
        name: Measurement(
            statistics.median(run.seconds for run in done), max(run.peak_mb for run in done), done[0].printed
        )
        for name, done in runs.items()
    }


def bring_into_memory(file: Path) -> None:
    """Read a file, for nothing else."""
    with file.open("rb", buffering=0) as data:
        part = bytearray(1 << 20)
        while data.readinto(part):
            pass


_RUN = """
import os, sys, time
source, pipe = os.pipe()
actions = [(os.POSIX_SPAWN_DUP2, pipe, 1), (os.POSIX_SPAWN_CLOSE, source), (os.POSIX_SPAWN_CLOSE, pipe),
           (os.POSIX_SPAWN_OPEN, 0, '/dev/null', 0, 0), (os.POSIX_SPAWN_OPEN, 2, '/dev/null', 1, 0)]
printed, first, start = 0, 0.0, time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
os.close(pipe)
while data := os.read(source, 1 << 18):
    first = first or time.perf_counter() - start
    printed += len(data)
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_maxrss, printed, os.waitstatus_to_exitcode(status), first)
"""
"""Runs a command. It is a small process, because a child's peak of memory is at least that of its parent."""


def run_once(command: Sequence[str]) -> Measurement:
    """Run a command with its output to a pipe. Raises RuntimeError if it fails, or is killed."""
    result = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _RUN, *command], capture_output=True, text=True, check=True
    )
    seconds, peak, printed, code, first = result.stdout.split()
    if int(code) not in {0, 1}:  # 1: grep and `observe check` have found nothing, or something
        raise RuntimeError(f"exit code {code}: {' '.join(command)}")
    return Measurement(float(seconds), int(peak) / 1024, int(printed), float(first))


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


def text_of(cell: Cell) -> str:
    """Return a cell as it is printed: three digits of a number."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.2f}" if abs(cell) < 10 else f"{cell:.1f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def _cell(cell: Cell) -> str:
    return text_of(cell).replace("|", "\\|")
