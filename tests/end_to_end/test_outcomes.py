"""What a recorded harness cannot know by itself: how its sessions ended, what they cost, and who refused its calls."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import (
    ClaudeAgentOptions,
    ClaudeSDKClient,
    HookMatcher,
    PermissionResultDeny,
    ToolPermissionContext,
)

from agent import RunLog
from agent.recorder.client import record
from agent.rehearsal.environment import isolated_env
from agent.rehearsal.load import load_script
from agent.rehearsal.server import Rehearsal, serve
from observer import assert_run
from tests.agent.runlog.writing import events_of
from tests.end_to_end.conftest import Events, Workplace, finish
from tests.end_to_end.writing import DONE, bash, conversation, use, wait
from tests.helpers import wait_until_async

PRICED = "usage = { input_tokens = 1000, output_tokens = 100, cache_read_input_tokens = 5000 }\n"
"""The same in each message, so that each one costs the same, whatever the CLI's prices are."""


def options(place: Workplace, rehearsal: Rehearsal, **own: Any) -> ClaudeAgentOptions:
    env = isolated_env(rehearsal.base_url, place.root / "home")
    return ClaudeAgentOptions(
        **{"cwd": place.project, "env": env, "setting_sources": [], "allowed_tools": ["Bash"]} | own
    )


def script(place: Workplace, *conversations: str) -> Path:
    file = place.root / "script.toml"
    file.write_text("".join(conversations))
    return file


async def converse(client: ClaudeSDKClient, *prompts: str) -> None:
    for prompt in prompts:
        await client.query(prompt)
        async for _ in client.receive_response():
            pass


def of_type(path: Path, type_: str) -> Events:
    return [event["data"] for event in events_of(path) if event["type"] == type_]


async def test_a_session_costs_what_it_adds_to_its_conversation(place: Workplace) -> None:
    """Resumed, then cleared, then forked: the totals of the CLI run on, and begin anew."""
    turns = [PRICED + DONE] * 4
    file = script(place, conversation("first", *turns, match="First."), conversation("second", *turns))
    async with serve(load_script(file), project=place.project) as rehearsal, RunLog.open(place.root / "runs") as log:
        async with record(ClaudeSDKClient(options(place, rehearsal)), log) as client:
            await converse(client, "First.")
        first = str(of_type(log.path, "session_end")[0]["session_id"])
        async with record(ClaudeSDKClient(options(place, rehearsal, resume=first)), log) as client:
            await converse(client, "Again.", "/clear", "Second.")
        async with record(ClaudeSDKClient(options(place, rehearsal, resume=first, fork_session=True)), log) as client:
            await converse(client, "Once more.")
    ends, (complete,) = of_type(log.path, "session_end"), of_type(log.path, "complete")
    one = ends[0]["cost_usd"]
    assert one > 0
    assert [end["cost_usd"] for end in ends] == pytest.approx([one, 2 * one, one])
    assert [end["tokens"]["input"] for end in ends] == [1000, 2000, 1000]
    assert complete["cost_usd"] == pytest.approx(4 * one)
    assert (complete["tokens"]["input"], complete["tokens"]["cache_read"]) == (4000, 20_000)


async def test_a_turn_that_is_interrupted_has_a_cost_and_a_reason(place: Workplace) -> None:
    file = script(place, conversation("main", PRICED + bash(f"touch begun; {wait('never')}")))
    async with (
        serve(load_script(file), project=place.project) as rehearsal,
        RunLog.open(place.root / "runs", heartbeat_s=0.2) as log,
        record(ClaudeSDKClient(options(place, rehearsal)), log) as client,
    ):
        await client.query("Begin.")
        await wait_until_async((place.project / "begun").exists, "a file begun")
        running = await asyncio.to_thread(place.wait_for, "heartbeat", state="in_tool")
        await client.interrupt()  # and leave at once, without the result
    assert (running["data"]["tokens"]["input"], running["data"]["cost_usd"]) == (1000, None)
    (end,), (complete,), (call,) = (of_type(log.path, kind) for kind in ("session_end", "complete", "tool_result"))
    assert (end["outcome"], end["terminal_reason"]) == ("interrupted", "aborted_tools")
    assert end["cost_usd"] > 0
    assert (complete["outcome"], complete["cost_usd"]) == ("interrupted", end["cost_usd"])
    assert (call["status"], call["reason"]) == ("error", "stopped while it was running")


