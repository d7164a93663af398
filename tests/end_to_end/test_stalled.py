"""The verdict distinguishes a writer that hangs from one that works and from one that crashed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.helpers import wait_until

WRITER = """
import asyncio
from agent import RunLog
from agent.events import Info

async def main():
    async with RunLog.open("runs", heartbeat_s=0.1) as log:
        await log.emit(Info(message="at work"))
        await asyncio.sleep(600)

asyncio.run(main())
"""


def verdict(folder: Path) -> str:
    command = [sys.executable, "-m", "observer", "list", "-o", "json", "runs"]
    listed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
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
