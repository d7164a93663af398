"""Tests that recording adds hooks and callbacks to those of a harness, and that they change nothing for the agent."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import AssistantMessage as Assistant
from claude_agent_sdk import (
    ClaudeAgentOptions,
    HookMatcher,
    PermissionResultAllow,
    PermissionResultDeny,
    TaskStartedMessage,
    ToolPermissionContext,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from agent.events import AgentType
from agent.recorder.calls.calls import Calls
from agent.recorder.session_recorder import SessionRecorder
from tests.agent.runlog.writing import QuietLog, events_of, quiet_log
from tests.helpers import LIMIT_S

CALL = {"hook_event_name": "PreToolUse", "tool_use_id": "t1", "tool_name": "Bash", "tool_input": {}, "cwd": "/p"}


def recorder(log: QuietLog) -> SessionRecorder:
    return SessionRecorder(log, agent_type=AgentType.SINGLE, iteration=1)


async def call(hook: Any, **input_: Any) -> Any:
    return await hook(CALL | input_, "t1", {})


async def result_of_a_call(target: SessionRecorder, log: QuietLog) -> dict[str, Any]:
    """Let the call t1 be announced and have an error as its result; return the data of its `tool_result`."""
    await target.record(Assistant([ToolUseBlock("t1", "Bash", {"command": "ls"})], "claude-x", message_id="m1"))
    await target.record(UserMessage([ToolResultBlock("t1", "it failed", is_error=True)]))
    (result,) = [event["data"] for event in events_of(log.path) if event["type"] == "tool_result"]
    return dict(result)


async def test_a_hook_of_ours_reports_the_start_of_a_tool_and_decides_nothing(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        (matcher,) = (target.add_to_options(ClaudeAgentOptions()).hooks or {})["PreToolUse"]
        assert await call(matcher.hooks[0]) == {}
        assert target.tool_running


async def test_a_hook_of_ours_that_fails_decides_nothing(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        hooks = recorder(log).add_to_options(ClaudeAgentOptions()).hooks or {}
    for event, (matcher,) in hooks.items():
        assert [await hook({}, None, {}) for hook in matcher.hooks] == [{}], event  # type: ignore[arg-type, typeddict-item]


async def test_only_what_changes_no_request_is_added_to_the_options(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        given, options = ClaudeAgentOptions(), recorder(log).add_to_options(ClaudeAgentOptions())
    changed = {each.name for each in fields(given) if getattr(given, each.name) != getattr(options, each.name)}
    assert changed == {"hooks", "include_partial_messages", "max_buffer_size", "stderr"}


@pytest.mark.parametrize(
    ("thinking", "forwarded"),
    [(None, False), ({"type": "adaptive"}, False), ({"type": "adaptive", "display": "omitted"}, True)],
)
async def test_text_of_subagents_is_forwarded_only_if_that_changes_no_request(
    tmp_path: Path, thinking: Any, *, forwarded: bool
) -> None:
    async with quiet_log(tmp_path) as log:
        options = recorder(log).add_to_options(ClaudeAgentOptions(thinking=thinking))
    assert options.forward_subagent_text == forwarded


async def test_the_options_of_the_harness_are_kept_and_not_changed(tmp_path: Path) -> None:
    async def own_hook(*_arguments: object) -> Any:
        return {"systemMessage": "mine"}

    own = HookMatcher("Bash", hooks=[own_hook], timeout=LIMIT_S, on_failure="block")
    stop = HookMatcher(hooks=[own_hook])
    given = ClaudeAgentOptions(hooks={"PreToolUse": [own], "Stop": [stop]})
    async with quiet_log(tmp_path) as log:
        options = recorder(log).add_to_options(given)
    hooks = options.hooks or {}
    kept, _ours = hooks["PreToolUse"]
    assert (kept.matcher, kept.timeout, kept.on_failure) == ("Bash", LIMIT_S, "block")
    assert await call(kept.hooks[0]) == {"systemMessage": "mine"}
    assert hooks["Stop"] == [stop]
    assert (given.hooks, own.hooks, given.include_partial_messages) == (
        {"PreToolUse": [own], "Stop": [stop]},
        [own_hook],
        False,
    )


@pytest.mark.parametrize(("own", "used"), [(None, 64 << 20), (1 << 20, 64 << 20), (1 << 30, 1 << 30)])
async def test_a_limit_of_the_harness_leaves_room_for_what_our_hooks_receive(
    tmp_path: Path, own: int | None, used: int
) -> None:
    async with quiet_log(tmp_path) as log:
        assert recorder(log).add_to_options(ClaudeAgentOptions(max_buffer_size=own)).max_buffer_size == used


async def test_without_a_callback_of_the_harness_the_cli_still_writes_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with quiet_log(tmp_path) as log:
        stderr = recorder(log).add_to_options(ClaudeAgentOptions()).stderr
    assert stderr is not None
    stderr("a warning")
    assert capsys.readouterr().err == "a warning\n"


@pytest.mark.parametrize(
    "output",
    [
        {"hookSpecificOutput": {"permissionDecision": "deny", "permissionDecisionReason": "not today"}},
        {"hookSpecificOutput": {"decision": {"behavior": "deny", "message": "not today"}}},
        {"decision": "block", "reason": "not today"},
    ],
)
async def test_a_refusal_by_a_hook_of_the_harness_is_recorded_with_its_reason(
    tmp_path: Path, output: dict[str, Any]
) -> None:
    async def refuse(*_arguments: object) -> Any:
        return output

    given = ClaudeAgentOptions(hooks={"PreToolUse": [HookMatcher(hooks=[refuse])]})
    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        (own, _ours) = (target.add_to_options(given).hooks or {})["PreToolUse"]
        assert await call(own.hooks[0]) == output
        result = await result_of_a_call(target, log)
    assert (result["status"], result["rule"], result["reason"]) == ("blocked", "hook", "not today")


async def test_a_hook_of_the_harness_that_raises_still_raises(tmp_path: Path) -> None:
    async def broken(*_arguments: object) -> Any:
        raise ZeroDivisionError

    given = ClaudeAgentOptions(hooks={"PreToolUse": [HookMatcher(hooks=[broken])]})
    async with quiet_log(tmp_path) as log:
        (own, _ours) = (recorder(log).add_to_options(given).hooks or {})["PreToolUse"]
        with pytest.raises(ZeroDivisionError):
            await call(own.hooks[0])


async def test_a_refusal_by_can_use_tool_is_recorded_with_its_reason(tmp_path: Path) -> None:
    async def refuse(name: str, input_: dict[str, Any], _context: ToolPermissionContext) -> PermissionResultDeny:
        return PermissionResultDeny(message=f"no {name} with {input_}")

    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        can_use_tool = target.add_to_options(ClaudeAgentOptions(can_use_tool=refuse)).can_use_tool
        assert can_use_tool is not None
        await can_use_tool("Bash", {"a": 1}, ToolPermissionContext(tool_use_id="t1"))
        result = await result_of_a_call(target, log)
    assert (result["status"], result["rule"], result["reason"]) == ("blocked", "can_use_tool", "no Bash with {'a': 1}")


async def test_an_answer_of_can_use_tool_is_passed_on(tmp_path: Path) -> None:
    answer = PermissionResultAllow(updated_input={"b": 2})

    async def allow(*_arguments: object) -> PermissionResultAllow:
        return answer

    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        can_use_tool = target.add_to_options(ClaudeAgentOptions(can_use_tool=allow)).can_use_tool
        assert can_use_tool is not None
        assert await can_use_tool("Bash", {}, ToolPermissionContext(tool_use_id="t1")) is answer
        assert target.tool_running


STARTED = TaskStartedMessage("task_started", {}, "b1", "sleep", "u1", "s1", tool_use_id="t1")
RESULT = UserMessage([ToolResultBlock("t1", "done")])


def waits(log: QuietLog) -> list[bool]:
    """Return whether a person is waited for, in each heartbeat."""
    heartbeats = [event["data"] for event in events_of(log.path) if event["type"] == "heartbeat"]
    return [heartbeat["state"] == "waiting_on_human" for heartbeat in heartbeats]


@pytest.mark.parametrize("sign", [STARTED, RESULT])
async def test_a_person_is_waited_for_until_a_sign_that_the_call_goes_on(tmp_path: Path, sign: Any) -> None:
    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        hooks = target.add_to_options(ClaudeAgentOptions(permission_prompt_tool_name="mcp__own__ask")).hooks or {}
        await target.record(Assistant([ToolUseBlock("t1", "Bash", {"command": "ls"})], "claude-x", message_id="m1"))
        await call(hooks["PreToolUse"][0].hooks[0])
        await call(hooks["PermissionRequest"][0].hooks[0], hook_event_name="PermissionRequest")
        assert waits(log) == [True]
        await target.record(sign)
        assert waits(log) == [True, False]


async def test_a_notification_says_that_a_person_is_waited_for(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        hooks = recorder(log).add_to_options(ClaudeAgentOptions()).hooks or {}
        await call(hooks["PermissionRequest"][0].hooks[0], hook_event_name="PermissionRequest")
        await call(hooks["Notification"][0].hooks[0], notification_type="idle_prompt")
        assert waits(log) == []
        await call(hooks["Notification"][0].hooks[0], notification_type="permission_prompt")
        assert waits(log) == [True]
        await call(hooks["PostToolUse"][0].hooks[0])
        assert waits(log) == [True, False]


async def test_a_hook_of_the_harness_that_answers_is_a_wait(tmp_path: Path) -> None:
    answered: list[list[bool]] = []

    async def answer(*_arguments: object) -> Any:
        answered.append(waits(log))
        return {"hookSpecificOutput": {"decision": {"behavior": "deny", "message": "not today"}}}

    given = ClaudeAgentOptions(hooks={"PermissionRequest": [HookMatcher(hooks=[answer])]})
    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        (own, _ours) = (target.add_to_options(given).hooks or {})["PermissionRequest"]
        await call(own.hooks[0])
        assert (answered, waits(log)) == ([[True]], [True, False])
        assert (await result_of_a_call(target, log))["reason"] == "not today"


async def test_a_refusal_of_the_harness_stands_though_it_cannot_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("a bug")

    async def refuse(*_arguments: object) -> PermissionResultDeny:
        return PermissionResultDeny(message="no")

    async def deny(*_arguments: object) -> Any:
        return {"decision": "block", "reason": "no"}

    monkeypatch.setattr(Calls, "denied", broken)
    async with quiet_log(tmp_path) as log:
        own = ClaudeAgentOptions(can_use_tool=refuse, hooks={"PreToolUse": [HookMatcher(hooks=[deny])]})
        options = recorder(log).add_to_options(own)
        assert options.can_use_tool is not None
        answer = await options.can_use_tool("Bash", {}, ToolPermissionContext(tool_use_id="t1"))
        assert isinstance(answer, PermissionResultDeny)
        assert (await call((options.hooks or {})["PreToolUse"][0].hooks[0]))["decision"] == "block"
