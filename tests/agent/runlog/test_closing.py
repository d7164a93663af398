"""The end of a run: exactly one `complete`, as the last line, whatever is cancelled, and no wait that never ends.

Tests agent.runlog.runlog, agent.runlog.outcome and agent.runlog.sigterm.
"""

import asyncio
import errno
import os
import signal
from pathlib import Path

import pytest

from agent import Outcome, RunLogClosed, RunLogError
from agent.events import Info, ToolResult, ToolStatus
from agent.runlog import run_file
from agent.runlog.receipt import Receipt
from tests.agent.runlog.writing import events_of, open_appender, program, quiet_log, types_of
from tests.helpers import LIMIT_S, wait_until_async


def big_result() -> ToolResult:
    return ToolResult(
        tool_use_id="t", name="Bash", status=ToolStatus.SUCCESS, output="x" * 2_000_000, output_bytes=2_000_000
    )


async def test_a_result_that_takes_long_to_save_is_not_written_after_the_end(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT_S), quiet_log(tmp_path) as log:
        late = asyncio.create_task(log.emit(big_result()))
        await asyncio.sleep(0)
        await log.complete(Outcome.SUCCESS, "done")
        with pytest.raises(RunLogClosed):
            await late
    assert types_of(log.path) == ["run_start", "complete"]


async def test_two_tasks_that_complete_a_run_write_one_complete(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT_S), quiet_log(tmp_path, heartbeat_s=0.001) as log:
        await asyncio.gather(log.complete(Outcome.BUDGET, "first"), log.complete(Outcome.FAILED, "second"))
    last = events_of(log.path)[-1]
    assert types_of(log.path).count("complete") == 1
    assert last["data"]["message"] == "first"


async def test_a_cancelled_complete_is_written_nevertheless(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT_S), quiet_log(tmp_path) as log:
        completing = asyncio.create_task(log.complete(Outcome.BUDGET, "the money is gone"))
        await asyncio.sleep(0)
        completing.cancel()
        await asyncio.gather(completing, return_exceptions=True)
    assert types_of(log.path) == ["run_start", "complete"]
    assert events_of(log.path)[-1]["data"]["outcome"] == "budget"


@pytest.mark.parametrize("steps", range(6))
async def test_a_program_that_cancels_every_task_it_finds_loses_nothing(tmp_path: Path, steps: int) -> None:
    entered = asyncio.Event()
    log = quiet_log(tmp_path)

    async def run() -> None:
        async def emit() -> None:
            while True:
                await log.emit(Info(message="y" * 5_000))

        async with log:
            entered.set()
            await asyncio.gather(*(emit() for _ in range(20)))

    running = asyncio.create_task(run())
    async with asyncio.timeout(LIMIT_S):
        await entered.wait()
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(running, return_exceptions=True)
    events = events_of(log.path)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events].count("complete") == 1
    assert events[-1]["data"]["outcome"] == "interrupted"


async def test_a_bug_in_the_writer_is_raised_by_every_waiting_call(tmp_path: Path) -> None:
    def broken(_lines: object) -> bytes:
        raise RecursionError("a bug")

    appender = open_appender(tmp_path / "file", broken)
    receipts = [Receipt() for _ in range(3)]
    for receipt in receipts:
        appender.append(lambda: (b"", b""), receipt)
    closed = Receipt()
    appender.close(closed)
    closed.wait()
    for receipt in receipts:
        with pytest.raises(RunLogError, match="a bug"):
            receipt.wait()


async def test_an_error_that_cannot_be_printed_ends_the_run_as_failed(tmp_path: Path) -> None:
    class Unprintable(Exception):
        def __str__(self) -> str:
            raise ValueError

    log = quiet_log(tmp_path)
    with pytest.raises(Unprintable):
        async with log:
            raise Unprintable
    assert types_of(log.path) == ["run_start", "error", "complete"]
    assert events_of(log.path)[-1]["data"]["outcome"] == "failed"


async def test_a_disk_that_cannot_sync_causes_one_warning_and_heartbeats_continue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fdatasync", refuse)
    log = quiet_log(tmp_path, heartbeat_s=0.01)
    async with asyncio.timeout(LIMIT_S), log:
        await wait_until_async(lambda: types_of(log.path).count("heartbeat") >= 3)
    (warning,) = log.warnings
    assert "may not survive a power failure: Input/output error" in warning
    assert types_of(log.path)[-1] == "complete"


