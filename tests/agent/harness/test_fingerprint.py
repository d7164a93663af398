"""Files and commits count as changes of a session; files that tools leave behind do not."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.harness.fingerprint import fingerprint

pytestmark = pytest.mark.needs("git")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("a")
    (tmp_path / "link").symlink_to("nowhere")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def commit(project: Path) -> None:
    name = ["-c", "user.name=t", "-c", "user.email=t@localhost"]
    subprocess.run(["git", "-C", str(project), *name, "commit", "-q", "--allow-empty", "-m", "x"], check=True)


def write(path: str) -> Callable[[Path], object]:
    def change(project: Path) -> None:
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text("something new")

    return change


CHANGES: list[Callable[[Path], object]] = [
    write("new.txt"),
    write("src/a.py"),
    write("src/deep/er/b.py"),
    lambda project: (project / "src" / "a.py").unlink(),
    lambda project: (project / "src" / "a.py").rename(project / "src" / "b.py"),
    lambda project: os.utime(project / "src" / "a.py", ns=(1, 1)),
    commit,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_detected(project: Path, change: Callable[[Path], object]) -> None:
    before = fingerprint(project)
    assert fingerprint(project) == before
    change(project)
    assert fingerprint(project) != before


@pytest.mark.parametrize(
    "path", ["__pycache__/a.pyc", "src/.pytest_cache/x", "node_modules/x/y.js", ".agent/run.json", ".git/index.lock"]
)
def test_files_of_tools_do_not_count(project: Path, path: str) -> None:
    before = fingerprint(project)
    write(path)(project)
    assert fingerprint(project) == before


def test_a_missing_project_and_a_name_that_is_not_utf_8_are_not_errors(project: Path, tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(project) + b"/\xff\xfe"))).write_text("x")
    assert fingerprint(project) != fingerprint(tmp_path / "nowhere")


def test_a_path_too_long_for_stat_is_not_an_error(project: Path) -> None:
    directory = os.open(project, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=directory)
        deeper = os.open("d" * 200, os.O_RDONLY, dir_fd=directory)
        os.close(directory)
        directory = deeper
    before = fingerprint(project)
    os.close(os.open("f" * 200, os.O_CREAT | os.O_WRONLY, dir_fd=directory))
    os.close(directory)
    assert fingerprint(project)
    (project / "new").touch()
    assert fingerprint(project) != before


def test_run_files_in_the_project_do_not_count(project: Path) -> None:
    logs = project / "logs"
    before = fingerprint(project, logs)
    logs.mkdir()
    (logs / "run.ndjson").write_text("{}\n")
    assert fingerprint(project, logs) == before
    assert fingerprint(project) != before
