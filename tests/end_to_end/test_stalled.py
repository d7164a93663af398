"""A writer that hangs is told from one that works, and from one that is gone."""

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


def test_a_stopped_writer_is_stalled_and_works_again_when_it_goes_on(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER], cwd=tmp_path) as writer:
        try:
            wait_until(lambda: verdict(tmp_path) == "working", "a run at work")
            os.kill(writer.pid, signal.SIGSTOP)
            wait_until(lambda: verdict(tmp_path) == "stalled", "word of the stall")
            os.kill(writer.pid, signal.SIGCONT)
            wait_until(lambda: verdict(tmp_path) == "working", "word that it works again")
        finally:
            writer.kill()
    wait_until(lambda: verdict(tmp_path) == "crashed", "word of the crash")
