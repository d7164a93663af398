"""Whether the writer of a run lives: by its lock if it said that it holds one, else by its process.

Tests observer.runs.state.writer, too.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.format.timestamps import parse_timestamp
from observer.runs.live.liveness import is_writer_alive
from observer.runs.state.state import RunState
from observer.runs.state.writer import Writer, parse_writer
from tests.helpers import event_at

T0 = parse_timestamp("2026-11-23T01:12:30Z") or 0.0
HERE = socket.gethostname()
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def decoded(data: bytes) -> Event:
    event = decode(Line(data.rstrip(b"\n"), 0))
    assert isinstance(event, Event)
    return event


def start_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def alive(*, now: float = 3600.0, locked: bool | None = False, **data: object) -> bool | None:
    """Return what is known of a writer at T0 + `now`; the last heartbeat arrived at T0 + 10."""
    state = RunState()
    lines = [
        event_at(0, "run_start", **{"host": HERE, "heartbeat_s": 5.0} | data),
        event_at(10, "heartbeat", state="writing", elapsed_s=10.0, idle_s=0.0),
    ]
    for line in lines:
        state.apply(decoded(line))
    return is_writer_alive(state, now - 10, hostname=HERE, locked=locked)


@pytest.mark.parametrize("lock", ["ofd", "flock"])
@pytest.mark.parametrize("locked", [True, False, None])
def test_a_writer_that_holds_a_lock_lives_as_long_as_that(lock: str, locked: bool | None) -> None:
    assert alive(lock=lock, locked=locked, pid=os.getpid()) is locked


def test_a_lock_is_missing_at_once_although_no_heartbeat_is_overdue() -> None:
    assert alive(now=10.1, lock="ofd", locked=False) is False


def test_a_missing_lock_on_another_machine_says_nothing() -> None:
    assert alive(lock="ofd", locked=False, host="elsewhere") is None
    assert alive(pid=1, pid_start=1, host="elsewhere") is None


def test_a_lock_that_is_held_proves_a_writer_whoever_it_is() -> None:
    assert alive(locked=True, host="elsewhere") is True


def test_a_lock_on_a_session_whose_process_nobody_saw_is_that_of_who_copies_it() -> None:
    unseen = {"recorded_from": "/s.jsonl", "pid": None, "lock": None, "host": None}
    assert alive(locked=True, **unseen) is None
    assert alive(locked=True, **(unseen | {"lock": "ofd", "host": HERE})) is True


@on_linux
def test_a_writer_without_a_lock_lives_as_long_as_its_process(process: "subprocess.Popen[bytes]") -> None:
    pid, start = process.pid, start_of(process.pid)
    assert alive(pid=pid, pid_start=start) is True
    process.send_signal(signal.SIGSTOP)
    assert alive(pid=pid, pid_start=start) is True, "it is stalled, not dead"
    process.kill()
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert alive(pid=pid, pid_start=start) is False, "only its exit status is left"
    process.wait()
    assert alive(pid=pid, pid_start=start) is False


@on_linux
def test_another_process_with_the_same_id_is_not_the_writer() -> None:
    assert alive(pid=os.getpid(), pid_start=start_of(os.getpid()) - 1) is False


@on_linux
@pytest.mark.parametrize(("boot", "expected"), [(T0 - 1e9, True), (T0 + 120, False)])
def test_without_a_start_time_a_process_that_began_after_the_run_is_not_the_writer(
    monkeypatch: pytest.MonkeyPatch, boot: float, expected: bool
) -> None:
    """As in files of older versions of runtail."""
    monkeypatch.setattr("observer.platform.process_info._boot_time", lambda: boot)
    assert alive(pid=os.getpid()) is expected


@on_linux
def test_a_process_that_cannot_be_seen_counts_only_when_a_heartbeat_is_overdue() -> None:
    """It may run in a container with the name of this machine."""
    gone = {"pid": 2**22 - 1, "pid_start": 1}
    assert alive(now=17.0, **gone) is None
    assert alive(now=18.0, **gone) is False


@pytest.mark.parametrize("pid", [0, -1, 2**31, 1e300, "4711", None, True])
def test_an_id_that_no_process_can_have_says_nothing(pid: object) -> None:
    assert alive(pid=pid) is None


def test_a_system_that_cannot_tell_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observer.runs.live.liveness.is_process_running", lambda *_, **__: None)
    assert alive(pid=1, pid_start=1) is None


def test_the_first_line_names_the_writer() -> None:
    start = decoded(event_at(0, "run_start", host="here", pid=7, pid_start=9, lock="ofd"))
    assert parse_writer(start) == Writer("here", 7, 9, holds_lock=True)
    assert parse_writer(decoded(event_at(0, "run_start", lock="other", pid_start="x"))) == Writer()