async def test_a_session_that_failed_fails_the_run_of_a_harness_that_says_nothing(place: Workplace) -> None:
    paused = 'stop_reason = "pause_turn"\nblock = [{ type = "text", text = "I will go on in a moment." }]'
    file = script(place, conversation("main", paused))
    async with (
        serve(load_script(file), project=place.project) as rehearsal,
        RunLog.open(place.root / "runs") as log,
        record(ClaudeSDKClient(options(place, rehearsal)), log) as client,
    ):
        await converse(client, "Begin.")
    (complete,) = of_type(log.path, "complete")
    assert (complete["outcome"], "paused its turn" in complete["message"]) == ("failed", True)
    code, _, _ = await asyncio.to_thread(finish, place.start("observer", "wait", str(log.path)))
    assert code == 1
    with pytest.raises(AssertionError, match="the outcome is failed"):
        assert_run(log.path).completed()


async def test_each_refusal_names_who_refused_and_what_never_ran_has_no_duration(place: Workplace) -> None:
    calls = [
        '{ type = "tool_use", name = "Bash", input = { command = "touch hooked" } }',
        '{ type = "tool_use", name = "Bash", input = { command = "rm -rf ruled" } }',
        '{ type = "tool_use", name = "Write", input = { file_path = "{project}/asked", content = "x" } }',
        '{ type = "tool_use", name = "Hologram" }',
        '{ type = "tool_use", name = "Bash", input = { line = "ls" } }',
        '{ type = "tool_use", name = "Bash", input = { command = "exit 3" } }',
    ]
    file = script(place, conversation("main", f"block = [{', '.join(calls)}]", use("Write", file_path="/etc/x"), DONE))

    async def deny(_name: str, _input: Any, _context: ToolPermissionContext) -> PermissionResultDeny:
        return PermissionResultDeny(message="not today")

    async def refuse(input_: Any, *_others: Any) -> Any:
        if "hooked" not in str(input_["tool_input"]):
            return {}
        reason = {"permissionDecision": "deny", "permissionDecisionReason": "no hooks"}
        return {"hookSpecificOutput": {"hookEventName": "PreToolUse"} | reason}

    own: dict[str, Any] = {
        "allowed_tools": ["Bash(touch:*)", "Bash(exit:*)"],
        "disallowed_tools": ["Bash(rm:*)"],
        "can_use_tool": deny,
        "hooks": {"PreToolUse": [HookMatcher(hooks=[refuse])]},
    }
    async with (
        serve(load_script(file), project=place.project) as rehearsal,
        RunLog.open(place.root / "runs") as log,
        record(ClaudeSDKClient(options(place, rehearsal, **own)), log) as client,
    ):
        await converse(client, "Begin.")
    results = {event["tool_use_id"]: event for event in of_type(log.path, "tool_result")}
    hooked, ruled, asked, missing, invalid, failed, _ = (results[use["id"]] for use in of_type(log.path, "tool_use"))
    assert [(each["status"], each["rule"], each["duration_ms"]) for each in (hooked, ruled, asked)] == [
        ("blocked", "hook", None),
        ("blocked", "settings", None),
        ("blocked", "can_use_tool", None),
    ]
    assert (hooked["reason"], asked["reason"]) == ("no hooks", "not today")
    for never in (missing, invalid):
        assert (never["status"], never["duration_ms"]) == ("error", None)
        assert never["reason"].startswith("did not run: ")
    assert (failed["status"], failed["reason"]) == ("error", None)
    assert failed["duration_ms"] > 0
    (complete,) = of_type(log.path, "complete")
    assert [call["rule"] for call in complete["blocked"]][:3] == ["hook", "settings", "can_use_tool"]
    code, out, _ = await asyncio.to_thread(finish, place.start("observer", "show", str(log.path)))
    assert (code, "blocked" in out, "files written" in out) == (0, True, False)


