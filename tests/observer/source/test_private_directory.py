"""Copies of runs lie in a directory that nobody else can read, and that does not outlive its process for long."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from observer.source.private_directory import private_directory

HOLD = """
from observer.source.private_directory import private_directory
with private_directory() as path:
    (path / "copy.ndjson").write_text("{}")
    print(path, flush=True)
    input()
"""

needs_locks = pytest.mark.skipif(sys.platform == "win32", reason="needs flock(2)")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_it_is_for_its_owner_only_and_gone_afterwards(temporary: Path) -> None:
    with private_directory() as path:
        (path / "copy.ndjson").write_text("{}")
        assert path.parent == temporary
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert not list(temporary.iterdir())


@needs_locks
def test_that_of_a_killed_process_is_removed_at_the_next_start_and_that_of_a_living_one_is_kept() -> None:
    with (
        subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one,
        subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as two,
    ):
        assert one.stdout is not None
        assert two.stdout is not None
        killed, living = Path(one.stdout.readline().strip()), Path(two.stdout.readline().strip())
        one.send_signal(signal.SIGKILL)
        one.wait()
        assert killed.is_dir()
        with private_directory():
            assert not killed.exists()
            assert (living / "copy.ndjson").exists()
        two.communicate("\n")
    assert not living.exists()


@needs_locks
def test_other_directories_and_links_to_them_are_left_alone(temporary: Path) -> None:
    other = temporary / "runtail-home-x"
    other.mkdir()
    (temporary / "runtail-copy-link").symlink_to(other)
    (temporary / "runtail-copy-file").write_text("")
    with private_directory():
        assert {path.name for path in temporary.glob("runtail-*-[xlf]*")} >= {
            "runtail-home-x", "runtail-copy-link", "runtail-copy-file",
        }  # fmt: skip


@needs_locks
def test_one_that_is_removed_before_it_is_locked_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    make, made = tempfile.mkdtemp, []

    def removed_at_first(prefix: str) -> str:
        made.append(make(prefix=prefix))
        if len(made) == 1:
            shutil.rmtree(made[0])
        return made[-1]

    monkeypatch.setattr("observer.source.private_directory.tempfile.mkdtemp", removed_at_first)
    with private_directory() as path:
        assert os.fspath(path) == made[1]
        assert path.is_dir()
