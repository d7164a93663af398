"""A program that follows a run file, when each line appeared in its output, and what it costs meanwhile."""

import json
import os
import pty
import random
import socket
import string
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from generate import RUN
from serve import free_port, serve_command, server
from table import OBSERVE

WINDOW = 1 << 16
"""Bytes of output that are searched for a word."""
SETTLE_S = 1.0
FINISHED_S = 3600.0
"""How long ago the runs beside the one that is followed were written."""
PIPE, TERMINAL, CLIENT = "pipe", "terminal", "client"
"""Where a program writes to: a pipe, a pseudo-terminal, or, as a server, a connection."""


@dataclass(frozen=True)
class Program:
    """A command that follows the file, or with `beside`, the directory with so many finished runs beside it."""

    command: list[str]
    output: str = PIPE
    beside: int | None = None


TAIL, BARE, JSON, PRETTY = "tail -f", "bare loop", "observe tail -o json", "observe tail"
SCREEN = "observe tail, on a terminal"
FOLDER = "observe tail DIR -o json, 99 finished runs beside it"
SERVED = "observe serve, its one client"
LNAV, TOOLONG = "lnav", "toolong"
PROGRAMS = {
    TAIL: Program(["tail", "-n", "+1", "-f"]),
    BARE: Program([sys.executable, str(Path(__file__).with_name("bare_loop.py"))]),
    JSON: Program([*OBSERVE, "tail", "-o", "json"]),
    PRETTY: Program([*OBSERVE, "tail"]),
    SCREEN: Program([*OBSERVE, "tail"], TERMINAL),
    FOLDER: Program([*OBSERVE, "tail", "-o", "json"], beside=99),
    SERVED: Program([], CLIENT),
    LNAV: Program(["lnav"], TERMINAL),
    TOOLONG: Program(["tl"], TERMINAL),
}


def line(word: str, padding: int = 0, kind: str = "info", **data: object) -> bytes:
    """Return a line with a word that can be recognized in the output."""
    now = time.time()
    event = {
        "seq": 1,
        "timestamp": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1e6):06}Z",
        "run": RUN,
        "type": kind,
        "phase": "coding",
        "iteration": 3,
        "parent": None,
        "data": data | {"message": "x" * padding + word},  # at the end, which is printed last of a long line
    }
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


def first_line(word: str) -> bytes:
    """Return the line with which a run of this process begins, so that viewers see a living agent."""
    started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return line(
        word, 0, "run_start", format=1, command="benchmark", project_dir="/", pid=os.getpid(), pid_start=started,
        host=socket.gethostname(), heartbeat_s=5.0, about=word,
    )  # fmt: skip


def heartbeat(word: str) -> bytes:
    """Return a heartbeat of an agent that waits for the model."""
    return line(word, 0, "heartbeat", elapsed_s=5.0, idle_s=1.0, state="writing", in_flight=[], dropped=0)


def random_word() -> str:
    """Return a word that is in no output yet."""
    return "".join(random.choices(string.ascii_lowercase, k=14))


class Follower:
    """The output of a process, and the time at which each expected word appeared in it."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self._descriptor = descriptor
        self._seen: dict[bytes, float] = {}
        self._expected: set[bytes] = set()
        self._lock = threading.Condition()
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
        """Look for a word from now on."""
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

    def delay(self, write: Callable[[str], None], timeout_s: float = 1.0) -> float | None:
        """Let `write` write a word; return the milliseconds until it was printed, None if it was not."""
        self.expect(word := random_word())
        start = time.perf_counter()
        write(word)
        end = self.seen(word, timeout_s)
        return None if end is None else 1000 * (end - start)

    def cpu_s(self) -> float:
        """Return the CPU time of all threads so far, in seconds."""
        return time.clock_gettime((~self.pid << 3) | 2)  # what clock_getcpuclockid(3) returns on Linux

    def wake_ups(self) -> int:
        """Return how often its threads have waited for something so far."""
        statuses = [path.read_text() for path in Path(f"/proc/{self.pid}/task").glob("*/status")]
        return sum(int(text.partition("\nvoluntary_ctxt_switches:")[2].split()[0]) for text in statuses)

    def join(self) -> None:
        """Wait for the end of the output."""
        self._thread.join(1)


class Living:
    """A program that follows a living run, in a directory of its own."""

    def __init__(self, follower: Follower, path: Path) -> None:
        self.follower = follower
        self.path = path
        self._file = path.open("ab", buffering=0)

    def append(self, data: bytes) -> None:
        """Append to the run."""
        while data:
            data = data[self._file.write(data) :]

    def close(self) -> None:
        """Append nothing more."""
        self._file.close()


@contextmanager
def living(program: Program) -> Iterator[Living]:
    """Start a program on a new run; yield both."""
    with tempfile.TemporaryDirectory(prefix="runtail-follow-") as name:
        directory = Path(name)
        path = directory / f"{RUN}.ndjson"
        for number in range(program.beside or 0):
            finished = first_line("finished") + line("done", 0, "complete", outcome="success")
            beside = directory / f"20261122T0112{number:02}Z-7f3a9c.ndjson"
            beside.write_bytes(finished)
            os.utime(beside, (time.time() - FINISHED_S,) * 2)  # what was just written could still be, without a lock
        path.write_bytes(first_line(random_word()))
        with _started(program, directory, path) as follower:
            run = Living(follower, path)
            if program.output != TERMINAL:
                follower.delay(lambda word: run.append(line(word)), 10)
            time.sleep(SETTLE_S)
            yield run
            run.close()


@contextmanager
def _started(program: Program, directory: Path, path: Path) -> Iterator[Follower]:
    if program.output == CLIENT:
        port = free_port()
        with (
            server(serve_command(directory, port), port) as pid,
            socket.create_connection(("127.0.0.1", port)) as client,
        ):
            client.sendall(f"GET /api/runs/{RUN}/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            yield Follower(pid, client.fileno())
        return
    command = [*program.command, str(path if program.beside is None else directory)]
    if program.output == TERMINAL:
        pid, descriptor = pty.fork()
        if pid == 0:
            termios.tcsetwinsize(0, (50, 160))
            os.environ["TERM"] = "xterm-256color"
            os.execvp(command[0], command)
        follower = Follower(pid, descriptor)
        yield follower
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        follower.join()
        os.close(descriptor)
    else:
        with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
            assert process.stdout is not None
            follower = Follower(process.pid, process.stdout.fileno())
            yield follower
            process.kill()
            follower.join()
