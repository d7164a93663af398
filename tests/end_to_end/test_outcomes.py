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
