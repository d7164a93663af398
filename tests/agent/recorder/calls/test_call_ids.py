"""A model that uses the ID of a call again: what messages and hooks say goes to the call that they mean."""

from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    ResultMessage,
    StreamEvent,
    SystemMessage,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from agent.events import AgentType
from agent.recorder.calls.call_ids import CallIds
from agent.recorder.session_recorder import SessionRecorder
from agent.safety.commands.denial import Denial
from tests.agent.runlog.writing import events_of, quiet_log


def call(message: str, id_: str = "c0") -> AssistantMessage:
    return AssistantMessage([ToolUseBlock(id_, "Bash", {})], "claude-x", message_id=message)


def result(id_: str = "c0", output: str = "done", *, is_error: bool = False) -> UserMessage:
    return UserMessage([ToolResultBlock(id_, output, is_error=is_error)])


def started(id_: str = "c0") -> StreamEvent:
    block = {"type": "tool_use", "id": id_, "name": "Bash", "input": {}}
    return StreamEvent("u1", "s1", {"type": "content_block_start", "index": 0, "content_block": block})


def id_in(message: Any) -> Any:
    match message:
        case StreamEvent(event={"content_block": block}):
            return block["id"]
        case AssistantMessage(content=[block]):
            return block.id
        case UserMessage(content=[block]):
            return block.tool_use_id
    raise AssertionError(message)


def test_a_call_of_another_message_is_another_one_once_the_first_has_its_result() -> None:
    ids = CallIds()
    messages = [call("m1"), call("m1"), result(), call("m1"), call("m2"), result(), result(), call("m3")]
    assert [id_in(ids.message(each)) for each in messages] == ["c0"] * 4 + ["c0#2"] * 3 + ["c0#3"]


def test_a_call_that_is_announced_again_while_it_is_open_is_the_same_one() -> None:
    ids = CallIds()
    assert [id_in(ids.message(each)) for each in [call("m1"), call("m2"), result()]] == ["c0", "c0", "c0"]


def test_a_stream_announces_the_call_of_the_message_that_it_is_a_part_of() -> None:
    ids = CallIds()
    ids.message(call("m1"))
    ids.message(result())
    ids.message(StreamEvent("u1", "s1", {"type": "message_start", "message": {"id": "m2"}}))
    assert [id_in(ids.message(each)) for each in [started(), call("m2")]] == ["c0#2", "c0#2"]


@pytest.mark.parametrize("announced_first", [True, False])
def test_hooks_and_messages_of_a_call_mean_the_same_one_in_any_order(*, announced_first: bool) -> None:
    ids = CallIds()
    for number in ("c0", "c0#2", "c0#3"):
        if announced_first:
            ids.message(call(number))
        assert (ids.before_run("c0"), ids.before_run("c0"), ids.after_run("c0")) == (number, number, number)
        assert [id_in(ids.message(each)) for each in [call(number), result()]] == [number, number]
    assert ids.given_by_model("c0#3") == "c0"


def test_a_message_without_such_a_call_is_passed_on_as_it_is() -> None:
    ids = CallIds()
    for message in (call("m1"), result(), started("c1"), SystemMessage("init", {"tool_use_id": "c1"})):
        assert ids.message(message) is message


def test_refusals_name_the_newest_call() -> None:
    ids = CallIds()
    for message in (call("m1"), result(), call("m2")):
        ids.message(message)
    denied = SystemMessage("permission_denied", {"tool_use_id": "c0", "message": "no"})
    assert ids.message(denied).data == {"tool_use_id": "c0#2", "message": "no"}
    end = ResultMessage("success", 5, 4, is_error=False, num_turns=1, session_id="s1")
    end.permission_denials = [{"tool_use_id": "c0"}, {"tool_use_id": "c9"}]
    assert ids.message(end).permission_denials == [{"tool_use_id": "c0#2"}, {"tool_use_id": "c9"}]


async def test_what_hooks_say_of_a_second_call_is_not_recorded_of_the_first(tmp_path: Path) -> None:
    ended: list[str] = []
    async with quiet_log(tmp_path) as log:
        target = SessionRecorder(log, agent_type=AgentType.SINGLE, iteration=1, on_result=ended.append)
        hooks: Any = target.add_to_options(ClaudeAgentOptions()).hooks
        before, after = (hooks[name][0].hooks[0] for name in ("PreToolUse", "PostToolUse"))
        fields = {"tool_use_id": "c0", "tool_name": "Bash", "tool_input": {}, "cwd": "/p"}
        await before(fields, "c0", {})
        await target.record(call("m1"))
        await after({**fields, "duration_ms": 7, "tool_response": "done"}, "c0", {})
        await target.record(result())
        await before(fields, "c0", {})
        assert target.tool_running
        await target.record(call("m2"))
        await target.denied("c0", Denial("not now", "own"))
        await target.record(result(output="hook error: not now", is_error=True))
        await before(fields, "c0", {})
        assert not target.tool_running
    results = [event["data"] for event in events_of(log.path) if event["type"] == "tool_result"]
    assert [(each["tool_use_id"], each["status"], each["duration_ms"], each["reason"]) for each in results] == [
        ("c0", "success", 7, None),
        ("c0#2", "blocked", None, "not now"),
    ]
    assert ended == ["c0", "c0"]


async def test_calls_of_all_sessions_of_a_run_have_ids_of_their_own(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        for iteration in (1, 2):
            target = SessionRecorder(log, agent_type=AgentType.CODING, iteration=iteration)
            for message in (call("m1"), result(), call("m2"), result()):
                await target.record(message)
    events = events_of(log.path)
    ids = ["c0", "c0#2", "c0#3", "c0#4"]
    assert [event["data"]["id"] for event in events if event["type"] == "tool_use"] == ids
    assert [event["data"]["tool_use_id"] for event in events if event["type"] == "tool_result"] == ids
