"""What not every system has: without it, the functions of agent.platform do the same in another way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.platform import ENDING_SIGNALS, home_directory, is_process_alive, sync_data, user_id


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
