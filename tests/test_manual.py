"""The manual pages are what the command lines say, and a manual reader can read them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAN = Path(__file__).parent.parent / "docs" / "man"


def test_the_manual_pages_are_up_to_date() -> None:
    done = subprocess.run([sys.executable, MAN / "generate.py", "--check"], check=False)

    assert done.returncode == 0, "run: python docs/man/generate.py"


@pytest.mark.skipif(shutil.which("man") is None, reason="there is no man here to read them with")
@pytest.mark.parametrize("name", ["observe", "agent"])
def test_a_manual_page_is_read_without_complaint(name: str) -> None:
    done = subprocess.run(
        ["man", "--warnings", "-l", str(MAN / f"{name}.1")], capture_output=True, text=True, check=True,
        env={"MANWIDTH": "80", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip

    assert done.stderr == ""
    assert f"{name.upper()}(1)" in done.stdout
    assert "Exit codes:" in done.stdout
