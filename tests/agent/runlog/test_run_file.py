"""The file of a run: what can be opened, what is refused and left untouched, and `latest`, which always exists."""

import asyncio
import fcntl
import json
import multiprocessing
import os
import re
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from agent import RunLog, RunLogUnusable
from agent.events import Info, Outcome, SessionEnd
from agent.runlog import run_file
from agent.runlog.appender import Appender
from agent.runlog.sigterm import SigtermHandler
from tests.agent.runlog.writing import events_of, program, quiet_log, types_of
from tests.helpers import LIMIT_S, event_at


def open_below(folder: Path) -> list[str]:
    """Return the files in a directory that this process has open."""
    paths = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the descriptor that lists them
            paths.append(os.readlink(descriptor))
    return [path for path in paths if path.startswith(str(folder))]


def line(seq: int, kind: str) -> bytes:
    event = {"seq": seq, "timestamp": "2026-11-23T01:12:30.123456Z", "run": "r", "type": kind, "data": {}}
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize(
    "content",
    [b"dear diary", b"dear diary\nno JSON here\n", b"[1, 2]\n", b'{"type":"info"}\n', b"\0" * 100, b"\xff\xfe\n"],
    ids=["text", "lines", "array", "other JSON", "NULs", "bytes"],
)
async def test_a_file_that_is_not_a_run_file_is_refused_and_left_unchanged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "diary.ndjson"
    path.write_bytes(content)
    with pytest.raises(RunLogUnusable, match="contains no event"):
        async with RunLog.resume(path):
            pass
    assert path.read_bytes() == content
    assert open_below(tmp_path) == []


