"""Flushing to a slow disk: neither events nor heartbeats wait for it, only the end of the run does."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import RunLog
from agent.events import Info
from agent.runlog.sync_thread import SyncThread
from tests.agent.runlog.writing import types_of
from tests.helpers import LIMIT_S, wait_until


class SlowDisk:
    """A disk that accepts what is written, and flushes nothing before `ready` is set."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.flushes = 0

    def sync(self, _descriptor: int = -1) -> None:
        self.flushes += 1
        assert self.ready.wait(LIMIT_S)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    disk = SlowDisk()
    monkeypatch.setattr("agent.runlog.appender.sync_data", disk.sync)
    yield disk
    disk.ready.set()


def heartbeats(path: Path) -> list[dict[str, object]]:
    lines = path.read_bytes().splitlines(keepends=True)
    return [json.loads(line)["data"] for line in lines if line.endswith(b"\n") and b'"type":"heartbeat"' in line]


def test_the_heart_of_a_run_beats_while_the_disk_flushes_nothing(tmp_path: Path, disk: SlowDisk) -> None:
    with RunLog.open(tmp_path, heartbeat_s=0.05) as log:
        wait_until(lambda: disk.flushes, "the first flush")
        before = len(heartbeats(log.path))
        log.emit(Info(message="the kernel has it"))
        assert b"the kernel has it" in log.path.read_bytes()
        wait_until(lambda: len(heartbeats(log.path)) >= before + 5, "five more heartbeats")
        assert disk.flushes == 1
        disk.ready.set()
    assert types_of(log.path)[-1] == "complete"


def test_a_file_that_is_taken_away_is_noticed_while_the_disk_flushes_nothing(tmp_path: Path, disk: SlowDisk) -> None:
    warnings: list[str] = []
    with RunLog.open(tmp_path, heartbeat_s=0.05, warn=warnings.append) as log:
        wait_until(lambda: disk.flushes, "the first flush")
        log.path.unlink()
        wait_until(lambda: warnings, "the warning")
        disk.ready.set()


def test_the_end_of_a_run_waits_until_the_disk_has_it(tmp_path: Path, disk: SlowDisk) -> None:
    def record() -> None:
        with RunLog.open(tmp_path, heartbeat_s=0.05):
            wait_until(lambda: disk.flushes, "the first flush")

    thread = threading.Thread(target=record)
    thread.start()
    (path,) = wait_until(lambda: list(tmp_path.glob("2*.ndjson")), "the run")
    wait_until(lambda: path.read_bytes().endswith(b"\n") and types_of(path)[-1] == "complete", "the last line")
    assert thread.is_alive()
    disk.ready.set()
    thread.join(LIMIT_S)
    assert not thread.is_alive()
    assert disk.flushes >= 2


def test_requests_during_a_flush_are_answered_together_by_the_next_one() -> None:
    disk = SlowDisk()
    thread = SyncThread(disk.sync)
    thread.start()
    thread.request()
    wait_until(lambda: disk.flushes == 1, "the first flush")
    for _ in range(10):
        thread.request()
    disk.ready.set()
    wait_until(lambda: disk.flushes == 2, "the second flush")
    thread.join()
    assert disk.flushes == 2
