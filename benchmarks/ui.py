"""Measures full-screen views of a long run: opening, its last line, a search for a word that it lacks, and following.

    python benchmarks/ui.py FILE [--seconds 15]

`observe ui` beside lnav and toolong (`tl`), each on a pseudo-terminal. FILE is a run of `generate.py`; it is copied,
with a first and a last line of their own. What is drawn is recognized by words in these lines.
"""

import argparse
import os
import pty
import re
import shutil
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from follower import LNAV, PROGRAMS, TOOLONG, first_line, heartbeat, line, random_word
from generate import RUN
from table import OBSERVE, Layout, Table, bring_into_memory

UI = "observe ui"
COMMANDS = {UI: [*OBSERVE, "ui"], LNAV: PROGRAMS[LNAV].command, TOOLONG: PROGRAMS[TOOLONG].command}
COLUMNS, ROWS = 200, 50
END, SEARCH = "G", "/"
PATIENCE_S = 60.0
REST_S = 0.5
"""Seconds without work after which a program is at rest."""
STEP_S, IDLE_SHARE = 0.05, 0.1
"""How long it is looked at, and what share of a core it may use while it is at rest."""
BURST_S = 0.05
"""Output that comes sooner after the last one belongs to the same repaint."""
SETTLE_S = 3.0
EVENTS_PER_S = 10
HEARTBEAT_S = 5.0
TAKES_SCREEN = "\x1b[?1049h"
_SEQUENCE = re.compile(rb"\x1b\[[\d;?]*[A-Za-z]|\x1b[()]B")
OPENING = Layout(
    "ui opening",
    ("command", "start s", "first events s", "last line s", "absent word s", "peak MB", "kB to the terminal"),
    (UI, LNAV, TOOLONG),
    f"On {COLUMNS} columns. Until the program takes the screen; from then until something of the run is drawn, and\n"
    f"until its last line is (`{END}` is pressed as soon as something is); and from the last key of a search until\n"
    "the program is at rest. kB: all that was drawn. Blank: it ended, or did not show it. What lnav does in processes\n"
    "that it starts is not seen.",
)
FOLLOWING = Layout(
    "ui following",
    ("command", "repaints/s", "kB/s", "CPU %", "kB/s, heartbeats only", "CPU %, heartbeats only"),
    (UI, LNAV, TOOLONG),
    f"The end of the same run, with {EVENTS_PER_S} events a second, and then with a heartbeat every {HEARTBEAT_S:g} s.",
)


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [OPENING, FOLLOWING]


