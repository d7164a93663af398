"""Faults of files and disks, and how RunLog handles them. Tests marked `faults` mount or change users, so need root.

Tests agent.runlog.appender.
"""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent import RunLog, RunLogError, RunLogFull, RunLogUnusable
from agent.events import Info
from agent.runlog.receipt import Receipt
from tests.agent.runlog.writing import events_of, open_appender, program, quiet_log, types_of
from tests.helpers import LIMIT_S, wait_until_async

SMALL_DISK_BYTES = 64 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = f"size={SMALL_DISK_BYTES}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("chars", [20, 100_000])
def test_events_survive_whenever_the_writer_is_killed(tmp_path: Path, chars: int) -> None:
    process = program(  # which forks the writers, so that Python and its modules are loaded once
        """
        async def write(runs, pipe):
            async with RunLog.open(runs) as log:
                for number in range(1_000_000):
                    await log.emit(Info(message="x" * int(sys.argv[1])))
                    os.write(pipe, b".")

        for attempt in range(50):
            ours, theirs = os.pipe()
            writer = os.fork()
            if writer == 0:
                asyncio.run(write(str(attempt), theirs))
            os.close(theirs)
            with os.fdopen(ours, "rb") as pipe:
                returned = len(pipe.read(1 + random.randrange(20)))
                os.kill(writer, signal.SIGKILL)
                print(returned + len(pipe.read()))
            os.waitpid(writer, 0)
        """,
        tmp_path,
        str(chars),
    )
    out, err = process.communicate(timeout=LIMIT_S)
    assert (err, out.count("\n")) == ("", 50)

    for attempt, returned in enumerate(map(int, out.split())):
        (path,) = (tmp_path / str(attempt)).glob("*-*.ndjson")
        *whole, torn = path.read_bytes().split(b"\n")
        events = [json.loads(line) for line in whole]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert len([event for event in events if event["type"] == "info"]) >= returned
        assert not torn or chars > 4096 or len(torn) < 300


async def test_an_incomplete_last_line_is_ended_wherever_it_was_cut(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        await log.emit(Info(message="größer"))
    whole = log.path.read_bytes().rpartition(b'{"seq":3')[0]  # without its `complete`
    ends = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]

    for cut in range(len(whole) + 1):
        path = tmp_path / f"20261123T011230Z-{cut:06x}.ndjson"
        path.write_bytes(whole[:cut])
        async with RunLog.resume(path, heartbeat_s=3600):
            pass
        kept, added = path.read_bytes()[:cut], path.read_bytes()[cut:]
        assert kept == whole[:cut]
        assert added.startswith(b"\n") is (cut not in {0, *ends})
        lines = added.removeprefix(b"\n").splitlines()
        seqs = [json.loads(line)["seq"] for line in lines]
        last = sum(cut >= end - 1 for end in ends)  # a line that lacks only its newline is whole again
        assert seqs == list(range(last + 1, last + 1 + len(seqs)))
        types = [json.loads(line)["type"] for line in lines]
        assert types == [*([] if last else ["run_start"]), "info", "complete"]


async def test_time_does_not_go_back_on_resume(tmp_path: Path) -> None:
    path = tmp_path / "20990101T000000Z-000000.ndjson"
    future = "2099-01-01T00:00:00.000000Z"
    path.write_text(json.dumps({"seq": 1, "timestamp": future, "run": "r", "type": "run_start", "data": {}}) + "\n")
    async with RunLog.resume(path):
        pass
    assert {event["timestamp"] for event in events_of(path)} == {future}


@pytest.mark.faults
@pytest.mark.needs("mount")
async def test_a_full_disk_delays_the_agent_and_loses_nothing(small_disk: Path) -> None:
    async with quiet_log(small_disk / "runs") as log:
        filler = small_disk / "filler"
        filler.write_bytes(b"x" * (SMALL_DISK_BYTES - 3 * 4096))
        emitting = asyncio.create_task(log.emit(Info(message="y" * 30_000)))
        await wait_until_async(lambda: log.warnings)
        assert not emitting.done()
        assert log.path.stat().st_size > 4096, "part of the line is on the disk"
        filler.unlink()
        await emitting
        await log.emit(Info(message="and on"))
    assert types_of(log.path) == ["run_start", "info", "info", "complete"]
    assert "disk is full" in log.warnings[0]


@pytest.mark.faults
@pytest.mark.needs("mount")
@pytest.mark.parametrize("waits", ["event", "heartbeat", "end"])
async def test_a_run_that_has_survived_a_full_disk_is_valid(small_disk: Path, waits: str) -> None:
    async with quiet_log(small_disk / "runs", heartbeat_s=0.2) as log:
        filler = small_disk / "filler"
        filler.write_bytes(b"x" * (SMALL_DISK_BYTES - 2 * 4096))
        if waits == "end":
            log._writer._heartbeats.stop()  # as no heartbeat comes after the last event
        emitting = asyncio.create_task(log.emit(Info(message="y" * 30_000))) if waits != "heartbeat" else None
        await wait_until_async(lambda: log.warnings, "the disk to be full")
        full = time.monotonic()
        await wait_until_async(lambda: time.monotonic() > full + 2, "ten heartbeats to be dropped")
        filler.unlink()
        if emitting is not None:
            await emitting
        if waits != "end":
            await wait_until_async(
                lambda: b'"dropped":0' not in log.path.read_bytes()[-300:], "a heartbeat that says so"
            )
    checked = subprocess.run(
        [sys.executable, "-m", "observer", "check", log.path], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout
    assert types_of(log.path)[-2:] == ["heartbeat", "complete"]


@pytest.mark.faults
@pytest.mark.needs("mount")
async def test_a_disk_that_stays_full_ends_the_run_with_an_error_of_its_own(small_disk: Path) -> None:
    with pytest.raises(RunLogFull, match="free some space"):
        async with quiet_log(small_disk / "runs", patience_s=0.2) as log:
            await log.emit(Info(message="y" * SMALL_DISK_BYTES))
    assert any("could not be recorded" in warning for warning in log.warnings)


def test_a_file_size_limit_is_a_clear_end_and_no_busy_loop(tmp_path: Path) -> None:
    process = program(
        """
        async def main():
            async with RunLog.open("runs") as log:
                await log.emit(Info(message="x" * 50_000))
        asyncio.run(main())
        """,
        tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)),
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},  # what the limit leaves of a module would be kept
    )
    _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1
    assert "RunLogError: cannot write to" in err
    assert "File too large" in err


