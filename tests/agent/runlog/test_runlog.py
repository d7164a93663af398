"""RunLog: the contents of the file, however the program continues."""

import asyncio
import json
import math
import os
import signal
import stat
from pathlib import Path

import pytest

from agent import Outcome, RunLog, RunLogBusy, RunLogClosed, RunLogUnusable
from agent.events import AgentType, Info, Progress, SessionEnd, SessionStart, ToolResult, ToolStatus, ToolUse
from tests.agent.runlog.writing import events_of, program, quiet_log, types_of
from tests.helpers import LIMIT_S, wait_until_async


async def test_the_first_line_describes_the_run_and_the_last_its_outcome(tmp_path: Path) -> None:
    async with quiet_log(tmp_path / "runs", about="a test", project_dir=tmp_path) as log:
        await log.emit(Info(message="hello"))
    first, middle, last = events_of(log.path)
    assert (first["type"], first["data"]["about"], first["data"]["pid"]) == ("run_start", "a test", os.getpid())
    assert (middle["data"]["message"], last["type"], last["data"]["outcome"]) == ("hello", "complete", "success")
    assert [event["seq"] for event in (first, middle, last)] == [1, 2, 3]
    assert {event["run"] for event in (first, middle, last)} == {log.run}


async def test_keys_have_the_order_that_grep_relies_on(tmp_path: Path) -> None:
    async with quiet_log(tmp_path):
        pass
    line = (tmp_path / "latest.ndjson").read_bytes().splitlines()[0]
    assert list(json.loads(line)) == ["seq", "timestamp", "run", "type", "phase", "iteration", "parent", "data"]
    assert b'"type":"run_start","phase":"starting","iteration":0,"parent":null,"data":{' in line


async def test_phase_and_iteration_follow_the_sessions(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        await log.emit(SessionStart(iteration=3, agent_type=AgentType.CODING, session_id="s"))
        await log.emit(Info(message="at work"), parent="toolu_1")
    at_work = events_of(log.path)[2]
    assert (at_work["phase"], at_work["iteration"], at_work["parent"]) == ("coding", 3, "toolu_1")


async def test_only_the_owner_can_read_the_file_and_latest_points_at_it(tmp_path: Path) -> None:
    async with quiet_log(tmp_path / "runs") as log:
        latest = tmp_path / "runs" / "latest.ndjson"
        assert os.readlink(latest) == log.path.name
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "runs").stat().st_mode) == 0o700


async def test_events_of_fifty_concurrent_tasks_are_neither_lost_nor_mixed(tmp_path: Path) -> None:
    async def emit_some(task: int) -> None:
        for number in range(100):
            await log.emit(Info(message=f"{task}:{number}"))

    async with quiet_log(tmp_path) as log:
        await asyncio.gather(*(emit_some(task) for task in range(50)))

    events = events_of(log.path)
    messages = [event["data"]["message"] for event in events if event["type"] == "info"]
    assert [event["seq"] for event in events] == list(range(1, 5003))
    for task in range(50):
        assert [m for m in messages if m.startswith(f"{task}:")] == [f"{task}:{n}" for n in range(100)]


