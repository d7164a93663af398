"""The order in which the programs search for modules; test_own_packages.py runs them in a project."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import agent.__main__
import observer.__main__
import runtail_cli

ROOT = str(Path(__file__).parent.parent.parent)
STANDARD = os.path.dirname(os.__file__)


@pytest.mark.parametrize(("start", "program"), [(runtail_cli.agent, agent), (runtail_cli.observe, observer)])
def test_a_program_searches_the_standard_library_then_the_installation_then_the_rest(
    monkeypatch: pytest.MonkeyPatch, start: Callable[[], None], program: object
) -> None:
    searched: list[list[str]] = []
    monkeypatch.setattr(program.__main__, "main", lambda: searched.append(sys.path))  # type: ignore[attr-defined]
    monkeypatch.setattr(runtail_cli, "exit_on_signals", lambda: None)  # of pytest's process
    monkeypatch.setattr(sys, "path", ["/venv/bin", "/project", STANDARD, f"{STANDARD}/lib-dynload", "/site-packages"])

    start()

    assert searched == [[STANDARD, f"{STANDARD}/lib-dynload", ROOT, "/site-packages", "/venv/bin", "/project"]]


SIGNALLED = """
import os, signal, runtail_cli
runtail_cli.exit_on_signals()

class Swallowing:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)

Swallowing()
print("lost")
"""


def test_a_signal_exits_even_where_python_discards_exceptions() -> None:
    done = subprocess.run([sys.executable, "-c", SIGNALLED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_signal_that_the_program_was_started_to_ignore_stays_ignored() -> None:
    code = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + SIGNALLED
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "lost\n")


def test_a_signal_that_arrives_while_python_ends_does_not_kill_the_program() -> None:
    code = """
import os, signal, runtail_cli
runtail_cli.exit_on_signals()

class Last:  # Python has removed its handlers when it clears the modules
    def __del__(self, kill=os.kill, process=os.getpid(), number=int(signal.SIGTERM)):
        kill(process, number)

last = Last()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
