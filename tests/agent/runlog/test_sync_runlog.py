"""SyncRunLog: the same promises in synchronous code, in threads and beside an event loop that is blocked.

Tests agent.runlog.run_writer, agent.runlog.run_lines, agent.runlog.heartbeat_thread, agent.runlog.receipt and
agent.runlog.loop_futures, too.
"""

import asyncio
import errno
import inspect
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import Outcome, RunLog, RunLogClosed, SyncRunLog
from agent.events import AgentType, Info, SessionStart, ToolResult, ToolStatus, ToolUse
from agent.runlog.encoder import CopiedLine
from tests.agent.runlog.writing import events_of, program, quiet_log, types_of
from tests.helpers import LIMIT_S, wait_until, wait_until_async


def test_an_event_is_in_the_file_when_emit_returns(tmp_path: Path) -> None:
    with quiet_log(tmp_path, about="a test") as log:
        for number in range(20):
            log.emit(Info(message=str(number)), parent="toolu_1")
            assert events_of(log.path)[-1]["data"]["message"] == str(number)
        log.emit(SessionStart(iteration=3, agent_type=AgentType.CODING, session_id="s"))
        assert (log.phase, log.iteration) == ("coding", 3)
    first, *_, last = events_of(log.path)
    assert (first["data"]["about"], last["data"]["outcome"]) == ("a test", "success")
    assert (tmp_path / "latest.ndjson").readlink() == Path(log.path.name)


def test_a_line_of_another_run_is_copied(tmp_path: Path) -> None:
    line = CopiedLine("later", 1_800_000_000_000_000_000, "coding", 2, None, {"a": 1})
    with quiet_log(tmp_path) as log:
        log.copy(line)
    copied = events_of(log.path)[1]
    assert (copied["type"], copied["phase"], copied["iteration"], copied["data"]) == ("later", "coding", 2, {"a": 1})


def test_both_logs_take_the_same_calls() -> None:
    calls = {name for name in vars(RunLog) if not name.startswith("_")} - {"open", "resume", "sync_log"}
    assert calls == {name for name in vars(SyncRunLog) if not name.startswith("_")}
    for name in calls:
        taken = [inspect.signature(getattr(log, name)).parameters for log in (RunLog, SyncRunLog)]
        assert taken[0] == taken[1], name


def test_the_first_outcome_counts_and_nothing_is_written_after_it(tmp_path: Path) -> None:
    with quiet_log(tmp_path) as log:
        log.complete(Outcome.BUDGET, "the money is gone")
        log.complete(Outcome.SUCCESS, "no")
        with pytest.raises(RunLogClosed, match="a info event was emitted after the end"):
            log.emit(Info(message="too late"))
    with pytest.raises(RunLogClosed, match="is closed"):
        log.emit(Info(message="much too late"))
    assert [event["data"].get("message") for event in events_of(log.path)] == [None, "the money is gone"]


def test_an_exception_is_an_error_event_and_a_failed_run(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), quiet_log(tmp_path) as log:
        1 / 0  # noqa: B018 - raising is the point
    assert types_of(log.path) == ["run_start", "error", "complete"]
    assert events_of(log.path)[-1]["data"]["outcome"] == "failed"


def test_a_log_can_be_entered_only_once(tmp_path: Path) -> None:
    log = quiet_log(tmp_path)
    with log:
        pass
    with pytest.raises(RunLogClosed, match="open another one"), log:
        pass
    assert types_of(log.path) == ["run_start", "complete"]


