"""Tests that the processes of an agent end with it: when it leaves the block, and when it is killed.

Tests agent.safety.reaper_process.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from agent.safety.reaper import MARK, process_reaper
from tests.helpers import is_running, patient, wait_until

ROOT = Path(__file__).parents[3]
GONE_WITHIN_S = patient(2)
AGENT = """
import asyncio, sys
from pathlib import Path
from agent.safety.reaper import process_reaper

async def main():
    async with process_reaper(Path(sys.argv[1]), Path(sys.argv[2])) as mark:
        tool = await asyncio.create_subprocess_exec(*sys.argv[3:], env=mark, start_new_session=True)
        print(tool.pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def test_processes_and_their_home_are_gone_after_the_agent_was_killed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-c", AGENT, str(tmp_path), str(home), "sleep", "600"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as agent:
        assert agent.stdout is not None
        tool = int(agent.stdout.readline())
        assert is_running(tool)
        agent.send_signal(signal.SIGKILL)
    wait_until(lambda: not is_running(tool), "the end of the tool")
    wait_until(lambda: not home.exists(), "the end of its home")


def test_processes_that_refuse_to_end_are_gone_soon_after_the_agent_was_killed(tmp_path: Path) -> None:
    stubborn = "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, lambda *_: None); "
    tool = f"{stubborn}subprocess.Popen([sys.executable, '-c', {stubborn + 'time.sleep(600)'!r}]); "
    tool += "open('ready', 'w').close()\nwhile True: time.sleep(600)"
    command = [sys.executable, "-c", AGENT, str(tmp_path), str(tmp_path / "home"), sys.executable, "-c", tool]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as agent:
        assert agent.stdout is not None
        first = psutil.Process(int(agent.stdout.readline()))
        wait_until((tmp_path / "ready").exists, "the second process")
        processes = [first, *wait_until(first.children, "the second process")]
        agent.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    wait_until(lambda: not any(is_running(process.pid) for process in processes), "the end of both")
    assert time.monotonic() - killed < GONE_WITHIN_S


async def test_marked_processes_are_ended_when_the_block_is_left_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / ".bashrc").touch()
    (tmp_path / ".bashrc").chmod(0o444)  # whatever the umask
    other = await asyncio.create_subprocess_exec("sleep", "600")
    async with process_reaper(tmp_path) as mark:
        tool = await asyncio.create_subprocess_exec("sleep", "600", env=mark)
    assert await tool.wait() == -signal.SIGTERM
    assert other.returncode is None
    assert not (tmp_path / ".bashrc").exists()
    other.kill()
    await other.wait()


async def test_only_marked_processes_get_a_session_of_their_own(tmp_path: Path) -> None:
    async with process_reaper(tmp_path) as mark, process_reaper(tmp_path):
        tool = await asyncio.create_subprocess_exec("sleep", "600", env=mark)
        other = await asyncio.create_subprocess_exec("sleep", "600")
        assert mark.keys() == {MARK}
        assert os.getsid(tool.pid) == tool.pid
        assert os.getsid(other.pid) == os.getsid(0)
        other.kill()
        await other.wait()


def test_the_process_that_waits_for_the_end_of_the_agent_loads_neither_the_sdk_nor_asyncio() -> None:
    code = "import sys, agent.safety.reaper_process; print({'claude_agent_sdk', 'asyncio'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
