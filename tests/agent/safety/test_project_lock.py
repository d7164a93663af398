"""One agent a project: the second one learns who holds the lock, and the end of a process frees it.

Also tests agent.safety.agent_dir.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.platform import process_identity
from agent.safety.agent_dir import Holder, write_json
from agent.safety.project_lock import ProjectLocked, ProjectUnusable, is_project_locked, lock_project

HOLD = """
import sys, time
from pathlib import Path
from agent.safety.project_lock import lock_project
with lock_project(Path(sys.argv[1])) as lock:
    if len(sys.argv) > 2:
        lock.record_run(sys.argv[2], Path("/runs") / f"{sys.argv[2]}.ndjson")
    print("held", flush=True)
    time.sleep(600)
"""


def hold(project: Path, *run: str) -> subprocess.Popen[str]:
    """Start another process that holds the lock. Returns once it does."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(project), *run], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def send(process: subprocess.Popen[str], number: int = signal.SIGKILL) -> None:
    process.send_signal(number)
    process.communicate()


def test_the_second_agent_learns_the_process_the_run_and_its_file(tmp_path: Path) -> None:
    first = hold(tmp_path, "20261123T011230Z-7f3a9c")
    try:
        with pytest.raises(ProjectLocked) as caught, lock_project(tmp_path):
            pass
    finally:
        send(first)
    assert f"process {first.pid}, run 20261123T011230Z-7f3a9c" in str(caught.value)
    assert str(caught.value).endswith(
        "watch it with: observe tail /runs/20261123T011230Z-7f3a9c.ndjson; list it with: agent list; "
        "stop it with: agent stop 20261123T011230Z-7f3a9c"
    )
    assert caught.value.holder is not None


def test_a_holder_without_a_record_still_holds_the_lock(tmp_path: Path) -> None:
    first = hold(tmp_path)
    try:
        with (
            pytest.raises(
                ProjectLocked, match=r"its run is not known yet; .* agent list, or stop it with: agent stop "
            ),
            lock_project(tmp_path),
        ):
            pass
    finally:
        send(first)


def test_the_record_of_a_dead_run_is_not_taken_for_the_holder(tmp_path: Path) -> None:
    send(hold(tmp_path, "dead"))
    first = hold(tmp_path)
    try:
        with pytest.raises(ProjectLocked) as caught, lock_project(tmp_path):
            pass
    finally:
        send(first)
    assert caught.value.holder is None


@pytest.mark.parametrize("identity", ["an earlier process with this ID", None])
def test_a_process_that_has_the_id_of_a_dead_holder_is_not_named(tmp_path: Path, identity: str | None) -> None:
    with lock_project(tmp_path) as lock:
        stranger = Holder(os.getppid(), identity, os.uname().nodename, "dead", "/runs/dead.ndjson")
        write_json(lock.directory / "holder.json", stranger)
        with pytest.raises(ProjectLocked) as caught, lock_project(tmp_path):
            pass
    assert caught.value.holder is None


def test_the_record_of_the_holder_is_there_exactly_while_it_works(tmp_path: Path) -> None:
    send(hold(tmp_path, "dead"))
    record = tmp_path / ".agent" / "holder.json"
    assert record.exists()
    with lock_project(tmp_path) as lock:
        assert not record.exists()
        lock.record_run("mine", tmp_path / "mine.ndjson")
        assert json.loads(record.read_text())["identity"] == process_identity(os.getpid())
    assert not record.exists()


def test_the_lock_tells_whether_an_agent_works_in_a_project(tmp_path: Path) -> None:
    assert not is_project_locked(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with lock_project(tmp_path):
        assert is_project_locked(tmp_path)
    assert not is_project_locked(tmp_path)
    with lock_project(tmp_path):
        pass


def test_one_who_only_asks_for_the_lock_does_not_keep_an_agent_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lock_project(tmp_path):
        pass
    asking = os.open(tmp_path / ".agent" / "lock", os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    monkeypatch.setattr(time, "sleep", lambda _: fcntl.flock(asking, fcntl.LOCK_UN))
    with lock_project(tmp_path):
        assert is_project_locked(tmp_path)
    os.close(asking)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_end_of_a_process_frees_the_lock(tmp_path: Path, number: int) -> None:
    send(hold(tmp_path, "one"), number)
    with lock_project(tmp_path):
        pass
    with lock_project(tmp_path):
        pass


def test_the_same_process_cannot_lock_a_project_twice(tmp_path: Path) -> None:
    with lock_project(tmp_path) as lock:
        lock.record_run("mine", tmp_path / "mine.ndjson")
        with pytest.raises(ProjectLocked, match=f"process {os.getpid()}, run mine"), lock_project(tmp_path):
            pass


def test_an_agent_of_another_machine_is_listed_and_stopped_there(tmp_path: Path) -> None:
    with lock_project(tmp_path) as lock:
        write_json(lock.directory / "holder.json", Holder(1, "x", "build-7", "theirs", "/runs/theirs.ndjson"))
        with pytest.raises(ProjectLocked) as caught, lock_project(tmp_path):
            pass
    assert "process 1 on build-7, run theirs" in str(caught.value)
    assert str(caught.value).endswith(
        "list it with: agent list (on build-7); stop it with: agent stop theirs (on build-7)"
    )


def test_an_exception_in_the_block_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="oops"), lock_project(tmp_path):
        raise ValueError("oops")
    with lock_project(tmp_path):
        pass


@pytest.mark.needs("git")
def test_git_sees_only_the_allow_file_of_the_directory(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with lock_project(tmp_path) as lock:
        lock.record_run("mine", tmp_path / "mine.ndjson")
        (lock.directory / "allow.toml").write_text("allow = []\n")
        status = subprocess.run(
            ["git", "-C", str(tmp_path), "status", "--porcelain", "-uall"], capture_output=True, text=True, check=True
        )
    assert status.stdout == "?? .agent/allow.toml\n"


def test_the_record_is_replaced_atomically(tmp_path: Path) -> None:
    with lock_project(tmp_path) as lock:
        lock.record_run("mine", tmp_path / "mine.ndjson")
        before = (lock.directory / "holder.json").stat().st_ino
        lock.record_run("other", tmp_path / "other.ndjson")
        assert (lock.directory / "holder.json").stat().st_ino != before
        assert json.loads((lock.directory / "holder.json").read_text())["run"] == "other"


def test_a_directory_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / ".agent").write_text("in the way")
    with pytest.raises(ProjectUnusable, match=r"\.agent"), lock_project(tmp_path):
        pass
