"""A harness that is observed is neither faster nor slower, and gets no message that it did not ask for.

Tests agent.recorder.effects.own_faults, too.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    ClaudeSDKError,
    Message,
    ProcessError,
    ResultMessage,
    StreamEvent,
    SystemMessage,
    TextBlock,
)

from agent.errors import RunLogError
from agent.events import AgentType
from agent.recorder.effects.own_faults import FAULT
from agent.recorder.entry import Entry
from agent.recorder.observing.observed_session import ObservedSession, OnFailure
from agent.recorder.translator import SessionTranslator
from tests.agent.runlog.writing import QuietLog, events_of, quiet_log, types_of
from tests.helpers import LIMIT_S, wait_until_async

INIT = SystemMessage("init", {"session_id": "s1", "model": "claude-x", "tools": ["Bash"]})
RESULT = ResultMessage("success", 1, 1, False, 1, "s1", result="Done.")
REQUESTING = SystemMessage("status", {"status": "requesting"})
COMPACTING = SystemMessage("status", {"status": "compacting"})


def text(words: str) -> AssistantMessage:
    return AssistantMessage([TextBlock(words)], "claude-x", message_id=words)


def partial(type_: str, **fields: Any) -> StreamEvent:
    return StreamEvent("u", "s1", {"type": type_, **fields})


async def stream(messages: Iterable[Message | Exception]) -> AsyncIterator[Message]:
    for message in messages:
        if isinstance(message, Exception):
            raise message
        yield message


def observe(
    log: QuietLog, options: ClaudeAgentOptions | None = None, on_failure: OnFailure = "raise"
) -> ObservedSession:
    return ObservedSession(
        options or ClaudeAgentOptions(), log, agent_type=AgentType.SINGLE, iteration=1, on_failure=on_failure
    )


async def received(session: ObservedSession) -> list[Message]:
    return [message async for message in session.received()]


PARTIAL = [REQUESTING, partial("message_start"), partial("message_stop")]


@pytest.mark.parametrize("asked", [False, True])
async def test_partial_messages_are_passed_on_only_to_a_harness_that_asked_for_them(
    tmp_path: Path, *, asked: bool
) -> None:
    async with quiet_log(tmp_path) as log:
        session = observe(log, ClaudeAgentOptions(include_partial_messages=asked))
        session.start(stream([INIT, *PARTIAL, COMPACTING, text("a"), RESULT]))
        messages = await received(session)
        await session.end("left")
    assert messages == [INIT, *(PARTIAL if asked else []), COMPACTING, text("a"), RESULT]


async def test_everything_is_recorded_before_a_busy_harness_looks_at_it(tmp_path: Path) -> None:
    deltas = [partial("content_block_delta", index=9, delta={}) for _ in range(1000)]
    async with quiet_log(tmp_path) as log:
        session = observe(log)
        session.start(stream([INIT, *deltas, text("a"), RESULT]))
        await wait_until_async(lambda: "thought" in types_of(log.path), "a thought")
        assert await received(session) == [INIT, text("a"), RESULT]
        await session.end("left")
    assert types_of(log.path)[-2:] == ["session_end", "complete"]


async def test_an_agent_waits_for_a_harness_that_has_not_read_a_hundred_messages(tmp_path: Path) -> None:
    sent = 0

    async def many() -> AsyncIterator[Message]:
        nonlocal sent
        for sent in range(1, 1001):
            yield text(str(sent))

    async with quiet_log(tmp_path) as log:
        session = observe(log)
        session.start(many())
        await wait_until_async(lambda: sent >= 101, "101 messages")
        assert await asyncio.wait_for(anext(session.received()), LIMIT_S) == text("1")
        await wait_until_async(lambda: sent >= 102, "another one")
        assert sent == 102
        await session.end("left")


async def test_an_error_of_the_sdk_is_recorded_and_raised_once(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        session = observe(log)
        session.start(stream([INIT, ProcessError("it died", exit_code=9)]))
        with pytest.raises(ProcessError, match="it died"):
            await received(session)
        assert await received(session) == []
        await session.end("left")
    events = [(event["type"], event["data"].get("outcome")) for event in events_of(log.path)]
    assert events[-3:] == [("error", None), ("session_end", "failed"), ("complete", "failed")]


async def test_a_harness_that_leaves_early_ends_its_session_and_the_messages(tmp_path: Path) -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[Message]:
        try:
            yield INIT
            await asyncio.Event().wait()
        finally:
            closed.set()

    async with quiet_log(tmp_path) as log:
        session = observe(log)
        session.start(endless())
        assert await anext(session.received()) is INIT
        await session.end("left early")
        assert closed.is_set()
        assert await received(session) == []
    (end,) = [event["data"] for event in events_of(log.path) if event["type"] == "session_end"]
    assert end["outcome"] == "interrupted"


async def test_prompts_are_recorded_when_they_are_read(tmp_path: Path) -> None:
    async def prompts() -> AsyncIterator[dict[str, Any]]:
        for word in ("one", "two"):
            yield {"type": "user", "message": {"role": "user", "content": word}}

    async with quiet_log(tmp_path) as log:
        session = observe(log)
        async with aclosing(await session.record_prompt(prompts())) as sent:
            assert (await anext(sent))["message"]["content"] == "one"
        assert await session.record_prompt("three") == "three"
        assert await session.record_prompt(None) is None
    assert [event["data"]["text"] for event in events_of(log.path) if event["type"] == "prompt"] == ["one", "three"]


def break_disk(log: QuietLog) -> None:
    """Let every write to the run file fail from now on: its descriptor becomes one that is open for reading."""
    with open(os.devnull) as other:
        os.dup2(other.fileno(), log._writer._appender._fd)


async def test_a_log_that_fails_raises_once_and_the_harness_may_go_on(tmp_path: Path) -> None:
    with pytest.raises(RunLogError, match="Bad file descriptor"):  # noqa: PT012 - by the end of the log
        async with quiet_log(tmp_path) as log:
            session = observe(log)
            break_disk(log)
            session.start(stream([INIT, text("a"), RESULT]))
            with pytest.raises(RunLogError, match="Bad file descriptor"):
                await received(session)
            assert await received(session) == [INIT, text("a"), RESULT]
            await session.end("left")


async def test_a_log_that_fails_only_warns_a_harness_that_asked_for_it(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        first, second = observe(log, on_failure="warn"), observe(log, on_failure="warn")
        break_disk(log)
        for session in (first, second):
            await session.record_prompt("Begin.")
            session.start(stream([INIT, text("a"), RESULT]))
            assert await received(session) == [INIT, text("a"), RESULT]
            await session.end("left")
    assert [warning for warning in log.warnings if "Bad file descriptor" in warning] == log.warnings
    assert len(log.warnings) == 1


@pytest.mark.parametrize("on_failure", ["raise", "warn"])
async def test_a_fault_of_the_recorder_is_recorded_once_and_the_harness_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_failure: OnFailure
) -> None:
    read = SessionTranslator.message

    def fail(self: SessionTranslator, message: Any, now: float) -> Iterator[Entry]:
        if message == text("fails"):
            raise ValueError("a bug")
        yield from read(self, message, now)

    monkeypatch.setattr(SessionTranslator, "message", fail)
    messages = [INIT, text("fails"), text("fails"), text("a"), RESULT]
    async with quiet_log(tmp_path) as log:
        session = observe(log, on_failure=on_failure)
        session.start(stream(messages))
        assert await received(session) == messages
        await session.end("left")
    (warning,) = log.warnings
    assert warning.startswith(f"a fault of runtail: run {log.run} lacks something, and goes on: ")
    (error,) = [event["data"] for event in events_of(log.path) if event["type"] == "error"]
    assert (error["kind"], error["message"].endswith("ValueError: a bug")) == (FAULT, True)
    assert 'raise ValueError("a bug")' in error["traceback"]
    assert types_of(log.path)[-4:] == ["thought", "message", "session_end", "complete"]


@pytest.mark.parametrize("ends", ["with the session", "with the run"])
async def test_a_fault_at_the_end_leaves_the_run_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    monkeypatch.delattr(SessionTranslator, "close")
    async with quiet_log(tmp_path) as log:
        session = observe(log)
        session.start(stream([INIT, RESULT]))
        assert await received(session) == [INIT, RESULT]
        if ends == "with the session":
            await session.end("left")
    assert types_of(log.path)[-2:] == ["error", "complete"]
    assert len(log.warnings) == 1


async def test_behind_a_message_that_the_sdk_cannot_parse_the_session_goes_on(tmp_path: Path) -> None:
    rest = iter([
        stream([text("a"), KeyError("id")]),
        stream([text("b"), RESULT, ProcessError("it died", exit_code=9)]),
    ])  # fmt: skip
    async with quiet_log(tmp_path) as log:
        session = observe(log)
        session.start(stream([INIT, ClaudeSDKError("cannot parse")]), lambda: next(rest))
        with pytest.raises(ClaudeSDKError, match="cannot parse"):
            await received(session)
        with pytest.raises(KeyError):
            await received(session)
        with pytest.raises(ProcessError):
            await received(session)
        await session.end("left")
    kinds = [event["data"]["kind"] for event in events_of(log.path) if event["type"] == "error"]
    assert kinds == ["ClaudeSDKError", "KeyError", "ProcessError"]
    assert [event["data"]["text"] for event in events_of(log.path) if event["type"] == "thought"] == ["a", "b"]


async def test_a_turn_with_a_message_that_the_sdk_cannot_parse_may_succeed(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        session = observe(log)
        session.start(stream([INIT, TypeError("cannot parse")]), lambda: stream([text("a"), RESULT]))
        with pytest.raises(TypeError):
            await received(session)
        assert await received(session) == [text("a"), RESULT]
        await session.end("left")
    assert [event["data"]["outcome"] for event in events_of(log.path)[-2:]] == ["success", "success"]
