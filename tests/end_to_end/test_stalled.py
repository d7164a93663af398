"""The verdict distinguishes a writer that hangs from one that works and from one that crashed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests import warm
from tests.helpers import LIMIT_S, patient, wait_until

HEARTBEAT_S = patient(0.2)
"""A run is stalled after three of them, so the time that a busy machine takes from its writer must be less."""

WRITER = f"""
import asyncio
from agent import RunLog
from agent.events import Info

async def main():
    async with RunLog.open("runs", heartbeat_s={HEARTBEAT_S}) as log:
        await log.emit(Info(message="at work"))
        await asyncio.sleep(600)

asyncio.run(main())
"""

BLOCKING = f"""
import asyncio, time
from agent import RunLog
from agent.events import Info

async def main():
    async with RunLog.open("runs", heartbeat_s={HEARTBEAT_S}) as log:
        await log.emit(Info(message="at work"))
        time.sleep(600)

asyncio.run(main())
"""


def verdict(folder: Path) -> str:
    listed = warm.run("observer", "list", "-o", "json", "runs", cwd=folder, text=True, timeout=LIMIT_S).stdout
    return str(json.loads(listed)["verdict"]) if listed else ""


def test_a_stopped_writer_is_stalled_until_it_continues(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER], cwd=tmp_path) as writer:
        try:
            wait_until(lambda: verdict(tmp_path) == "working", "the verdict working")
            os.kill(writer.pid, signal.SIGSTOP)
            wait_until(lambda: verdict(tmp_path) == "stalled", "the verdict stalled")
            os.kill(writer.pid, signal.SIGCONT)
            wait_until(lambda: verdict(tmp_path) == "working", "the verdict working after the stop")
        finally:
            writer.kill()
    wait_until(lambda: verdict(tmp_path) == "crashed", "the verdict crashed")


def test_a_writer_whose_event_loop_is_blocked_is_not_stalled(tmp_path: Path) -> None:
    """It was, after three heartbeats: a call of 12 s at the usual interval."""
    with subprocess.Popen([sys.executable, "-c", BLOCKING], cwd=tmp_path) as writer:
        try:
            latest = tmp_path / "runs" / "latest.ndjson"
            wait_until(lambda: latest.exists() and latest.read_bytes().count(b'"type":"heartbeat"') >= 10)
            assert verdict(tmp_path) == "working"
            options = ("--until", "stalled", "--timeout", f"{6 * HEARTBEAT_S:g}")
            waited = warm.run("observer", "wait", *options, latest, cwd=tmp_path, timeout=LIMIT_S)
            assert (waited.returncode, verdict(tmp_path)) == (3, "working")
        finally:
            writer.kill()
