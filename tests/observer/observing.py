"""Helpers for the tests of `observe` as a process: the process itself, and the lines that it reads."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from agent.runlog.lock import take_lock
from tests.helpers import LIMIT_S, event, wait_until
from tests.warm import start

OBSERVE = [sys.executable, "-m", "observer"]


def lock(descriptor: int) -> None:
    """Take the lock that a writer holds for its whole life."""
    take_lock(descriptor)


class Observe:
    """`observe` as a process whose output goes to files, so that it never waits for us."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        env: dict[str, str] | None = None,
        stdin: int | None = None,
        cwd: Path | None = None,
        cold: bool = False,
    ) -> None:
        self._out, self._err = folder / "stdout", folder / "stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = start(
                "observer",
                *arguments,
                cold=cold,
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                cwd=cwd or folder,
                env={**os.environ, **(env or {})},
            )

    @property
    def out(self) -> bytes:
        return self._out.read_bytes()

    @property
    def err(self) -> str:
        return self._err.read_text("utf-8", "replace")

    def shows(self, text: str) -> None:
        """Wait until standard output or error holds `text`."""
        wait_until(lambda: text.encode() in self.out or text in self.err, f"{text!r} in {self.out!r} {self.err!r}")

    def ends(self) -> int:
        """Wait until it ends and return the exit code."""
        return self.process.wait(LIMIT_S)


START = event("run_start", host=socket.gethostname(), pid=1, lock="ofd", project_dir="/p", command="agent run x")
THOUGHT = event("thought", text="hello there", message="m", block=0)
SUCCESS = event("complete", outcome="success", message="all done", duration_ms=1000, cost_usd=0.5, project_dir="/p")
FAILURE = event("complete", outcome="failed", message="no", duration_ms=1000, cost_usd=None, project_dir="/p")
