"""Viewers as processes, and runs for them to view."""

import os
import subprocess
from pathlib import Path

from typer.testing import CliRunner, Result

from observer.cli.app import app
from tests.helpers import LIMIT_S, line
from tests.warm import run, start

NEXT = "20261123T021230Z-000001"
MANY = 1500


def long_run() -> bytes:
    calls: dict[int, bytes] = {}
    for seq in range(10, MANY, 50):
        calls[seq] = line(seq, "tool_use", id=f"c{seq}", name="Bash", input={"command": f"make {seq}"})
        status = "error" if seq % 100 else "success"
        calls[seq + 1] = line(seq + 1, "tool_result", tool_use_id=f"c{seq}", status=status, output="o")
    middle = b"".join(calls.get(seq) or line(seq) for seq in range(2, MANY))
    return line(1, "run_start", host="elsewhere") + middle + line(MANY, "complete", outcome="success", duration_ms=1)


def observe(*arguments: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    return run("observer", *arguments, timeout=LIMIT_S, env={**os.environ, **environ})


def invoked(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def started(*arguments: str) -> subprocess.Popen[bytes]:
    return start("observer", *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def read(stream: object, count: int) -> list[bytes]:
    return [stream.readline() for _ in range(count)]  # type: ignore[attr-defined]


def put(folder: Path, run: str, data: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{run}.ndjson"
    path.write_bytes(data)
    return path
