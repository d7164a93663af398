"""The writer's lock: one writer a file, on systems with `F_OFD_SETLK` and on those with `flock` only."""

import fcntl
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import RunLog, RunLogBusy, RunLogUnusable
from agent.events import Info
from agent.runlog import lock
from tests.agent.runlog.writing import program, quiet_log, types_of
from tests.helpers import LIMIT_S


@pytest.fixture(params=["F_OFD_SETLK", "flock"])
def locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a test with each kind of lock."""
    if request.param == "flock":
        monkeypatch.delattr(fcntl, "F_OFD_SETLK", raising=False)
    return request.param


@pytest.fixture
def flock_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(fcntl, "F_OFD_SETLK", raising=False)


@pytest.mark.usefixtures("locks")
async def test_a_second_writer_is_refused_with_the_name_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "VIEWER_S", 0.05)
    async with quiet_log(tmp_path) as log:
        with pytest.raises(RunLogBusy, match=rf"is being written by process {os.getpid()} on "):
            async with RunLog.resume(log.path):
                pass
        await log.emit(Info(message="undisturbed"))
    assert types_of(log.path) == ["run_start", "info", "complete"]


@pytest.mark.usefixtures("locks")
async def test_a_descriptor_that_is_closed_elsewhere_in_the_process_releases_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "VIEWER_S", 0.05)
    async with quiet_log(tmp_path) as log:
        log.path.read_bytes()
        with log.path.open("rb+") as second, pytest.raises((BlockingIOError, PermissionError)):
            lock.take_lock(second.fileno())


@pytest.mark.usefixtures("flock_only")
async def test_a_file_is_free_again_when_its_writer_was_killed(tmp_path: Path) -> None:
    killed = program(
        """
        import fcntl
        vars(fcntl).pop('F_OFD_SETLK', None)
        async def main():
            async with RunLog.open("runs", run="r", heartbeat_s=3600):
                os.kill(os.getpid(), signal.SIGKILL)
        asyncio.run(main())
        """,
        tmp_path,
    )
    killed.communicate(timeout=LIMIT_S)
    async with RunLog.resume(tmp_path / "runs" / "r.ndjson", heartbeat_s=3600) as log:
        pass
    assert types_of(log.path) == ["run_start", "info", "complete"]


@pytest.mark.usefixtures("flock_only")
def test_a_writer_waits_for_a_viewer_that_holds_the_lock_for_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    path.touch()
    tried = threading.Event()
    with path.open("rb") as viewer, path.open("ab") as writer:
        fcntl.flock(viewer, fcntl.LOCK_SH)

        def answer(descriptor: int, operation: int) -> None:
            try:
                take(descriptor, operation)
            except BlockingIOError:
                tried.set()
                raise

        take, fcntl.flock = fcntl.flock, answer  # type: ignore[assignment]
        try:
            waiting = threading.Thread(target=lock.take_lock, args=[writer.fileno()])
            waiting.start()
            assert tried.wait(LIMIT_S)
        finally:
            fcntl.flock = take
        fcntl.flock(viewer, fcntl.LOCK_UN)
        waiting.join(LIMIT_S)

        with pytest.raises(BlockingIOError):
            fcntl.flock(viewer, fcntl.LOCK_SH | fcntl.LOCK_NB)


@pytest.mark.skipif(sys.platform != "linux", reason="takes Linux for macOS")
def test_a_mac_whose_python_has_other_ofd_locks_uses_flock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with (tmp_path / "run").open("wb") as writer, (tmp_path / "run").open("rb") as viewer:
        lock.take_lock(writer.fileno())
        with pytest.raises(BlockingIOError):
            fcntl.flock(viewer, fcntl.LOCK_SH | fcntl.LOCK_NB)


async def test_a_system_without_locks_refuses_to_write_and_creates_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "fcntl", None)
    with pytest.raises(RunLogUnusable, match=r"runs cannot be written on Windows, .* read them here with observe"):
        async with RunLog.open(tmp_path / "runs"):
            pass
    with pytest.raises(RunLogUnusable, match="runs cannot be written on Windows"):
        async with RunLog.resume(tmp_path / "runs" / "r.ndjson"):
            pass
    assert list(tmp_path.iterdir()) == []
