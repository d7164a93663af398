"""Programs of this project on a simulated macOS or Windows.

Each folder holds a `sitecustomize.py`, which Python loads first of all when the folder is on PYTHONPATH, also in the
processes that such a process starts.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.helpers import LIMIT_S

WRITER = """
import asyncio, sys
from agent import RunLog
from agent.events import Thought

async def main():
    async with RunLog.open("runs", run="r", heartbeat_s=0.1) as log:
        await log.emit(Thought(text="hello there", message="m", block=0))
        print("writing", flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""
"""A program that records a run until it reads a line."""


def path_of(system: str) -> str:
    """Return what PYTHONPATH is on a simulated `macos` or `windows`."""
    return str(Path(__file__).parent / system)


def start(system: str, folder: Path, *arguments: str, **env: str) -> subprocess.Popen[str]:
    """Start Python on a simulated `macos` or `windows`, in a directory, with more environment variables."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path_of(system), **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_until(process: subprocess.Popen[str], text: str) -> None:
    """Read the output of a process until a line contains `text`; fail if the output ends before."""
    assert process.stdout is not None
    while text not in (line := process.stdout.readline()):
        assert line, f"{text!r} is missing: {process.stderr.read() if process.stderr else ''}"


def finish(process: subprocess.Popen[str], stdin: str = "") -> tuple[int, str, str]:
    """Wait for a process; return its exit code, its output and its errors."""
    out, err = process.communicate(stdin, timeout=LIMIT_S)
    return process.returncode, out, err


def run(system: str, folder: Path, *arguments: str, stdin: str = "", **env: str) -> tuple[int, str, str]:
    """Run Python on a simulated system to its end."""
    return finish(start(system, folder, *arguments, **env), stdin)


def observe(system: str, folder: Path, *arguments: str, stdin: str = "") -> str:
    """Run a command of `observe` that succeeds without a word of complaint; return its output."""
    code, out, err = run(system, folder, "-m", "observer", *arguments, stdin=stdin)
    assert (code, err) == (0, ""), out + err
    return out
