"""The manual pages are what the programs say, and `man` can display them."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAN = ROOT / "docs" / "man"
PAGES = sorted(path.name for path in MAN.glob("*.1"))


def test_the_manual_pages_are_up_to_date() -> None:
    done = subprocess.run([sys.executable, MAN / "generate.py", "--check"], check=False)

    assert done.returncode == 0, "run: python docs/man/generate.py"


def test_every_command_has_a_page_and_every_page_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    installed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]

    assert {"observe.1", "observe-tail.1", "observe-relay.1", "agent.1", "agent-run.1", "agent-build.1"} <= {*PAGES}
    assert installed == {f"docs/man/{name}": f"share/man/man1/{name}" for name in PAGES}


@pytest.mark.needs("man")
@pytest.mark.parametrize("name", PAGES)
def test_man_displays_a_page_with_its_date_and_sections(name: str) -> None:
    done = subprocess.run(
        ["man", "--warnings", "-l", str(MAN / name)], capture_output=True, text=True, check=True,
        env={"MANWIDTH": "80", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip

    assert done.stderr == ""
    first, *_, last = done.stdout.strip().splitlines()
    assert f"{name.removesuffix('.1').upper()}(1)" in first
    assert last.split()[2].count("-") == 2  # runtail VERSION DATE
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SEE ALSO"):
        assert section in done.stdout.splitlines()
