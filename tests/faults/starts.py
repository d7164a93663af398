"""Starts programs and sends each a signal at a random moment: from the line on that handles signals."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from agent import RunLog
from agent.events import Info
from tests.helpers import LIMIT_S, patient, wait_until

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
END_WITHIN_S = patient(2)
WITHIN_S = 1.2
"""After so many seconds a command has long begun, also on a busy machine."""
SHORT_WITHIN_S = 0.5
"""After so many seconds a short command has ended, unless the machine is busy."""
_AT_ONCE = 4
MODULES = {"agent": "agent", "observe": "observer"}

ENDLESS = ("observe tail -F RUN", "observe tail -o json NONE", "observe serve --port 0 --runs RUNS",
           "observe list --watch --runs RUNS", "observe wait --until complete RUN", "observe wait NONE")  # fmt: skip
"""Commands that only a signal ends."""
SHORT = ("observe --help", "observe show RUN", "observe check RUN --allow-incomplete", "observe list --runs RUNS",
         "observe report --format md RUN", "agent --help", "agent list", "agent prune --older 30d RUNS")  # fmt: skip
"""Commands that end by themselves, perhaps before the signal."""


class Start(NamedTuple):
    """One start: what was started, the signal, after how many seconds, and what became of it.

    `took_s` is the time from the signal to the end, without that in which other processes had the processor.
    """

    command: str
    number: signal.Signals
    delay_s: float
    took_s: float
    code: int
    stderr: str

    @property
    def problem(self) -> str | None:
        """What is wrong with how it ended; None if nothing is."""
        allowed = {128 + self.number} if self.command in ENDLESS else {128 + self.number, 0}
        if self.code not in allowed:
            return f"{self}: the exit code is not {128 + self.number}"
        if any(not line.startswith(f"{self.command.split()[0]}: ") for line in self.stderr.splitlines()):
            return f"{self}: it printed more than messages"
        if self.took_s > END_WITHIN_S:
            return f"{self}: it took more than {END_WITHIN_S:g} s to end"
        return None


@contextmanager
def open_run(directory: Path) -> Iterator[Path]:
    """Record a run while the block runs, and yield its file."""
    with RunLog.open(directory, about="a run that goes on") as log:
        for number in range(50):
            log.emit(Info(message=f"line {number}"))
        yield log.path


def start(command: str, run: Path, chance: random.Random) -> Start:
    """Start a command, send it a signal at a moment after it handles signals, and wait for its end."""
    program, *words = command.split()
    paths = {"RUN": run, "RUNS": run.parent, "NONE": run.with_name("none.ndjson")}
    arguments = [str(paths.get(word, word)) for word in words]
    number, delay_s = chance.choice(SIGNALS), chance.random() * (WITHIN_S if command in ENDLESS else SHORT_WITHIN_S)
    with subprocess.Popen(
        [sys.executable, "-m", MODULES[program], *arguments], cwd=run.parent,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            _wait_for_handler(process)
            time.sleep(delay_s)
            took_s = _seconds_to_end(process, number, command)
            _, stderr = process.communicate(timeout=LIMIT_S)
        except BaseException:
            process.kill()
            raise
    return Start(command, number, delay_s, took_s, process.returncode, stderr)


def _seconds_to_end(process: "subprocess.Popen[str]", number: signal.Signals, command: str) -> float:
    """Send a signal, and return how long the process could have run until its end; 0 if it had ended before."""
    if process.poll() is not None:
        return 0.0
    began, waited_s = time.monotonic(), _waited_for_processor(process.pid)
    os.kill(process.pid, number)  # `send_signal` would ask for the exit code, and what is known of the process would go
    wait_until(lambda: _has_ended(process.pid), f"the end of {command} after {number.name}")
    return time.monotonic() - began - (_waited_for_processor(process.pid) - waited_s)


def problems(run: Path, seed: int, commands: Sequence[str], count: int) -> list[str]:
    """Start commands `count` times, and return what was wrong, with the seed that repeats it."""
    chance = random.Random(seed)
    chosen = [(command, random.Random(chance.random())) for command in chance.choices(commands, k=count)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # most of the time they wait for the moment of the signal
        starts = pool.map(lambda one: start(one[0], run, one[1]), chosen)
        return [f"seed {seed}: {each.problem}" for each in starts if each.problem]


def _wait_for_handler(process: subprocess.Popen[str]) -> None:
    """Return when the process has a handler for SIGTERM, which Python does not install by itself, or has ended."""
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        caught = int(status.read_text().partition("SigCgt:")[2].split()[0], 16)
        if caught >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.001)  # or looking takes as long as the start


def _has_ended(pid: int) -> bool:
    """Return whether a child has ended; what is known of it stays until its exit code is asked for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _waited_for_processor(pid: int) -> float:
    """Return for how many seconds the main thread of a process could run and did not, as the machine was busy."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
