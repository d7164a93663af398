"""Calls that only hooks report, as of a subagent that a subagent has started: each is recorded once.

Tests agent.recorder.calls.hook_calls and agent.recorder.calls.calls.
"""

from typing import Any

import pytest
from claude_agent_sdk import (
    AssistantMessage,
    ResultMessage,
    SystemMessage,
    TaskNotificationMessage,
    TaskStartedMessage,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from agent.events import AgentType, Outcome, SubagentComplete, ToolResult, ToolStatus, ToolUse
from agent.recorder.calls.hook_calls import HookResult, hook_result
from agent.recorder.entry import Entry
from agent.recorder.translator import SessionTranslator
from agent.safety.commands.denial import Denial
from tests.agent.runlog.redaction.pieces import HOLDING_NOTHING

DONE = HookResult("hi", {"stdout": "hi"}, is_error=False)


def call(id_: str, parent: str | None, name: str = "Agent") -> AssistantMessage:
    return AssistantMessage([ToolUseBlock(id_, name, {})], "claude-x", parent_tool_use_id=parent, message_id=f"m-{id_}")


def started(agent: str, tool_use_id: str) -> TaskStartedMessage:
    return TaskStartedMessage("task_started", {}, agent, "look", "u1", "s1", tool_use_id, "local_agent")


def turn_end(**changes: Any) -> ResultMessage:
    return ResultMessage("success", 5, 4, is_error=False, num_turns=1, session_id="s1", **changes)


def agent_end(agent: str, tool_use_id: str) -> TaskNotificationMessage:
    return TaskNotificationMessage("task_notification", {}, agent, "completed", "", "seen", "u1", "s1", tool_use_id)


class Session:
    """A session whose main agent has started the subagent `outer` with the call t1, and that `inner` with t2."""

    def __init__(self, *, forwarded: bool = False) -> None:
        self.translator = SessionTranslator(AgentType.SINGLE, 1, HOLDING_NOTHING, 0.0)
        self.translator.calls.expect_hooks(forwarded=forwarded)
        self.entries: list[Entry] = []
        init = SystemMessage("init", {"session_id": "s1"})
        self.messages(init, call("t1", None), started("outer", "t1"), call("t2", "t1"), started("inner", "t2"))
        self.entries.clear()

    def messages(self, *messages: object) -> None:
        for message in messages:
            self.entries += self.translator.message(message, 2.0)

    def hook(self, id_: str, agent: str | None, name: str = "Bash") -> None:
        self.translator.calls.called(id_, name, {"command": "x"}, agent, 1.0)
        assert self.translator.calls.pre_tool_use(id_, name, 1.0)
        self.flush()

    def end(self, id_: str, result: HookResult = DONE) -> None:
        self.translator.calls.post_tool_use(id_, 7, result)
        self.flush()

    def flush(self) -> None:
        if self.translator.waiting_since is not None:
            self.entries += self.translator.flush(2.0)
            assert self.translator.waiting_since is None  # or the timer would never rest

    def calls(self) -> list[tuple[str, str | None]]:
        return [(entry.event.id, entry.parent) for entry in self.entries if isinstance(entry.event, ToolUse)]

    def results(self) -> list[ToolResult]:
        return [entry.event for entry in self.entries if isinstance(entry.event, ToolResult)]


def test_a_call_of_a_nested_subagent_is_recorded_while_it_runs() -> None:
    session = Session()
    session.hook("t3", "inner")
    assert session.calls() == [("t3", "t2")]
    assert session.translator.tool_running
    session.end("t3")
    (result,) = session.results()
    assert (result.tool_use_id, result.status, result.duration_ms, result.output) == ("t3", "success", 7, "hi")
    assert not session.translator.tool_running


def test_a_call_waits_for_the_message_that_says_who_its_subagent_is() -> None:
    session = Session()
    session.hook("t3", "inner", name="Agent")
    session.hook("t4", "innermost")
    session.end("t4")
    assert session.calls() == [("t3", "t2")]
    session.messages(started("innermost", "t3"))
    session.flush()
    assert session.calls() == [("t3", "t2"), ("t4", "t3")]
    assert [result.tool_use_id for result in session.results()] == ["t4"]


def test_a_call_waits_for_that_message_beyond_the_end_of_a_turn() -> None:
    session = Session()
    session.hook("t3", "inner", name="Agent")
    session.hook("t4", "innermost")
    session.messages(turn_end())
    assert session.calls() == [("t3", "t2")]
    session.messages(started("innermost", "t3"))
    session.flush()
    assert session.calls() == [("t3", "t2"), ("t4", "t3")]
    assert session.results() == []


@pytest.mark.parametrize("agent", [None, "outer"])
def test_a_call_is_left_to_its_messages_where_they_come(agent: str | None) -> None:
    session, parent = Session(), "t1" if agent else None
    session.hook("t3", agent)
    session.end("t3")
    assert session.entries == []
    result = UserMessage([ToolResultBlock("t3", "as the model got it")], parent_tool_use_id=parent)
    session.messages(call("t3", parent, "Bash"), result, turn_end())
    session.entries += session.translator.close(Outcome.SUCCESS, "", 3.0)
    assert session.calls() == [("t3", parent)]
    assert [each.output for each in session.results() if each.tool_use_id == "t3"] == ["as the model got it"]


def test_nothing_is_recorded_twice_when_the_messages_come_after_all() -> None:
    session = Session()
    session.hook("t3", "inner")
    session.end("t3")
    result = UserMessage([ToolResultBlock("t3", "hi")], parent_tool_use_id="t2")
    session.messages(call("t3", "t2", "Bash"), result, agent_end("inner", "t2"), turn_end())
    assert (session.calls(), len(session.results())) == ([("t3", "t2")], 1)


def test_with_forwarded_messages_no_call_is_recorded_early() -> None:
    session = Session(forwarded=True)
    session.hook("t3", "inner")
    session.end("t3")
    assert session.entries == []


def test_a_denied_call_is_blocked_at_once() -> None:
    session = Session()
    session.hook("t3", "inner")
    session.translator.calls.denied("t3", Denial("not today", "hook"))
    session.flush()
    (result,) = session.results()
    assert (result.status, result.rule, result.reason, result.duration_ms) == ("blocked", "hook", "not today", None)


@pytest.mark.parametrize("agent", ["inner", "outer", None])
def test_a_call_that_the_result_of_the_turn_calls_denied_is_blocked(agent: str | None) -> None:
    session = Session()
    session.hook("t3", agent)
    session.messages(turn_end(permission_denials=[{"tool_use_id": "t3"}]))
    if agent:
        session.messages(agent_end(agent, "t1"))
    (result,) = session.results()
    assert (result.status, result.rule) == (ToolStatus.BLOCKED, "permission")


def test_a_call_without_a_result_ends_before_its_subagent() -> None:
    session = Session()
    session.hook("t3", "inner")
    session.messages(agent_end("inner", "t2"))
    *_, result, end = (entry.event for entry in session.entries)
    assert isinstance(result, ToolResult)
    assert isinstance(end, SubagentComplete)
    assert (result.status, "no result was reported" in (result.reason or "")) == (ToolStatus.ERROR, True)


def test_a_call_that_no_message_announces_ends_with_its_turn_unless_its_subagent_works_on() -> None:
    session = Session()
    session.hook("t3", None)
    session.hook("t4", "outer")
    session.messages(turn_end())
    assert session.calls() == [("t3", None)]
    session.messages(agent_end("outer", "t1"))
    assert session.calls() == [("t3", None), ("t4", "t1")]
    assert [result.tool_use_id for result in session.results()] == ["t3", "t4"]


def test_a_call_that_is_running_as_the_session_ends_gets_its_reason() -> None:
    session = Session()
    session.hook("t3", None)
    session.entries += session.translator.close(Outcome.FAILED, "the model was silent", 3.0)
    assert session.calls() == [("t3", None)]
    reasons = {result.tool_use_id: result.reason for result in session.results()}
    assert reasons["t3"] == "the model was silent"


@pytest.mark.parametrize(
    ("response", "content"),
    [
        ({"stdout": "a\n", "stderr": "b\n", "interrupted": False}, "a\nb"),
        ({"type": "text", "file": {"content": "text", "numLines": 1}}, "text"),
        ({"content": [{"type": "text", "text": "seen"}]}, [{"type": "text", "text": "seen"}]),
        ("words", "words"),
        (None, None),
        ({"filePath": "/p"}, '{"filePath": "/p"}'),
    ],
)
def test_the_output_is_what_the_model_receives_as_far_as_the_response_tells(response: Any, content: Any) -> None:
    assert hook_result({"tool_response": response}) == HookResult(content, response, is_error=False)


def test_a_failure_is_an_error() -> None:
    assert hook_result({"error": "Exit code 1"}) == HookResult("Exit code 1", None, is_error=True)


def test_a_permission_that_comes_after_the_end_of_its_call_starts_nothing() -> None:
    session = Session()
    result = UserMessage([ToolResultBlock("t3", "interrupted", is_error=True)])
    session.messages(call("t3", None, "Bash"), result)
    assert not session.translator.calls.pre_tool_use("t3", "Bash", 3.0)
    assert not session.translator.tool_running