async def test_the_calls_of_a_subagent_of_a_subagent_are_recorded_and_end(place: Workplace) -> None:
    """The CLI sends no message of them, only hooks."""
    look = '{{ type = "tool_use", name = "Agent", input = {{ description = "Look", prompt = "{}", {} }} }}'
    outer, inner = (f"block = [{look.format(prompt, 'run_in_background = false')}]" for prompt in ("OUTER", "INNER"))
    file = script(
        place,
        conversation("main", outer, bash(wait("go")), DONE, match="Begin."),
        conversation("outer", inner, DONE, match="OUTER"),
        conversation("inner", bash("echo seen"), bash("touch hooked"), bash("exit 3"), DONE, match="INNER"),
    )

    async def refuse(input_: Any, *_others: Any) -> Any:
        denied = {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "no hooks"}
        return {"hookSpecificOutput": denied} if "hooked" in str(input_["tool_input"]) else {}

    own: dict[str, Any] = {"hooks": {"PreToolUse": [HookMatcher(hooks=[refuse])]}, "allowed_tools": ["Bash", "Agent"]}
    async with (
        serve(load_script(file), project=place.project) as rehearsal,
        RunLog.open(place.root / "runs", heartbeat_s=0.2) as log,
        record(ClaudeSDKClient(options(place, rehearsal, **own)), log) as client,
    ):
        conversing = asyncio.create_task(converse(client, "Begin."))
        await wait_until_async(lambda: len(of_type(log.path, "tool_use")) == 6, "the last call")
        beats = len(of_type(log.path, "heartbeat"))
        await wait_until_async(lambda: len(of_type(log.path, "heartbeat")) > beats + 1, "a heartbeat after it")
        running = of_type(log.path, "heartbeat")[-1]
        (place.project / "go").touch()
        await conversing
    uses = [event for event in events_of(log.path) if event["type"] == "tool_use"]
    results = {event["data"]["tool_use_id"]: event for event in events_of(log.path) if event["type"] == "tool_result"}
    _, closer, *nested, last = (use["data"]["id"] for use in uses)
    assert [call["id"] for call in running["in_flight"]] == [last]
    assert [use["parent"] for use in uses[2:5]] == [results[id_]["parent"] for id_ in nested] == [closer] * 3
    assert [use["data"]["input"]["command"] for use in uses[2:5]] == ["echo seen", "touch hooked", "exit 3"]
    seen, hooked, failed = (results[id_]["data"] for id_ in nested)
    assert (seen["status"], seen["output"], seen["duration_ms"] > 0) == ("success", "seen", True)
    assert (hooked["status"], hooked["rule"], hooked["reason"]) == ("blocked", "hook", "no hooks")
    assert (failed["status"], failed["output"], failed["reason"]) == ("error", "Exit code 3", None)
    assert len(results) == len(uses)


async def test_a_turn_that_a_hook_of_the_harness_stops_has_failed(place: Workplace) -> None:
    file = script(place, conversation("main", bash("touch made"), DONE))

    async def refuse(*_arguments: Any) -> Any:
        return {"decision": "block", "reason": "not today"}

    async def stop(*_arguments: Any) -> Any:
        return {"continue_": False, "stopReason": "enough"}

    async with serve(load_script(file), project=place.project) as rehearsal, RunLog.open(place.root / "runs") as log:
        for event, hook in (("UserPromptSubmit", refuse), ("PreToolUse", stop)):
            own = options(place, rehearsal, hooks={event: [HookMatcher(hooks=[hook])]})
            async with record(ClaudeSDKClient(own), log) as client:
                await converse(client, "Begin.")
    refused, stopped = of_type(log.path, "session_end")
    assert (refused["outcome"], refused["message"]) == ("failed", "a hook refused the prompt: not today")
    assert (stopped["outcome"], stopped["terminal_reason"]) == ("failed", "hook_stopped")
    (complete,), (call,) = of_type(log.path, "complete"), of_type(log.path, "tool_result")
    assert (complete["outcome"], complete["message"]) == (
        "failed",
        "a hook stopped the turn before the agent was done",
    )
    assert call["status"] == "success"  # the CLI runs it, and then stops
