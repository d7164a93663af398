"""Whether a writer lives, on systems with `F_OFD_GETLK` and on those with `flock` only; it never takes the lock."""

import fcntl
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.source import lock
from observer.source.lock import is_locked, is_locked_by_another, listed_lock, take_lock
from tests.helpers import LIMIT_S


@pytest.fixture(params=["F_OFD_SETLK", "flock"])
def locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test with each kind of lock."""
    if request.param == "flock":
        monkeypatch.delattr(fcntl, "F_OFD_SETLK", raising=False)
    return str(request.param)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Return two descriptors of one file: its writer's and a viewer's."""
    path = tmp_path / "run.ndjson"
    writer, viewer = os.open(path, os.O_WRONLY | os.O_CREAT), os.open(path, os.O_RDONLY)
    yield writer, viewer
    os.close(viewer)
    os.close(writer)


@pytest.mark.usefixtures("locks")
def test_a_file_is_locked_while_its_writer_has_it_open(run: tuple[int, int], tmp_path: Path) -> None:
    writer, viewer = run
    assert is_locked(viewer) is False
    second = os.open(tmp_path / "run.ndjson", os.O_WRONLY)
    assert take_lock(second)
    assert is_locked(viewer) is True
    os.close(second)
    assert is_locked(viewer) is False
    assert take_lock(writer)


@pytest.mark.usefixtures("locks")
def test_a_query_leaves_the_file_to_a_writer_and_to_other_viewers(run: tuple[int, int], tmp_path: Path) -> None:
    writer, viewer = run
    with (tmp_path / "run.ndjson").open("rb") as other:
        assert is_locked(viewer) is False
        assert is_locked(other.fileno()) is False
        assert take_lock(writer)
        assert is_locked(other.fileno()) is True


@pytest.mark.parametrize("kind", [fcntl.LOCK_EX, fcntl.LOCK_SH])
def test_the_lock_of_a_writer_that_knows_only_flock_counts_everywhere(run: tuple[int, int], kind: int) -> None:
    """Such as flock(1) takes for a shell; a shared one is a reader's."""
    writer, viewer = run
    fcntl.flock(writer, kind)
    assert is_locked(viewer) is (kind == fcntl.LOCK_EX)


@pytest.mark.usefixtures("locks")
def test_a_second_writer_is_refused(run: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "VIEWER_S", 0.05)
    writer, _ = run
    assert take_lock(writer)
    with (tmp_path / "run.ndjson").open("ab") as second:
        assert not take_lock(second.fileno())


def test_a_writer_tries_again_while_a_viewer_holds_the_lock_for_a_moment(
    run: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, viewer = run
    monkeypatch.delattr(fcntl, "F_OFD_SETLK", raising=False)
    fcntl.flock(viewer, fcntl.LOCK_SH)
    monkeypatch.setattr(lock.time, "sleep", lambda _seconds: fcntl.flock(viewer, fcntl.LOCK_UN))
    assert take_lock(writer)


def test_viewers_that_query_all_the_time_keep_no_writer_out(
    run: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, _ = run
    monkeypatch.delattr(fcntl, "F_OFD_SETLK", raising=False)
    monkeypatch.setattr(lock, "VIEWER_S", LIMIT_S)  # threads keep one another waiting between two calls
    seen: list[bool | None] = []
    stop = threading.Event()

    def query() -> None:
        with (tmp_path / "run.ndjson").open("rb") as file:
            while not stop.is_set():
                seen.append(is_locked(file.fileno()))

    viewers = [threading.Thread(target=query) for _ in range(3)]
    for viewer in viewers:
        viewer.start()
    try:
        assert take_lock(writer)
    finally:
        stop.set()
        for viewer in viewers:
            viewer.join()
    assert None not in seen


@pytest.mark.skipif(sys.platform != "linux", reason="takes Linux for macOS")
def test_a_mac_whose_python_has_other_ofd_locks_uses_flock(
    run: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, viewer = run
    monkeypatch.setattr(sys, "platform", "darwin")
    fcntl.flock(writer, fcntl.LOCK_EX)
    assert is_locked(viewer) is True


@pytest.mark.usefixtures("locks")
def test_a_file_system_without_locks_cannot_tell(run: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "fcntl", no_locks)
    monkeypatch.setattr(fcntl, "flock", no_locks)
    writer, viewer = run
    assert is_locked(viewer) is None
    assert take_lock(writer) is False


def test_a_system_without_locks_cannot_tell(run: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "fcntl", None)
    writer, viewer = run
    assert is_locked(viewer) is None
    assert take_lock(writer) is False


FIRST = "pid:[4026531836]"


def listed(status: os.stat_result, *, kind: str = "FLOCK ", device: str = "", number: int = 0) -> str:
    """Return the line of a lock in /proc/locks, by default one on the file with this status."""
    here = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    return f"1: {kind} ADVISORY  WRITE 211 {device or here}:{number or status.st_ino} 0 EOF\n"


def test_a_list_of_locks_tells_of_a_file_where_it_can(tmp_path: Path) -> None:
    status = tmp_path.stat()
    other, long = listed(status, number=1), listed(status, number=1) * 100
    assert listed_lock(other + listed(status), status, FIRST) is True
    assert listed_lock(other + listed(status), status, "pid:[4026532000]") is True
    assert listed_lock(long + listed(status), status, FIRST) is True
    assert listed_lock(other, status, FIRST) is False
    assert listed_lock(listed(status, kind="-> FLOCK "), status, FIRST) is False
    assert listed_lock("", status, FIRST) is False
    assert listed_lock(other, status, "pid:[4026532000]") is None  # a container does not see the locks outside
    assert listed_lock(listed(status, device="ff:ff"), status, FIRST) is None  # as with subvolumes of btrfs
    assert listed_lock(long, status, FIRST) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the locks")
def test_a_lock_that_is_listed_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path := tmp_path / "thread.lock").touch()
    with path.open() as held, path.open() as viewer:
        fcntl.flock(held, fcntl.LOCK_EX)
        monkeypatch.setattr(lock, "is_locked", lambda _: pytest.fail("it asked for the lock"))
        assert is_locked_by_another(viewer.fileno()) is True


def test_without_a_list_of_locks_the_lock_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path := tmp_path / "thread.lock").touch()
    monkeypatch.setattr(lock, "listed_lock", lambda *_: None)
    with path.open() as held, path.open() as viewer:
        assert is_locked_by_another(viewer.fileno()) is False
        fcntl.flock(held, fcntl.LOCK_EX)
        assert is_locked_by_another(viewer.fileno()) is True
