"""Helpers for the tests of the writer: read a run file back, and run programs that write one."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from agent import RunLog
from agent.runlog.appender import Appender, Prepare

PRELUDE = """
import asyncio, os, random, signal, sys, time
from agent import RunLog
from agent.runlog.appender import Appender, Prepare
from agent.events import *
"""


def events_of(path: Path) -> list[dict[str, Any]]:
    """Every line of a file that must hold nothing but whole, valid lines."""
    data = path.read_bytes()
    assert data.endswith(b"\n")
    return [json.loads(line) for line in data[:-1].split(b"\n")]


def types_of(path: Path) -> list[str]:
    return [event["type"] for event in events_of(path)]


class QuietLog(RunLog):
    """A log that keeps its warnings instead of printing them, and writes no heartbeats by default."""

    warnings: list[str]


def quiet_log(folder: Path, **options: Any) -> QuietLog:
    warnings: list[str] = []
    log = QuietLog.open(folder, warn=warnings.append, **({"heartbeat_s": 3600.0} | options))
    log.warnings = warnings
    return log


def open_appender(path: str | Path, prepare: Prepare | None = None, **options: Any) -> Appender:
    """An appender of a file that need not exist; lines are written as they are."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    prepare = prepare or (lambda lines: b"".join(part for line in lines for part in line))
    return Appender(os.open(path, flags, 0o600), Path(path), prepare, **({"patience_s": 1.0, "warn": print} | options))


def program(code: str, cwd: Path, *args: str, **options: Any) -> subprocess.Popen[str]:
    """Start Python with `code` after the usual imports; its output is a pipe."""
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(code), *args],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
