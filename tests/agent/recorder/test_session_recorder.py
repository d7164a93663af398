"""Tests what is written of a session beside the events of its messages, and when it writes text.

Tests agent.recorder.effects.flush_timer, too.
"""

from pathlib import Path

import pytest
from claude_agent_sdk import ClaudeAgentOptions, ProcessError, StreamEvent

from agent.errors import RunLogFull
from agent.events import AgentType, Outcome
from agent.recorder.effects.own_faults import FAULT
from agent.recorder.session_recorder import SessionRecorder
from agent.recorder.turns import TurnResult
from tests.agent.runlog.writing import QuietLog, events_of, quiet_log
from tests.helpers import wait_until_async


def recorder(log: QuietLog) -> SessionRecorder:
    return SessionRecorder(log, agent_type=AgentType.SINGLE, iteration=1)


def delta(text: str) -> StreamEvent:
    event = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
    return StreamEvent("u", "s1", event)


BEGINNING = [
    StreamEvent("u", "s1", {"type": "message_start", "message": {"id": "m1", "model": "claude-x"}}),
    StreamEvent("u", "s1", {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}}),
]


def thoughts(log: QuietLog) -> list[str]:
    return [event["data"]["text"] for event in events_of(log.path) if event["type"] == "thought"]


async def test_text_is_written_although_nothing_follows_it(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        for message in [*BEGINNING, delta("One "), delta("moment ")]:
            await target.record(message)
        await wait_until_async(lambda: "".join(thoughts(log)) == "One moment ", "the text before the pause")
        await target.record(delta("now."))
        await wait_until_async(lambda: "".join(thoughts(log)) == "One moment now.", "the text after the pause")


async def test_a_secret_that_comes_in_pieces_with_pauses_is_redacted(tmp_path: Path) -> None:
    token = "ghp_" + "Ab09" * 9
    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        for message in [*BEGINNING, delta("Use ")]:
            await target.record(message)
        await wait_until_async(lambda: thoughts(log), "a thought")
        for piece in (token[:10], token[10:30], token[30:]):
            await target.record(delta(piece))
            await target._flush()  # as the timer does after a pause
        await target.record(delta(" now"))
        await target.close(TurnResult(Outcome.SUCCESS, ""))
        assert "".join(thoughts(log)) == "Use [redacted:github_token] now"
        assert "Ab09" not in log.path.read_text()


async def test_nothing_is_lost_or_written_later_when_a_recording_is_closed(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        for message in [*BEGINNING, delta("One ")]:
            await target.record(message)
        await target.close(TurnResult(Outcome.INTERRUPTED, "stopped"))
        assert thoughts(log) == ["One "]
    assert [event["type"] for event in events_of(log.path)] == ["run_start", "thought", "message", "complete"]


async def test_a_log_that_fails_while_a_text_waits_fails_the_next_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_arguments: object, **_options: object) -> None:
        raise RunLogFull("the disk is full")

    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        for message in [*BEGINNING, delta("One ")]:
            await target.record(message)
        monkeypatch.setattr(log, "emit", fail)
        await wait_until_async(lambda: target._timer._task is not None and target._timer._task.done(), "the timer")
        with pytest.raises(RunLogFull):
            await target.record(delta("moment"))
        monkeypatch.undo()


async def test_a_process_that_dies_is_described_with_its_last_output(tmp_path: Path) -> None:
    printed: list[str] = []
    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        stderr = target.add_to_options(ClaudeAgentOptions(stderr=printed.append)).stderr
        assert stderr is not None
        for number in range(30):
            stderr(f"line {number}")
        result = await target.record_failure(ProcessError("it died", exit_code=9))
    first, *lines = result.message.split("\n")
    assert (result.outcome, first) == (Outcome.FAILED, "the agent's process ended with exit code 9")
    assert lines == [f"line {number}" for number in range(10, 30)]
    assert printed == [f"line {number}" for number in range(30)]


async def test_a_fault_of_the_recorder_is_recorded_and_what_follows_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with quiet_log(tmp_path) as log:
        target = recorder(log)

        def fail(*_: object) -> None:
            raise ValueError("a bug")

        with monkeypatch.context() as broken:
            broken.setattr(target._translator, "message", fail)
            await target.record(delta("lost"))
        for message in [*BEGINNING, delta("One ")]:
            await target.record(message)
        monkeypatch.setattr(target._translator, "close", fail)
        await target.close(TurnResult(Outcome.SUCCESS, ""))
        await log.complete(Outcome.SUCCESS, "done")
    events = events_of(log.path)
    assert [event["data"]["kind"] for event in events if event["type"] == "error"] == [FAULT]
    assert events[-1]["data"]["outcome"] == "success"
