"""Scripts of a project: the `activate` of a virtual environment, whichever Python wrote it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent.safety.commands.conftest import Check

WITH_CYGPATH = """\
deactivate () {
    unset -f deactivate
}
deactivate nondestructive
case "$(uname)" in
    CYGWIN*|MSYS*|MINGW*)
        VIRTUAL_ENV=$(cygpath /project/.venv)
        export VIRTUAL_ENV
        ;;
esac
hash -r 2> /dev/null
"""
"""What Python 3.12 and later write: on Windows, their environments convert paths."""


def interpreters() -> list[str]:
    """Return this Python, and one of each version from 3.12 on that is installed here."""
    names = filter(None, map(shutil.which, (f"python3.{minor}" for minor in range(12, 20))))
    found = {}
    home = Path(os.path.expanduser("~"))
    for python in [*names, *map(str, home.glob(".pyenv/versions/3.1[2-9]*/bin/python"))]:
        command = [python, "-c", "import sys, venv; print(sys.version_info[:2])"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode == 0:  # a shim of pyenv need not have a Python behind it
            found[answer.stdout] = python
    return [sys.executable, *found.values()]


def test_a_virtual_environment_can_be_activated(check: Check, project: Path) -> None:
    for number, python in enumerate(interpreters()):
        subprocess.run([python, "-m", "venv", "--without-pip", project / f".venv{number}"], check=True)
        for sandboxed in (False, True):
            denial = check(f"source .venv{number}/bin/activate && pip list", sandboxed=sandboxed)
            assert denial is None, python


def test_an_environment_of_python_3_12_and_later_can_be_activated(check: Check, project: Path) -> None:
    (project / "venv" / "bin" / "activate").write_text(WITH_CYGPATH)
    assert check(". venv/bin/activate && pip list") is None


def test_an_environment_can_be_created_and_activated_at_once(check: Check) -> None:
    assert check("python3 -m venv new && . new/bin/activate && pip install -e .") is None


def test_an_activate_that_runs_something_else_is_denied_without_the_sandbox(check: Check, project: Path) -> None:
    (project / "venv" / "bin" / "activate").write_text(f"{WITH_CYGPATH}ssh host\n")
    denial = check(". venv/bin/activate")
    assert denial is not None
    assert denial.reason.startswith("in venv/bin/activate: ssh is not among")


@pytest.mark.parametrize("line", ["#\r\n", "#\n", ""])
def test_of_a_long_script_the_end_is_checked_or_it_is_denied(check: Check, project: Path, line: str) -> None:
    """A line end of two bytes becomes one, so that what was read may have just the length that is allowed."""
    (project / "long.sh").write_bytes((line + "#" * (256 * 1024 - len(line)) + "\nrm -rf ~/x\n").encode())
    denial = check("bash long.sh")
    assert denial is not None
    assert "too long" in denial.reason