async def test_heartbeats_reach_the_disk_although_every_thread_of_the_program_is_busy(tmp_path: Path) -> None:
    release = asyncio.Event()
    loop = asyncio.get_running_loop()
    held = [
        asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(release.wait(), loop).result()) for _ in range(64)
    ]
    jobs = [asyncio.create_task(job) for job in held]
    async with asyncio.timeout(LIMIT_S), quiet_log(tmp_path, heartbeat_s=0.01) as log:
        await wait_until_async(lambda: types_of(log.path).count("heartbeat") >= 3)
        release.set()
        await asyncio.gather(*jobs)


async def test_a_directory_without_symlinks_causes_a_warning_about_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(run_file, "update_latest", refuse)
    async with quiet_log(tmp_path) as log:
        pass
    assert types_of(log.path) == ["run_start", "complete"]
    assert "cannot point latest.ndjson at this run" in log.warnings[0]


TWO_RUNS = """
async def record(name, others):
    async with RunLog.open("runs", run=name, heartbeat_s=3600) as log:
        await log.emit(Info(message="hello"))
        await both.wait()
        try:
            await asyncio.sleep({seconds})
        finally:
            await asyncio.gather(*others, return_exceptions=True)

async def main():
    global both
    both = asyncio.Barrier(3)
    async with asyncio.TaskGroup() as group:
        one = group.create_task(record("one", []))
        group.create_task(record("two", [one]))
        await both.wait()
        print("ready", flush=True)

asyncio.run(main())
"""


def test_sigterm_completes_every_run_of_a_program_before_it_ends(tmp_path: Path) -> None:
    process = program(TWO_RUNS.format(seconds=600), tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    process.communicate(timeout=LIMIT_S)
    assert process.returncode == -signal.SIGTERM
    for name in ("one", "two"):
        assert types_of(tmp_path / f"runs/{name}.ndjson") == ["run_start", "info", "complete"]
        last = events_of(tmp_path / f"runs/{name}.ndjson")[-1]["data"]
        assert (last["outcome"], last["message"]) == ("interrupted", "stopped by SIGTERM")


def test_a_run_that_begins_while_another_is_stopped_by_sigterm_is_completed_before_the_program_ends(
    tmp_path: Path,
) -> None:
    process = program(
        """
        async def second():
            async with RunLog.open("runs", run="two", heartbeat_s=3600) as log:
                opened.set()
                await first_closed.wait()
                await log.emit(Info(message="hello"))

        async def first():
            global task
            async with RunLog.open("runs", run="one", heartbeat_s=3600):
                print("ready", flush=True)
                try:
                    await asyncio.sleep(600)
                finally:
                    task = asyncio.create_task(second())
                    await opened.wait()

        async def main():
            global opened, first_closed
            opened, first_closed = asyncio.Event(), asyncio.Event()
            try:
                await first()
            except asyncio.CancelledError:
                first_closed.set()
            await task
            print("still running", flush=True)

        asyncio.run(main())
        """,
        tmp_path,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out, err) == (-signal.SIGTERM, "", "")
    assert types_of(tmp_path / "runs/one.ndjson") == ["run_start", "complete"]
    assert types_of(tmp_path / "runs/two.ndjson") == ["run_start", "info", "complete"]


def test_after_the_last_run_sigterm_is_the_programs_again(tmp_path: Path) -> None:
    process = program(TWO_RUNS.format(seconds=0) + "\nprint(signal.getsignal(signal.SIGTERM))", tmp_path)
    out, _ = process.communicate(timeout=LIMIT_S)
    assert out.splitlines() == ["ready", str(signal.SIG_DFL)]


def test_a_run_in_a_background_task_is_completed_when_the_program_ends(tmp_path: Path) -> None:
    process = program(
        """
        async def record():
            async with RunLog.open("runs") as log:
                while True:
                    await log.emit(Info(message="at work"))
                    working.set()

        async def main():
            global recording, working
            working = asyncio.Event()
            recording = asyncio.create_task(record())
            await working.wait()

        asyncio.run(main())
        """,
        tmp_path,
    )
    _, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, "")
    types = types_of(tmp_path / "runs" / "latest.ndjson")
    assert types.count("complete") == 1
    assert types[-1] == "complete"
