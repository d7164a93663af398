"""Did a session change anything? Files and commits count, what tools leave behind does not."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.harness.fingerprint import fingerprint


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
def test_a_change_is_seen(project: Path, change: Callable[[Path], object]) -> None:
    before = fingerprint(project)
    assert fingerprint(project) == before
    change(project)
    assert fingerprint(project) != before


@pytest.mark.parametrize(
    "path", ["__pycache__/a.pyc", "src/.pytest_cache/x", "node_modules/x/y.js", ".agent/run.json", ".git/index.lock"]
)
def test_what_tools_leave_behind_does_not_count(project: Path, path: str) -> None:
    before = fingerprint(project)
    write(path)(project)
    assert fingerprint(project) == before


def test_a_project_that_is_gone_or_has_strange_names_is_no_error(project: Path, tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(project) + b"/\xff\xfe"))).write_text("x")
    assert fingerprint(project) != fingerprint(tmp_path / "nowhere")


def test_a_path_too_long_to_be_asked_for_is_no_error(project: Path) -> None:
    folder = os.open(project, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=folder)
        deeper = os.open("d" * 200, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = deeper
    before = fingerprint(project)
    os.close(os.open("f" * 200, os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.close(folder)
    assert fingerprint(project)
    (project / "new").touch()
    assert fingerprint(project) != before


def test_run_files_in_the_project_are_no_work_of_a_session(project: Path) -> None:
    logs = project / "logs"
    before = fingerprint(project, logs)
    logs.mkdir()
    (logs / "run.ndjson").write_text("{}\n")
    assert fingerprint(project, logs) == before
    assert fingerprint(project) != before