def test_a_full_device_is_waited_for_only_as_long_as_allowed() -> None:
    warnings: list[str] = []
    full = open_appender("/dev/full", patience_s=0.1, warn=warnings.append)
    line, next_line, closed = Receipt(), Receipt(), Receipt()
    full.append(lambda: (b"line", b"\n"), line)
    with pytest.raises(RunLogFull):
        line.wait()
    full.append(lambda: (b"next", b"\n"), next_line)
    with pytest.raises(RunLogError):
        next_line.wait()
    full.close(closed)
    closed.wait()
    assert len(warnings) == 1


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda path: path.unlink(), "was removed or renamed"),
        (lambda path: path.rename(path.with_suffix(".old")), "was removed or renamed"),
        (lambda path: (path.unlink(), path.write_text("")), "was replaced by another file"),
        (lambda path: os.truncate(path, 10), "was truncated"),
    ],
    ids=["removed", "renamed", "replaced", "truncated"],
)
async def test_a_file_that_is_taken_away_is_noticed_with_the_next_heartbeat(
    tmp_path: Path, what: Any, said: str
) -> None:
    async with quiet_log(tmp_path, heartbeat_s=0.02) as log:
        what(log.path)
        await wait_until_async(lambda: log.warnings)
        await log.emit(Info(message="on"))
    (warning,) = log.warnings
    assert said in warning
    assert not any(b"\0" in path.read_bytes() for path in tmp_path.iterdir() if path.exists())


async def test_a_regular_file_named_latest_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "latest.ndjson").write_text("precious")
    with pytest.raises(RunLogUnusable, match="not a symlink"):
        async with RunLog.open(tmp_path):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["latest.ndjson"]


async def test_a_missing_directory_is_created_and_an_impossible_one_is_an_error(tmp_path: Path) -> None:
    async with quiet_log(tmp_path / "a" / "b"):
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(RunLogUnusable, match="choose another"):
        async with RunLog.open(tmp_path / "file"):
            pass


@pytest.mark.faults
@pytest.mark.needs("root")
def test_a_directory_of_another_user_is_refused() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path: nobody else can reach that
        Path(folder).chmod(0o755)
        process = program(
            """
            async def main():
                os.setuid(65534)
                async with RunLog.open(sys.argv[1]):
                    pass
            asyncio.run(main())
            """,
            Path("/"),
            folder,
        )
        _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1
    assert "RunLogUnusable: cannot create" in err  # a run file, or the directory, if the other cannot enter TMPDIR
    assert "Permission denied" in err


def test_an_open_log_continues_without_free_descriptors(tmp_path: Path) -> None:
    process = program(
        """
        import resource
        async def main():
            async with RunLog.open("runs", heartbeat_s=0.05) as log:
                await log.emit(Info(message="before"))
                resource.setrlimit(resource.RLIMIT_NOFILE, (3, 4096))
                big = "x" * 100_000
                result = ToolResult(tool_use_id="t", name="n", status=ToolStatus.SUCCESS, output=big, output_bytes=1)
                await log.emit(result)
                size = log.path.stat().st_size
                while log.path.stat().st_size == size:
                    await asyncio.sleep(0.01)
        asyncio.run(main())
        """,
        tmp_path,
    )
    _, err = process.communicate(timeout=LIMIT_S)
    path = tmp_path / "runs" / "latest.ndjson"
    assert (process.returncode, err) == (0, "")
    assert {"info", "tool_result", "heartbeat", "complete"} <= set(types_of(path))
    assert "could not be saved: Too many open files" in next(
        event["data"]["output"] for event in events_of(path) if event["type"] == "tool_result"
    )


def test_a_stopped_writer_continues_without_a_gap(tmp_path: Path) -> None:
    process = program(
        """
        async def main():
            async with RunLog.open("runs", heartbeat_s=0.05):
                print("ready", flush=True)
                await asyncio.to_thread(sys.stdin.readline)
        asyncio.run(main())
        """,
        tmp_path,
        stdin=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)
    size = (tmp_path / "runs" / "latest.ndjson").stat().st_size
    process.send_signal(signal.SIGCONT)
    process.communicate("\n", timeout=LIMIT_S)
    events = events_of(tmp_path / "runs" / "latest.ndjson")
    assert (tmp_path / "runs" / "latest.ndjson").stat().st_size > size
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["type"] == "complete"


async def test_a_warning_that_cannot_be_shown_does_not_end_the_record(tmp_path: Path) -> None:
    def gone(_sentence: str) -> None:
        raise BrokenPipeError

    async with RunLog.open(tmp_path, heartbeat_s=0.01, warn=gone) as log:
        log.path.rename(tmp_path / "elsewhere.ndjson")
        path = tmp_path / "elsewhere.ndjson"
        await wait_until_async(lambda: types_of(path).count("heartbeat") > 3, "heartbeats after the warning")
    assert types_of(path)[-1] == "complete"
