"""Several sessions in one run: each line names its own, those that are open end with it, and a failure is warned of.

Tests agent.runlog.run_lines and agent.runlog.run_writer.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import Outcome, RunLog, SyncRunLog
from agent.errors import RunLogError
from agent.events import AgentType, Event, Info, Phase, SessionStart
from agent.runlog.run_lines import Origin
from tests.agent.runlog.writing import QuietLog, events_of, quiet_log, types_of


async def test_an_event_can_name_its_session(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        await log.emit(SessionStart(iteration=2, agent_type=AgentType.CODING, session_id="s"))
        await log.emit(Info(message="of another session"), phase=Phase.SINGLE, iteration=1)
        await log.emit(Info(message="of the run"))
    places = [(event["phase"], event["iteration"]) for event in events_of(log.path)]
    assert places == [("starting", 0), ("coding", 2), ("single", 1), ("coding", 2), ("coding", 2)]


def test_an_event_can_name_its_session_in_synchronous_code_too(tmp_path: Path) -> None:
    with quiet_log(tmp_path) as log:
        log.emit(Info(message="of another session"), parent="toolu_1", phase=Phase.SINGLE, iteration=4)
    line = events_of(log.path)[1]
    assert (line["parent"], line["phase"], line["iteration"]) == ("toolu_1", "single", 4)


@pytest.mark.parametrize("explicit", [False, True])
async def test_a_session_that_is_open_ends_with_the_run(tmp_path: Path, *, explicit: bool) -> None:
    def close() -> Iterator[tuple[Event, Origin]]:
        yield Info(message="closed"), Origin("t1", Phase.CODING, 3)

    def never() -> Iterator[tuple[Event, Origin]]:
        raise AssertionError

    async with quiet_log(tmp_path) as log:
        log.writer.session_began(close)
        log.writer.session_began(never)
        log.writer.session_ended(never)
        log.writer.session_ended(never)
        if explicit:
            await log.complete(Outcome.BUDGET, "enough")
    assert types_of(log.path) == ["run_start", "info", "complete"]
    closed = events_of(log.path)[1]
    assert (closed["parent"], closed["phase"], closed["iteration"]) == ("t1", "coding", 3)


def break_disk(log: QuietLog) -> None:
    """Let every write to the run file fail from now on: its descriptor becomes one that is open for reading."""
    with open(os.devnull) as other:
        os.dup2(other.fileno(), log._writer._appender._fd)


async def test_who_goes_on_after_a_failure_is_warned_once_and_the_end_raises_nothing(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        break_disk(log)
        for _ in range(2):
            with pytest.raises(RunLogError) as failure:
                await log.emit(Info(message="lost"))
            log.writer.warn_of_failure(failure.value)
    (warning,) = log.warnings
    assert warning.startswith(f"run {log.run} is not recorded any further, and the program goes on: cannot write to")


def test_what_only_recorders_call_is_not_among_the_calls_of_a_log() -> None:
    names = {name for log in (RunLog, SyncRunLog) for name in dir(log) if not name.startswith("_")}
    calls = {
        "emit",
        "stream",
        "copy",
        "complete",
        "begin_wait",
        "end_wait",
        "waiting",
        "touch",
        "redact_piece",
    }
    assert names == calls | {"open", "resume", "sync_log", "writer", "run", "path", "phase", "iteration", "cost_usd"}
