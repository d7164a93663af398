"""No process of a run is left, whatever it does while it is being ended."""

import os
import secrets
import subprocess
from pathlib import Path

import psutil
import pytest

from agent.safety import process_tree
from agent.safety.process_tree import end_marked
from tests.helpers import is_running, wait_until

MARK = "RUNTAIL_TEST_PROCESSES"


def test_a_process_that_starts_another_while_it_ends_is_ended_with_it(tmp_path: Path) -> None:
    value, last = secrets.token_hex(8), tmp_path / "last.pid"
    script = f"trap 'sleep 60 & echo $! > {last}; exit' TERM; touch {tmp_path}/ready; sleep 60 & wait"
    with subprocess.Popen(["sh", "-c", script], env=os.environ | {MARK: value}):
        wait_until((tmp_path / "ready").exists, "the trap")
        assert end_marked(MARK, value) == ["sh", "sleep"]
    wait_until(lambda: not Path("/proc", last.read_text().strip()).exists(), "its removal by whoever adopted it")


def test_no_process_to_end_is_not_an_error() -> None:
    assert end_marked(MARK, "no process has this value") == []


def test_a_process_whose_environment_the_system_hides_is_ended_with_the_one_that_started_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def environ(process: psutil.Process) -> dict[str, str]:
        if process.name() == "sleep":
            raise psutil.AccessDenied
        return shown(process)

    shown = psutil.Process.environ
    monkeypatch.setattr(psutil.Process, "environ", environ)
    monkeypatch.setattr(process_tree, "ENVIRONMENTS_HIDDEN", True)
    value, hidden = secrets.token_hex(8), tmp_path / "hidden.pid"
    script = f"sleep 60 & echo $! > {hidden}; wait"
    with subprocess.Popen(["sh", "-c", script], env=os.environ | {MARK: value}):
        wait_until(lambda: hidden.exists() and hidden.read_text(), "the process")
        end_marked(MARK, value)
    assert not is_running(int(hidden.read_text()))
