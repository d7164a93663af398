"""Tests that recording adds hooks to a client of the SDK, which check and report each tool call, and nothing else."""

from pathlib import Path
from typing import Any

from claude_agent_sdk import ClaudeAgentOptions, HookMatcher, ProcessError, ToolPermissionContext

from agent.events import AgentType, Outcome
from agent.recorder.recording import Recording, ToolGuard
from agent.safety.commands.denial import Denial, ToolCall
from tests.agent.runlog.writing import QuietLog, events_of, quiet_log

CALL = {"tool_use_id": "t1", "tool_name": "Bash", "tool_input": {"command": "ls"}, "cwd": "/p"}


def recording(log: QuietLog, guard: ToolGuard | None = None) -> Recording:
    return Recording(log, agent_type=AgentType.SINGLE, iteration=1, guard=guard)


async def pre_tool_use(target: Recording) -> dict[str, Any]:
    """Call the hook as the SDK does before a tool runs."""
    hooks = target.add_to_options(ClaudeAgentOptions()).hooks or {}
    (hook,) = hooks["PreToolUse"][0].hooks
    return dict(await hook(CALL, "t1", {}))  # type: ignore[arg-type]


async def test_a_call_that_the_guard_allows_runs(tmp_path: Path) -> None:
    calls: list[ToolCall] = []
    async with quiet_log(tmp_path) as log:
        target = recording(log, calls.append)
        assert await pre_tool_use(target) == {}
        assert target.tool_running
    assert calls == [ToolCall("Bash", {"command": "ls"}, Path("/p"))]


async def test_a_call_that_the_guard_denies_does_not_run_and_the_model_receives_the_reason(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        target = recording(log, lambda _call: Denial("not today", "calendar"))
        output = (await pre_tool_use(target))["hookSpecificOutput"]
    assert (output["permissionDecision"], output["permissionDecisionReason"]) == ("deny", "not today")
    assert not target.tool_running


async def test_a_guard_that_fails_allows_nothing_and_leaves_an_error_with_its_traceback(tmp_path: Path) -> None:
    def broken(_call: ToolCall) -> Denial | None:
        raise ZeroDivisionError("a bug")

    async with quiet_log(tmp_path) as log:
        output = (await pre_tool_use(recording(log, broken)))["hookSpecificOutput"]
    assert output["permissionDecision"] == "deny"
    (error,) = [event["data"] for event in events_of(log.path) if event["type"] == "error"]
    assert (error["kind"], "a bug" in error["message"], "Traceback" in error["traceback"]) == (
        "ZeroDivisionError",
        True,
        True,
    )


async def test_no_tool_may_start_while_the_run_is_stopping(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        target = recording(log)
        target.stopping = True
        assert (await pre_tool_use(target))["hookSpecificOutput"]["permissionDecision"] == "deny"


async def test_a_tool_that_needs_permission_is_denied_as_there_is_no_user(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        can_use_tool = recording(log).add_to_options(ClaudeAgentOptions()).can_use_tool
        assert can_use_tool is not None
        result = await can_use_tool("WebFetch", {}, ToolPermissionContext())
    assert (result.behavior, "no user" in getattr(result, "message", "")) == ("deny", True)


async def test_the_options_of_the_caller_are_kept(tmp_path: Path) -> None:
    async def own_hook(*_arguments: object) -> Any:
        return {}

    own = HookMatcher(hooks=[own_hook])
    given = ClaudeAgentOptions(hooks={"PreToolUse": [own]}, max_turns=3, permission_prompt_tool_name="mcp__ask")
    async with quiet_log(tmp_path) as log:
        options = recording(log).add_to_options(given)
    assert (options.hooks or {})["PreToolUse"][0] is own
    assert len((options.hooks or {})["PreToolUse"]) == 2
    assert (options.max_turns, options.can_use_tool) == (3, None)
    assert given.hooks == {"PreToolUse": [own]}


async def test_a_process_that_dies_is_described_with_its_last_output(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        target = recording(log)
        stderr = target.add_to_options(ClaudeAgentOptions()).stderr
        assert stderr is not None
        for number in range(30):
            stderr(f"line {number}")
        result = await target.record_failure(ProcessError("it died", exit_code=9))
    first, *lines = result.message.split("\n")
    assert (result.outcome, first) == (Outcome.FAILED, "the agent's process ended with exit code 9")
    assert lines == [f"line {number}" for number in range(10, 30)]