def test_events_of_twenty_threads_are_neither_lost_nor_mixed(tmp_path: Path) -> None:
    with quiet_log(tmp_path, heartbeat_s=0.01) as log:

        def emit_some(thread: int) -> None:
            for number in range(100):
                log.emit(Info(message=f"{thread}:{number}"))
                log.writer.tool_started(f"{thread}:{number}", "Bash")

        with ThreadPoolExecutor(20) as threads:
            list(threads.map(emit_some, range(20)))
    events = events_of(log.path)
    messages = [event["data"]["message"] for event in events if event["type"] == "info"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    for thread in range(20):
        assert [m for m in messages if m.startswith(f"{thread}:")] == [f"{thread}:{n}" for n in range(100)]


async def test_a_thread_writes_to_the_run_of_an_async_program(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        sync_log = log.sync_log
        await asyncio.to_thread(sync_log.emit, Info(message="from a thread"))
        sync_log.emit(Info(message="from a callback"))
        await log.emit(Info(message="from a task"))
    assert [event["data"]["message"] for event in events_of(log.path)[1:4]] == [
        "from a thread", "from a callback", "from a task",
    ]  # fmt: skip


async def test_the_heart_beats_although_the_event_loop_is_blocked(tmp_path: Path) -> None:
    async with quiet_log(tmp_path, heartbeat_s=0.05) as log:
        wait_until(lambda: types_of(log.path).count("heartbeat") >= 5)  # without an `await`


def test_the_heart_beats_while_a_program_computes(tmp_path: Path) -> None:
    with quiet_log(tmp_path, heartbeat_s=0.01) as log:
        while types_of(log.path).count("heartbeat") < 5:
            sum(range(10_000))


async def test_a_wait_for_a_person_is_a_heartbeat_at_its_beginning_and_one_at_its_end(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        await log.emit(ToolUse(id="t", name="Bash", input={}))
        await log.begin_wait("waiting_on_human", key="t")
        await log.end_wait("t")
        await log.end_wait("t")
        async with log.waiting("pausing", datetime(2026, 11, 23, 6, tzinfo=UTC)):
            pass
    beats = [event["data"] for event in events_of(log.path) if event["type"] == "heartbeat"]
    assert [beat["state"] for beat in beats] == ["waiting_on_human", "in_tool", "pausing", "in_tool"]
    assert [beat["until"] for beat in beats] == [None, None, "2026-11-23T06:00:00Z", None]


def test_a_wait_in_synchronous_code_is_the_same(tmp_path: Path) -> None:
    with quiet_log(tmp_path) as log, log.waiting("waiting_on_human"):
        assert events_of(log.path)[-1]["data"]["state"] == "waiting_on_human"
        log.complete(Outcome.SUCCESS, "the end of a wait after the end is not written")
    assert types_of(log.path) == ["run_start", "heartbeat", "complete"]


def test_a_large_output_is_in_a_file_beside_the_run(tmp_path: Path) -> None:
    with quiet_log(tmp_path) as log:
        log.emit(
            ToolResult(
                tool_use_id="t", name="Bash", status=ToolStatus.SUCCESS, output="x" * 100_000, output_bytes=100_000
            )
        )
    assert (tmp_path / events_of(log.path)[1]["data"]["output_file"]).read_text() == "x" * 100_000


def test_a_warning_that_is_itself_an_event_does_not_wait_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_once(descriptor: int, data: bytes) -> int:
        if b"no space for this" in bytes(data):
            monkeypatch.undo()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    write = os.write
    with RunLog.open(tmp_path, heartbeat_s=3600, warn=lambda sentence: log.emit(Info(message=sentence))) as log:
        monkeypatch.setattr(os, "write", refuse_once)
        log.emit(Info(message="no space for this"))
    messages = [event["data"]["message"] for event in events_of(log.path) if event["type"] == "info"]
    assert messages[0] == "no space for this"
    assert ["the disk is full" in messages[1], "there is space again" in messages[2]] == [True, True]


def test_ctrl_c_while_a_run_is_closed_does_not_wait_long_for_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, data: bytes) -> int:
        if b'"type":"complete"' in bytes(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    def interrupt(sentence: str) -> None:
        warnings.append(sentence)
        if "the disk is full" in sentence:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    write, warnings = os.write, list[str]()
    monkeypatch.setattr(os, "write", refuse)
    monkeypatch.setattr("agent.runlog.run_writer.EXIT_PATIENCE_S", 0.1)
    with pytest.raises(KeyboardInterrupt), RunLog.open(tmp_path, heartbeat_s=3600, warn=interrupt) as log:
        pass
    assert types_of(log.path) == ["run_start"]
    why = f"no space for {log.path} for 0.1 s; free some space and start again"
    assert warnings[1:] == [f"the end of run {log.run} could not be recorded: {why}"]


@pytest.mark.parametrize(
    ("ending", "outcome", "message", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(600)", "interrupted", "stopped by SIGTERM", -signal.SIGTERM),
        ("os.kill(os.getpid(), signal.SIGINT); time.sleep(600)", "interrupted", "stopped before it was done", -2),
        ("sys.exit(0)", "success", "done", 0),
        ("sys.exit(7)", "failed", "exit with 7", 7),
        ("raise RuntimeError('a bug')", "failed", "RuntimeError: a bug", 1),
        ("pass", "success", "done", 0),
    ],
)
def test_however_a_program_ends_its_run_is_complete_once(
    tmp_path: Path, ending: str, outcome: str, message: str, code: int
) -> None:
    process = program(
        f"""
        with RunLog.open("runs") as log:
            log.emit(Info(message="hello"))
            {ending}
        """,
        tmp_path,
    )
    process.communicate(timeout=LIMIT_S)
    path = tmp_path / "runs" / "latest.ndjson"
    assert process.returncode == code
    assert types_of(path).count("complete") == 1
    last = events_of(path)[-1]["data"]
    assert (last["outcome"], last["message"]) == (outcome, message)


def test_a_program_that_is_interrupted_at_any_moment_has_whole_lines_without_a_gap(tmp_path: Path) -> None:
    process = program(
        """
        interrupted = 0
        def interrupt(*_):
            raise KeyboardInterrupt
        signal.signal(signal.SIGALRM, interrupt)
        with RunLog.open("runs", heartbeat_s=0.001) as log:
            while interrupted < 300:
                try:
                    signal.setitimer(signal.ITIMER_REAL, random.random() / 2000)
                    while True:
                        log.emit(Info(message="x" * random.randrange(5000)))
                except KeyboardInterrupt:
                    interrupted += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
        """,
        tmp_path,
    )
    _, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, "")
    events = events_of(tmp_path / "runs" / "latest.ndjson")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["data"]["outcome"] == "success"


def test_a_signal_handler_emits_while_the_program_emits(tmp_path: Path) -> None:
    process = program(
        """
        handled = depth = 0
        def next_alarm():
            signal.setitimer(signal.ITIMER_REAL, 0.0001)
        with RunLog.open("runs") as log:
            def handle(*_):
                global handled, depth
                handled += 1
                depth += 1
                if depth < 5:  # on a busy machine each call of this function may take longer than until the next
                    next_alarm()
                log.emit(Info(message="handled"))
                depth -= 1
                if depth == 0:
                    next_alarm()
            signal.signal(signal.SIGALRM, handle)
            next_alarm()
            while handled < 300:
                log.emit(Info(message="at work"))
            signal.setitimer(signal.ITIMER_REAL, 0)
        print(handled)
        """,
        tmp_path,
    )
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, "")
    events = events_of(tmp_path / "runs" / "latest.ndjson")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert len([event for event in events if event["data"].get("message") == "handled"]) == int(out)


def test_no_thread_is_left_behind(tmp_path: Path) -> None:
    before = threading.active_count()
    with quiet_log(tmp_path, heartbeat_s=0.01):
        assert threading.active_count() > before
    wait_until(lambda: threading.active_count() <= before)


async def test_a_loop_that_has_closed_is_no_longer_woken(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:

        def emit_and_leave() -> None:
            loop = asyncio.new_event_loop()
            task = loop.create_task(log.emit(Info(message="from another loop")))
            loop.run_until_complete(asyncio.sleep(0))
            task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()

        await asyncio.to_thread(emit_and_leave)
        await log.emit(Info(message="here"))
        await wait_until_async(lambda: types_of(log.path).count("info") == 2)
