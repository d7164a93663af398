"""What a benchmark prints: a table with a title, for people on a terminal and for `docs/benchmarks.md`."""

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
    """Rows of figures under their heads; `note` says what is to be read from them."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    note: str = ""

    def add(self, *cells: Cell) -> None:
        """Add a row; on standard error it can be seen at once."""
        self.rows.append(cells)
        print("  ".join(_text(cell) for cell in cells), file=sys.stderr, flush=True)

    def print(self) -> None:
        texts = [self.heads, *(tuple(_text(cell) for cell in row) for row in self.rows)]
        widths = [max(len(row[n]) for row in texts) for n in range(len(self.heads))]
        print(f"\n{self.title}")
        for row in texts:
            print("  ".join(text.ljust(widths[0]) if not n else text.rjust(widths[n]) for n, text in enumerate(row)))
        if self.note:
            print(self.note)

    def markdown(self) -> str:
        lines = [f"| {' | '.join(self.heads)} |", f"|{'---|' + '---:|' * (len(self.heads) - 1)}"]
        lines += [f"| {' | '.join(_text(cell) for cell in row)} |" for row in self.rows]
        return f"### {self.title}\n{self.note}{chr(10) * 2 if self.note else ''}" + "\n".join(lines) + "\n"


@dataclass
class Took:
    """How long a command took and how much memory it had at most, and how much it printed."""

    seconds: float
    peak_mb: float
    printed: int


def run(command: list[str], times: int = 3) -> Took:
    """Run a command with its output to a pipe that is read, `times` times; the fastest counts."""
    found = [_once(command) for _ in range(times)]
    return Took(min(seconds for seconds, _ in found), _peak_mb(command), found[0][1])


def _once(command: list[str]) -> tuple[float, int]:
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        printed = 0
        while data := os.read(process.stdout.fileno(), 1 << 20):
            printed += len(data)
    return time.perf_counter() - began, printed


_MEASURE = """
import os, sys
quiet = [(os.POSIX_SPAWN_OPEN, 1, '/dev/null', 1, 0)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
sys.stderr.write(str(os.wait4(child, 0)[2].ru_maxrss))
"""


def _peak_mb(command: list[str]) -> float:
    """The most memory a command had. A small process starts it: a child counts what its parent had."""
    said = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _MEASURE, *command], capture_output=True, text=True, check=True
    )
    return int(said.stderr.split()[-1]) / 1024


def machine() -> str:
    """What the figures were measured on."""
    cpu = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return (
        f"{os.cpu_count()} cores ({cpu or platform.machine()}), {memory / 1e6:.0f} GB of memory, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def version(command: list[str]) -> str:
    """The first line that a program says of its version, None when it is not installed."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    return (said.stdout or said.stderr).strip().partition("\n")[0]


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
