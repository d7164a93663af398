"""Tests that a guard decides on each tool call of an agent of ours, and that nothing runs when it fails."""

from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import ClaudeAgentOptions, HookMatcher, ToolPermissionContext

from agent.events import AgentType
from agent.recorder.calls.calls import Calls
from agent.recorder.effects.own_faults import FAULT
from agent.recorder.session_recorder import SessionRecorder
from agent.safety.commands.denial import Denial, ToolCall
from agent.session.permissions import Permissions, ToolGuard
from tests.agent.runlog.writing import QuietLog, events_of, quiet_log

CALL = {"tool_use_id": "t1", "tool_name": "Bash", "tool_input": {"command": "ls"}, "cwd": "/p"}


def recorder(log: QuietLog) -> SessionRecorder:
    return SessionRecorder(log, agent_type=AgentType.SINGLE, iteration=1)


def permissions(log: QuietLog, guard: ToolGuard | None = None) -> Permissions:
    return Permissions(guard, recorder(log), log)


async def call_hooks(options: ClaudeAgentOptions) -> list[Any]:
    """Call the hooks as the SDK does before a tool runs, and return what they answer."""
    matchers = (options.hooks or {})["PreToolUse"]
    return [await hook(CALL, "t1", {}) for matcher in matchers for hook in matcher.hooks]  # type: ignore[arg-type]


async def decide(target: Permissions) -> dict[str, Any]:
    (decision,) = await call_hooks(target.add_to(ClaudeAgentOptions()))
    return dict(decision)


async def test_a_call_that_the_guard_allows_runs(tmp_path: Path) -> None:
    calls: list[ToolCall] = []
    async with quiet_log(tmp_path) as log:
        assert await decide(permissions(log, calls.append)) == {}
    assert calls == [ToolCall("Bash", {"command": "ls"}, Path("/p"))]


async def test_a_call_that_the_guard_denies_does_not_start_and_the_model_receives_the_reason(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        target = recorder(log)
        guarded = Permissions(lambda _call: Denial("not today", "calendar"), target, log)
        decision, observed = await call_hooks(guarded.add_to(target.add_to_options(ClaudeAgentOptions())))
        assert not target.tool_running
    output = decision["hookSpecificOutput"]
    assert (output["permissionDecision"], output["permissionDecisionReason"]) == ("deny", "not today")
    assert observed == {}


async def test_a_guard_that_fails_allows_nothing_and_leaves_an_error_with_its_traceback(tmp_path: Path) -> None:
    def broken(_call: ToolCall) -> Denial | None:
        raise ZeroDivisionError("a bug")

    async with quiet_log(tmp_path) as log:
        output = (await decide(permissions(log, broken)))["hookSpecificOutput"]
    assert output["permissionDecision"] == "deny"
    (error,) = [event["data"] for event in events_of(log.path) if event["type"] == "error"]
    assert (error["kind"], "a bug" in error["message"], "Traceback" in error["traceback"]) == (
        "ZeroDivisionError",
        True,
        True,
    )


async def test_no_tool_may_start_while_the_run_is_stopping(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        target = permissions(log)
        target.stopping = True
        assert (await decide(target))["hookSpecificOutput"]["permissionDecision"] == "deny"


async def test_a_tool_that_needs_permission_is_denied_as_there_is_no_user(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        can_use_tool = permissions(log).add_to(ClaudeAgentOptions()).can_use_tool
        assert can_use_tool is not None
        result = await can_use_tool("WebFetch", {}, ToolPermissionContext())
    assert (result.behavior, "no user" in getattr(result, "message", "")) == ("deny", True)


@pytest.mark.parametrize("asks", [{"permission_prompt_tool_name": "mcp__ask"}, {"can_use_tool": print}])
async def test_what_asks_for_permission_already_is_kept(tmp_path: Path, asks: dict[str, Any]) -> None:
    given = ClaudeAgentOptions(hooks={"PreToolUse": [HookMatcher("Bash")]}, **asks)
    async with quiet_log(tmp_path) as log:
        options = permissions(log).add_to(given)
    assert options.can_use_tool is given.can_use_tool
    assert [matcher.matcher for matcher in (options.hooks or {})["PreToolUse"]] == [None, "Bash"]
    assert given.hooks == {"PreToolUse": [HookMatcher("Bash")]}


async def test_a_denial_stands_though_it_cannot_be_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Calls, "denied", broken)
    async with quiet_log(tmp_path) as log:
        decision = await decide(permissions(log, lambda _call: Denial("not today", "calendar")))
    assert decision["hookSpecificOutput"]["permissionDecision"] == "deny"
    assert [event["data"]["kind"] for event in events_of(log.path) if event["type"] == "error"] == [FAULT]


async def test_a_guard_that_fails_denies_also_after_the_end_of_the_log(tmp_path: Path) -> None:
    def broken(_call: ToolCall) -> Denial | None:
        raise ZeroDivisionError("a bug")

    async with quiet_log(tmp_path) as log:
        target = permissions(log, broken)
    assert (await decide(target))["hookSpecificOutput"]["permissionDecision"] == "deny"
