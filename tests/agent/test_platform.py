"""What not every system has: without it, the functions of agent.platform do the same in another way."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.platform import (
    ENDING_SIGNALS,
    home_directory,
    is_locked,
    is_process_alive,
    process_identity,
    process_start,
    sync_data,
    user_id,
)
from tests.helpers import wait_until


def test_a_process_lives_until_it_has_been_waited_for() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert is_process_alive(process.pid)
    process.communicate()
    assert not is_process_alive(process.pid)


def test_a_process_of_another_user_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_pid: int, _number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert is_process_alive(1)


@pytest.mark.parametrize("pid", [0, -1, -os.getpgrp(), 2**31, 2**80])
def test_a_number_that_is_no_process_id_is_no_process_and_no_group(pid: int) -> None:
    assert not is_process_alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_start_of_a_process_is_the_one_of_the_kernel_whatever_its_program_is_called(tmp_path: Path) -> None:
    program = tmp_path / "a ) b (c"
    program.symlink_to(sys.executable)
    with subprocess.Popen([program, "-c", "input()"], stdin=subprocess.PIPE) as process:
        wait_until(lambda: b"a ) b (c" in Path(f"/proc/{process.pid}/stat").read_bytes(), "the program's name")
        own, other = process_start(os.getpid()), process_start(process.pid)
        process.communicate()
    assert own is not None
    assert other is not None
    assert own <= other
    assert process_start(process.pid) is None


@pytest.mark.parametrize("has_proc", [True, False])
def test_the_identity_of_a_process_stays_the_same_until_it_ends(
    has_proc: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_proc:
        monkeypatch.setattr("agent.platform.process_start", lambda _pid: None)
        monkeypatch.setattr(os.path, "exists", lambda _path: False)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = process_identity(process.pid)
    monkeypatch.setenv("TZ", "America/Caracas")
    assert identity
    assert process_identity(process.pid) == identity
    process.kill()
    wait_until(lambda: process_identity(process.pid) is None, "the end, also of a process that was not waited for")
    process.communicate()
    assert process_identity(process.pid) is None


def test_without_proc_and_ps_no_process_has_an_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.platform.process_start", lambda _pid: None)
    monkeypatch.setattr(os.path, "exists", lambda _path: False)
    monkeypatch.setenv("PATH", "/nowhere")
    assert process_identity(os.getpid()) is None


def test_data_reaches_the_disk_without_fdatasync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.delattr(os, "fdatasync", raising=False)
    monkeypatch.setattr(os, "fsync", synced.append)
    with (tmp_path / "file").open("wb") as file:
        sync_data(file.fileno())
        assert synced == [file.fileno()]


def test_a_user_whom_the_system_does_not_know_has_the_home_that_a_shell_gives_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    assert home_directory() == "/home/anna"
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    assert home_directory() == "/"


def test_the_signals_that_end_a_program_include_that_of_a_closed_terminal() -> None:
    assert [number.name for number in ENDING_SIGNALS] == ["SIGINT", "SIGTERM", "SIGHUP"]


def test_a_file_belongs_to_its_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert user_id() == tmp_path.stat().st_uid
    monkeypatch.delattr(os, "geteuid", raising=False)
    assert user_id() == 0


def test_a_lock_is_seen_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lock"
    with pytest.raises(FileNotFoundError):
        is_locked(path)
    with path.open("w") as file:
        assert not is_locked(path)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert is_locked(path)
        monkeypatch.setattr("agent.platform.fcntl", None)
        assert not is_locked(path), "Windows has no such locks"
