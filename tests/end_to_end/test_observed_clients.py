"""Clients of the SDK as harnesses use them: several at once, with people to ask, slow, and left behind.

Tests agent.recorder.client, agent.recorder.effects.callbacks and agent.recorder.effects.human_waits with the real SDK
and CLI.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    Message,
    PermissionResultAllow,
    PermissionResultDeny,
    StreamEvent,
    ToolPermissionContext,
    create_sdk_mcp_server,
    tool,
)

from agent import RunLog, record_query
from agent.events import AgentType
from agent.recorder.client import record
from agent.rehearsal.environment import isolated_env
from agent.rehearsal.load import load_script
from agent.rehearsal.server import serve
from tests.end_to_end.conftest import Workplace
from tests.end_to_end.writing import DONE, bash, conversation, use, wait
from tests.helpers import LIMIT_S, wait_until_async

QUESTION = (
    'block = [{ type = "tool_use", name = "AskUserQuestion", input = { questions = [{ question = "Which?", header = '
    '"Q", multiSelect = false, options = [{ label = "A", description = "a" }, { label = "B", description = "b" }] }'
    "] } }]"
)
MakeOptions = Callable[..., ClaudeAgentOptions]


@asynccontextmanager
async def rehearsed(place: Workplace, script: str) -> AsyncIterator[MakeOptions]:
    """Serve a script; provide a function that returns options for it."""
    file = place.root / "script.toml"
    file.write_text(script)
    async with serve(load_script(file), project=place.project) as rehearsal:
        env = isolated_env(rehearsal.base_url, place.root / "home")
        yield lambda **own: ClaudeAgentOptions(cwd=place.project, env=env, setting_sources=[], **own)


async def read(client: ClaudeSDKClient) -> list[Message]:
    """Read a response to its end."""
    return [message async for message in client.receive_response()]


async def test_heartbeats_say_that_a_person_is_waited_for(place: Workplace) -> None:
    """A permission, a question and a plan are open in turn, while a heartbeat is only due after an hour."""
    asked: list[tuple[str, str]] = []

    def states() -> list[str]:
        return [event["data"]["state"] for event in place.of_type("heartbeat")]

    async def answer(name: str, input_: dict[str, Any], _context: ToolPermissionContext) -> Any:
        asked.append((name, states()[-1]))
        if name == "AskUserQuestion":
            return PermissionResultAllow(updated_input={**input_, "answers": {"Which?": "A"}})
        return PermissionResultDeny(message="Not that.") if name == "Bash" else PermissionResultAllow()

    plan = (use("EnterPlanMode"), use("ExitPlanMode", plan="It."))
    async with rehearsed(place, conversation("one", bash("touch /etc/x"), QUESTION, *plan, DONE)) as options:
        client = ClaudeSDKClient(options(can_use_tool=answer))
        async with RunLog.open(place.root / "runs", heartbeat_s=3600) as log, record(client, log):
            await client.query("Begin.")
            await read(client)
    assert asked == [(name, "waiting_on_human") for name in ("Bash", "AskUserQuestion", "ExitPlanMode")]
    assert [state == "waiting_on_human" for state in states()] == [True, False] * 3
    results = [event["data"] for event in place.of_type("tool_result")]
    assert [(result["name"], result["status"], result["rule"]) for result in results] == [
        ("Bash", "blocked", "can_use_tool"), ("AskUserQuestion", "success", None), ("EnterPlanMode", "success", None),
        ("ExitPlanMode", "success", None),
    ]  # fmt: skip
    assert results[0]["reason"] == "Not that."


async def test_clients_on_one_log_keep_their_own_session(place: Workplace) -> None:
    """Two work at the same time; one of them connects again, and neither is disconnected before the log ends."""
    script = (
        conversation("first", bash(wait("go")), DONE, match="First")
        + conversation("second", bash("touch go"), DONE, match="Second")
        + conversation("third", bash("echo again"), DONE, match="Third")
    )
    async with rehearsed(place, script) as options:
        async with RunLog.open(place.root / "runs") as log:
            one, other = (
                record(ClaudeSDKClient(options(allowed_tools=["Bash"])), log, agent_type=AgentType.CODING, iteration=n)
                for n in (1, 2)
            )
            await one.connect("First")
            await wait_until_async(lambda: place.of_type("tool_use"), "the first client's call")
            await other.connect("Second")
            await read(other)
            await read(one)
            first = one._query  # which the SDK forgets without closing it
            await one.connect("Third")
            await read(one)
            assert len(place.of_type("session_end")) == 1
        assert first is not None
        await asyncio.gather(first.close(), one.disconnect(), other.disconnect())
        first.close_receive_stream()
    events = place.without_heartbeats()
    commands = {event["data"]["input"]["command"]: event["iteration"] for event in place.of_type("tool_use")}
    assert commands == {wait("go"): 1, "touch go": 2, "echo again": 1}
    prompts = [(event["data"]["text"], event["phase"], event["iteration"]) for event in place.of_type("prompt")]
    assert prompts == [("First", "coding", 1), ("Second", "coding", 2), ("Third", "coding", 1)]
    ends = [(event["iteration"], event["data"]["outcome"]) for event in place.of_type("session_end")]
    assert sorted(ends) == [(1, "success"), (1, "success"), (2, "success")]
    assert [event["iteration"] for event in place.of_type("session_start")] == [1, 2, 1]
    assert [event["type"] for event in events[-3:]] == ["session_end", "session_end", "complete"]


async def test_a_harness_may_wait_for_its_agent_before_it_reads_a_message(place: Workplace) -> None:
    """Partial messages would fill the SDK's queue, and no tool would run before somebody reads."""
    ran = asyncio.Event()

    @tool("done", "Says that it is done", {})
    async def done(_input: dict[str, Any]) -> dict[str, Any]:
        ran.set()
        return {"content": [{"type": "text", "text": "ok"}]}

    blocks = '{ type = "text", text = "%s" }, { type = "tool_use", name = "mcp__own__done" }' % ("word " * 400)
    script = "pace = { chars = 2, ms = 0 }\n" + conversation("one", f"block = [{blocks}]", DONE)
    async with rehearsed(place, script) as options:
        own = create_sdk_mcp_server("own", tools=[done])
        client = ClaudeSDKClient(options(mcp_servers={"own": own}, allowed_tools=["mcp__own__done"]))
        async with RunLog.open(place.root / "runs") as log, record(client, log):
            await client.query("Begin.")
            await asyncio.wait_for(ran.wait(), LIMIT_S)
            assert not any(isinstance(message, StreamEvent) for message in await read(client))


async def test_a_query_that_is_left_early_ends_its_session(place: Workplace) -> None:
    async with (
        rehearsed(place, conversation("one", bash(wait("never")), DONE)) as options,
        RunLog.open(place.root / "runs") as log,
    ):
        async for message in record_query(log, prompt="Begin.", options=options(allowed_tools=["Bash"])):
            if isinstance(message, AssistantMessage):
                break
        await wait_until_async(lambda: place.of_type("session_end"), "the end of the session")
    (end,) = place.of_type("session_end")
    assert end["data"]["outcome"] == "interrupted"
    await wait_until_async(lambda: not place.leftovers(), "the end of the agent's processes")