class Drawn:
    """A program on a pseudo-terminal, and what it has drawn there."""

    def __init__(self, command: list[str], path: Path) -> None:
        self.started = time.perf_counter()
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            termios.tcsetwinsize(0, (ROWS, COLUMNS))
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.execvp(command[0], [*command, str(path)])
        self.output: list[tuple[float, bytes]] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._descriptor, 1 << 16)
            except OSError:
                return
            self.output.append((time.perf_counter(), data))

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._descriptor, keys.encode())

    def shows(self, *words: str, plain: bool = True) -> float | None:
        """Return when the first of some words was drawn, None if none was; if not `plain`, between sequences."""
        deadline = time.perf_counter() + PATIENCE_S
        while time.perf_counter() < deadline:
            text, parts = b"", list(self.output)
            for at, data in parts:
                text = (text + data)[-(1 << 18) :]
                seen = _SEQUENCE.sub(b"", text) if plain else text
                if any(word.encode() in seen for word in words):
                    return at
            time.sleep(0.005)
        return None

    def rests(self) -> float:
        """Wait until the program is at rest; return since when."""
        since, deadline = time.perf_counter(), time.perf_counter() + PATIENCE_S
        while time.perf_counter() - since < REST_S and time.perf_counter() < deadline:
            before = self.cpu_s()
            time.sleep(STEP_S)
            if self.cpu_s() - before > STEP_S * IDLE_SHARE:
                since = time.perf_counter()
        return since

    def cpu_s(self) -> float:
        """Return the CPU time of all threads so far, in seconds."""
        return time.clock_gettime((~self.pid << 3) | 2)  # what clock_getcpuclockid(3) returns on Linux

    @property
    def peak_mb(self) -> float:
        """The most memory that it has had."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1000

    @property
    def kilobytes(self) -> float:
        """How much it has drawn so far."""
        return sum(len(data) for _, data in self.output) / 1000

    def repaints(self, since: float) -> int:
        """Return how often it has drawn something since a time."""
        times = [at for at, _ in list(self.output) if at >= since]
        return sum(at - before > BURST_S for before, at in zip([0.0, *times], times, strict=False))

    def close(self) -> None:
        """End the program."""
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        self._thread.join(1)
        os.close(self._descriptor)


@contextmanager
def drawn(name: str, path: Path) -> Iterator[Drawn]:
    """Start a program."""
    program = Drawn(COMMANDS[name], path)
    try:
        yield program
    finally:
        program.close()


def copy_of(run: Path, directory: Path) -> tuple[Path, str, str]:
    """Return a copy of a run that is being written, and words of its first and of its last line."""
    path, first, last = directory / f"{RUN}.ndjson", random_word(), random_word()
    with path.open("wb") as copy, run.open("rb") as original:
        original.readline()
        copy.write(first_line(first))
        shutil.copyfileobj(original, copy, 1 << 20)
        copy.truncate(copy.tell() - len(last_line_of(original)))
        copy.seek(0, os.SEEK_END)
        copy.write(line(last))
    return path, first, last


def last_line_of(run: BinaryIO) -> bytes:
    """Return the line that says that a run is complete."""
    run.seek(-(1 << 16), os.SEEK_END)
    return run.read().splitlines(keepends=True)[-1]


def open_run(name: str, path: Path, first: str, last: str) -> tuple[float | None, ...]:
    """Return the seconds until the first screen and the last line, and of a search; the peak, and what was drawn."""
    bring_into_memory(path)
    with drawn(name, path) as program:
        taken, begun = program.shows(TAKES_SCREEN, plain=False), program.shows(first, last)
        if taken is None or begun is None:
            return (None,) * (len(OPENING.headers) - 1)
        program.press(END)
        end = program.shows(last)
        program.rests()
        program.press(SEARCH)
        time.sleep(REST_S)
        program.press(f"{random_word()}\r")
        pressed = time.perf_counter()
        searched = program.rests() - pressed
        return (
            taken - program.started, begun - taken, None if end is None else end - taken, max(0.0, searched),
            program.peak_mb, program.kilobytes,
        )  # fmt: skip


def follow_run(name: str, path: Path, last: str, seconds: float) -> tuple[float | None, ...]:
    """Return repaints, kilobytes and processor time a second while a run is followed, and with heartbeats only."""
    with drawn(name, path) as program, path.open("ab", buffering=0) as run:
        program.shows(last, RUN)
        program.press(END)
        time.sleep(SETTLE_S)
        began, cpu, size = time.perf_counter(), program.cpu_s(), program.kilobytes
        for number in range(int(seconds * EVENTS_PER_S)):
            run.write(line(f"event number {number} of those that come while it is followed"))
            time.sleep(max(0.0, began + (number + 1) / EVENTS_PER_S - time.perf_counter()))
        busy = (
            program.repaints(began) / seconds,
            (program.kilobytes - size) / seconds,
            (program.cpu_s() - cpu) / seconds * 100,
        )
        time.sleep(SETTLE_S)
        cpu, size = program.cpu_s(), program.kilobytes
        for _ in range(max(1, int(seconds / HEARTBEAT_S))):
            run.write(heartbeat("quiet"))
            time.sleep(HEARTBEAT_S)
        quiet_s = max(1, int(seconds / HEARTBEAT_S)) * HEARTBEAT_S
        return (*busy, (program.kilobytes - size) / quiet_s, (program.cpu_s() - cpu) / quiet_s * 100)


def tables(run: Path, seconds: float = 15.0) -> list[Table]:
    """Measure all programs that are installed."""
    size = f"{run.stat().st_size / 1e6:.0f} MB"
    opening = OPENING.table(f"A run of {size} on a full screen")
    following = FOLLOWING.table(f"Following a run of {size} on a full screen")
    with tempfile.TemporaryDirectory(prefix="runtail-ui-") as directory:
        path, first, last = copy_of(run, Path(directory))
        for name in (name for name in OPENING.rows if shutil.which(COMMANDS[name][0])):
            opening.add(name, *open_run(name, path, first, last))
        for name in (name for name in FOLLOWING.rows if shutil.which(COMMANDS[name][0])):
            following.add(name, *follow_run(name, path, last, seconds))
    return [opening, following]


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="a run of generate.py")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each program follows the run")
    arguments = parser.parse_args()
    for table in tables(arguments.file, arguments.seconds):
        table.print()


if __name__ == "__main__":
    main()