async def test_garbage_before_and_after_the_last_event_does_not_hide_it(tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson"
    path.write_bytes(line(1, "run_start") + line(2, "info") + b"\0\0garbage\n" + b'{"seq":3,"timest')
    async with RunLog.resume(path):
        pass
    added = path.read_bytes().partition(b'{"seq":3,"timest\n')[2].splitlines()
    assert [(json.loads(one)["seq"], json.loads(one)["type"]) for one in added] == [(3, "info"), (4, "complete")]


async def test_the_last_event_is_found_before_a_very_long_incomplete_line(tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson"
    path.write_bytes(line(1, "run_start") + b'{"seq":2,"x":"' + b"y" * 3_000_000)
    async with RunLog.resume(path):
        pass
    assert json.loads(path.read_bytes().splitlines()[-1])["seq"] == 3


async def test_the_file_of_a_writer_that_died_can_be_resumed(tmp_path: Path) -> None:
    killed = program(
        """
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
    assert log.run == "r"
    assert types_of(log.path) == ["run_start", "info", "complete"]
    assert [event["seq"] for event in events_of(log.path)] == [1, 2, 3]


async def test_the_totals_of_a_resumed_run_are_those_of_both_parts(tmp_path: Path) -> None:
    before = [
        event_at(1, "run_start", command="x" * 100_000),
        event_at(2, "session_start", agent_type="CODING", iteration=1, session_id="s1"),
        event_at(3, "tool_result", tool_use_id="t1", name="Bash", status="blocked", output="", output_bytes=0),
        event_at(4, "progress", passing=1, total=2),
        event_at(5, "session_end", outcome="success", session_id="s1", cost_usd=0.5, turns=1, duration_ms=1),
    ]
    path = tmp_path / "r.ndjson"
    path.write_bytes(b"".join(before) + b'{"seq":6,"ty')
    async with RunLog.resume(path, heartbeat_s=3600) as log:
        await log.emit(SessionEnd(session_id="s2", outcome=Outcome.SUCCESS, cost_usd=0.25, turns=1, duration_ms=1))
    lines = path.read_bytes().splitlines()
    assert sum(b'"run_start"' in each for each in lines) == 1
    data = json.loads(lines[-1])["data"]
    assert (data["cost_usd"], data["passing"], data["total"], len(data["blocked"])) == (0.75, 1, 2, 1)
    assert data["duration_ms"] > 1000


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the lock is a flock")
async def test_viewers_can_ask_for_the_lock_without_taking_it(tmp_path: Path) -> None:
    question = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)

    def is_locked(path: Path) -> bool:
        with path.open("rb") as file:
            answer = fcntl.fcntl(file, fcntl.F_OFD_GETLK, question)
        return struct.unpack("hhqqi4x", answer)[0] == fcntl.F_WRLCK

    async with quiet_log(tmp_path) as log:
        await log.emit(Info(message="hello"))
        assert is_locked(log.path)
    assert not is_locked(log.path)


async def test_a_run_is_named_by_its_start_and_the_name_sorts_by_time(tmp_path: Path) -> None:
    names = [run_file.new_run_id(second * 1_000_000_000) for second in (0, 59, 86_399, 1_795_000_000)]
    assert names == sorted(names)
    assert all(re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", name) for name in names)
    async with quiet_log(tmp_path) as log:
        pass
    assert log.path.name == f"{log.run}.ndjson"
    assert {event["run"] for event in events_of(log.path)} == {log.run}


async def test_a_failed_start_leaves_no_descriptor_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "fcntl", no_locks)
    with pytest.raises(RunLogUnusable, match=r"cannot lock .*: No locks available; choose another directory"):
        async with RunLog.open(tmp_path):
            pass
    assert open_below(tmp_path) == []


def look_for(latest: Path, began: Event, stop: Event, misses: "multiprocessing.Queue[int]") -> None:
    missed = 0
    while not stop.is_set():
        try:
            missed += not latest.read_bytes().startswith(b'{"seq":1,')
        except OSError:
            missed += 1
        began.set()
    misses.put(missed)


async def test_a_reader_finds_latest_at_every_moment_while_fifty_runs_begin(tmp_path: Path) -> None:
    async with quiet_log(tmp_path):
        pass
    context = multiprocessing.get_context("spawn")
    began, stop, misses = context.Event(), context.Event(), context.Queue()
    reader = context.Process(target=look_for, args=(tmp_path / "latest.ndjson", began, stop, misses))
    reader.start()
    assert began.wait(LIMIT_S)
    for _ in range(50):
        async with quiet_log(tmp_path) as log:
            pass
    stop.set()
    assert misses.get(timeout=LIMIT_S) == 0
    reader.join()
    assert os.readlink(tmp_path / "latest.ndjson") == log.path.name
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("kind", ["file", "symlink", "fifo", "directory"])
async def test_an_existing_file_with_the_name_of_the_run_is_left_unchanged(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine.ndjson"
    {
        "file": lambda: path.write_text("precious"),
        "symlink": lambda: path.symlink_to("elsewhere"),
        "fifo": lambda: os.mkfifo(path),
        "directory": path.mkdir,
    }[kind]()
    with pytest.raises(RunLogUnusable, match="already exists"):
        async with RunLog.open(tmp_path, run="mine"):
            pass
    if kind != "file":
        with pytest.raises(RunLogUnusable):
            async with RunLog.resume(path):
                pass
    assert not (tmp_path / "elsewhere").exists()
    assert kind != "file" or path.read_text() == "precious"


def fail_to_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_descriptor: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(run_file, "take_lock", no_locks)


def fail_to_start_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)


def fail_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_device(_self: Appender, _data: bytes) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Appender, "_write", no_device)


def fail_to_handle_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_here(_self: SigtermHandler, _task: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(SigtermHandler, "install", not_here)


def be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    def cancelled(_path: Path) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(run_file, "update_latest", cancelled)


@pytest.mark.parametrize(
    "fail", [fail_to_lock, fail_to_start_a_thread, fail_to_write, fail_to_handle_signals, be_cancelled]
)
async def test_a_run_that_cannot_begin_leaves_no_file_and_latest_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fail: Callable[[pytest.MonkeyPatch], None]
) -> None:
    async with quiet_log(tmp_path) as earlier:
        pass
    fail(monkeypatch)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - each fails in its own way
        async with quiet_log(tmp_path):
            pass
    monkeypatch.undo()
    assert {path.name for path in tmp_path.iterdir()} == {earlier.path.name, "latest.ndjson"}
    assert (tmp_path / "latest.ndjson").readlink() == Path(earlier.path.name)
    assert open_below(tmp_path) == []


async def test_a_link_that_cannot_be_put_in_place_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "replace", refuse)
    async with quiet_log(tmp_path) as log:
        pass
    assert log.warnings == [f"cannot point latest.ndjson at this run: Operation not permitted; use {log.path} instead"]
    assert [path.name for path in tmp_path.iterdir()] == [log.path.name]


@pytest.mark.parametrize(
    "name",
    ["../../evil", "/tmp/evil", "a/b", "", ".", "..", ".hidden", "-r", "a\0b", "a b", "a\nb", "é", "latest", "Latest",
     "x" * 101, "a%2fb", "C:\\evil", "a\n"],
)  # fmt: skip
def test_a_name_that_the_format_does_not_allow_is_refused_before_anything_happens(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunLogUnusable, match="cannot be the name of a run: use up to 100 letters"):
        RunLog.open(tmp_path / "runs" / "deep", run=name)
    with pytest.raises(RunLogUnusable, match="cannot be the name of a run"):
        run_file.create(tmp_path / "runs" / "deep", 0, name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["r", "20261123T011230Z-7f3a9c", "0", "A.b_c-d", "x" * 100, "latest-2"])
def test_a_name_that_the_format_allows_is_the_name_of_the_file(tmp_path: Path, name: str) -> None:
    with RunLog.open(tmp_path, run=name, heartbeat_s=3600) as log:
        pass
    assert (log.run, log.path) == (name, tmp_path / f"{name}.ndjson")


def test_a_file_without_the_ending_of_run_files_is_not_resumed(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(line(1, "run_start"))
    with (
        pytest.raises(RunLogUnusable, match=r"does not end in \.ndjson; name a run file"),
        RunLog.resume(tmp_path / "r"),
    ):
        pass