async def test_an_event_is_in_the_file_when_emit_returns(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        for number in range(20):
            await log.emit(Info(message=str(number)))
            assert events_of(log.path)[-1]["data"]["message"] == str(number)


async def test_a_cancelled_emit_neither_breaks_nor_reorders_the_others(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        tasks = [asyncio.create_task(log.emit(Info(message=str(number)))) for number in range(200)]
        await asyncio.sleep(0)
        for task in tasks[::3]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    messages = [event["data"]["message"] for event in events_of(log.path)[1:-1]]
    assert messages == [str(number) for number in range(200)]


async def test_heartbeats_continue_while_tools_run(tmp_path: Path) -> None:
    async with quiet_log(tmp_path, heartbeat_s=0.05) as log:
        await log.emit(SessionStart(iteration=1, agent_type=AgentType.SINGLE, session_id="s"))
        await log.emit(ToolUse(id="t1", name="Bash", input={}))
        await wait_until_async(lambda: types_of(log.path).count("heartbeat") >= 5)
    beats = [event["data"] for event in events_of(log.path) if event["type"] == "heartbeat"]
    assert beats[-1]["state"] == "in_tool"
    assert [tool["name"] for tool in beats[-1]["in_flight"]] == ["Bash"]
    assert [beat["idle_s"] for beat in beats] == sorted(beat["idle_s"] for beat in beats)


async def test_heartbeats_and_the_last_line_contain_the_progress(tmp_path: Path) -> None:
    async with quiet_log(tmp_path, heartbeat_s=0.02) as log:
        await log.emit(Progress(passing=1, total=7))
        await log.emit(SessionEnd(outcome=Outcome.SUCCESS, turns=1, duration_ms=1, cost_usd=0.25))
        beats = types_of(log.path).count("heartbeat")
        await wait_until_async(lambda: types_of(log.path).count("heartbeat") >= beats + 2)
    events = events_of(log.path)
    beat = [event["data"] for event in events if event["type"] == "heartbeat"][-1]
    assert (beat["passing"], beat["total"], beat["cost_usd"]) == (1, 7, 0.25)
    assert (events[-1]["data"]["passing"], events[-1]["data"]["total"]) == (1, 7)


async def test_every_heartbeat_flushes_the_file_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    async with quiet_log(tmp_path, heartbeat_s=0.02) as log:
        await wait_until_async(lambda: len(synced) >= 3)
    assert len(synced) >= types_of(log.path).count("heartbeat")


async def test_an_exception_is_an_error_event_and_a_failed_run(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with quiet_log(tmp_path) as log:
            1 / 0  # noqa: B018 - raising is the point
    _, error, last = events_of(log.path)
    assert (error["type"], error["data"]["kind"]) == ("error", "ZeroDivisionError")
    assert "1 / 0" in error["data"]["traceback"]
    assert last["data"]["outcome"] == "failed"


async def test_a_cancelled_task_is_an_interrupted_run(tmp_path: Path) -> None:
    async def work() -> None:
        async with quiet_log(tmp_path):
            entered.set()
            await asyncio.sleep(3600)

    entered = asyncio.Event()
    task = asyncio.create_task(work())
    await entered.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert [event["data"].get("outcome") for event in events_of(tmp_path / "latest.ndjson")] == [None, "interrupted"]


async def test_the_first_outcome_counts_and_nothing_is_written_after_it(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        await log.emit(SessionEnd(outcome=Outcome.BUDGET, turns=1, duration_ms=1, cost_usd=0.1))
        await log.emit(SessionEnd(outcome=Outcome.BUDGET, turns=1, duration_ms=1, cost_usd=0.2))
        await log.complete(Outcome.BUDGET, "the money is gone")
        await log.complete(Outcome.SUCCESS, "no")
        with pytest.raises(RunLogClosed):
            await log.emit(Info(message="too late"))
    assert types_of(log.path).count("complete") == 1
    last = events_of(log.path)[-1]["data"]
    assert (last["outcome"], last["message"], last["cost_usd"]) == ("budget", "the money is gone", 0.3)


@pytest.mark.parametrize(
    ("ending", "outcome", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGTERM)", "interrupted", -signal.SIGTERM),
        ("os.kill(os.getpid(), signal.SIGINT)", "interrupted", 1),
        ("sys.exit(0)", "success", 0),
        ("sys.exit(7)", "failed", 7),
        ("raise RuntimeError('a bug')", "failed", 1),
        ("return", "success", 0),
    ],
)
def test_however_a_program_ends_its_run_is_complete_once(tmp_path: Path, ending: str, outcome: str, code: int) -> None:
    process = program(
        f"""
        async def main():
            async with RunLog.open("runs") as log:
                await log.emit(Info(message="hello"))
                {ending}
                await asyncio.sleep(600)
        asyncio.run(main())
        """,
        tmp_path,
    )
    process.communicate(timeout=LIMIT_S)
    path = tmp_path / "runs" / "latest.ndjson"
    assert process.returncode in {code, -signal.SIGINT} if "SIGINT" in ending else process.returncode == code
    assert types_of(path).count("complete") == 1
    assert events_of(path)[-1]["data"]["outcome"] == outcome


def test_a_program_with_a_handler_of_its_own_keeps_it(tmp_path: Path) -> None:
    process = program(
        """
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
        async def main():
            async with RunLog.open("runs") as log:
                os.kill(os.getpid(), signal.SIGTERM)
                await asyncio.sleep(600)
        asyncio.run(main())
        """,
        tmp_path,
    )
    process.communicate(timeout=LIMIT_S)
    assert process.returncode == 3
    assert events_of(tmp_path / "runs" / "latest.ndjson")[-1]["data"]["message"] == "exit with 3"


async def test_a_second_writer_is_refused_with_the_name_of_the_first(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        with pytest.raises(RunLogBusy, match=f"process {os.getpid()} on "):
            async with RunLog.resume(log.path):
                pass
        other = program(
            """
            async def main():
                async with RunLog.resume(sys.argv[1]):
                    pass
            asyncio.run(main())
            """,
            tmp_path,
            str(log.path),
        )
        _, err = other.communicate(timeout=LIMIT_S)
    assert other.returncode == 1
    assert f"process {os.getpid()} on " in err


async def test_a_complete_run_is_not_resumed(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        pass
    with pytest.raises(RunLogUnusable, match="already complete"):
        async with RunLog.resume(log.path):
            pass


async def test_ten_runs_at_once_have_ten_files_and_latest_is_never_missing(tmp_path: Path) -> None:
    async def one() -> Path:
        async with quiet_log(tmp_path) as log:
            await log.emit(Info(message="hello"))
            assert (tmp_path / "latest.ndjson").read_bytes()
        return log.path

    paths = await asyncio.gather(*(one() for _ in range(10)))
    assert len(set(paths)) == 10
    assert [types_of(path) for path in paths] == [["run_start", "info", "complete"]] * 10


async def test_a_large_output_is_excerpted_and_complete_in_a_file_beside_the_run(tmp_path: Path) -> None:
    output = "head " + "x" * 200_000 + " tail é"
    async with quiet_log(tmp_path) as log:
        await log.emit(
            ToolResult(
                tool_use_id="../../evil", name="Bash", status=ToolStatus.SUCCESS, output=output, output_bytes=200_012
            )
        )
    data = events_of(log.path)[1]["data"]
    assert data["output"].startswith("head xxx")
    assert data["output"].endswith(" tail é")
    assert len(data["output"]) < 20_000
    kept = tmp_path / data["output_file"]
    assert kept.resolve().parent == tmp_path / log.run
    assert kept.read_text() == output
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "bytes omitted" in data["output"]


def test_a_log_that_was_never_entered_has_no_file(tmp_path: Path) -> None:
    with pytest.raises(RunLogClosed, match="enter it first"):
        assert RunLog.open(tmp_path / "runs").path


@pytest.mark.parametrize("seconds", [0, -1.0, math.inf, math.nan])
def test_heartbeats_need_a_positive_interval(tmp_path: Path, seconds: float) -> None:
    with pytest.raises(RunLogUnusable, match="positive number of seconds"):
        RunLog.open(tmp_path, heartbeat_s=seconds)
    assert list(tmp_path.iterdir()) == []
