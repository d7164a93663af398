"""A harness that is recorded is the harness it was: the same requests reach the model, the same messages reach it.

Tests agent.recorder.client and agent.recorder.observing.observed_session with the real SDK and CLI.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest
from claude_agent_sdk import (
    AgentDefinition,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    HookMatcher,
    Message,
    PermissionResultAllow,
    PermissionResultDeny,
    ToolPermissionContext,
    create_sdk_mcp_server,
    query,
    tool,
)

from agent import RunLog
from agent.recorder.client import record, record_query
from agent.rehearsal.environment import isolated_env
from agent.rehearsal.load import load_script
from agent.rehearsal.matching import RecordedRequest
from agent.rehearsal.server import serve
from tests.agent.runlog.writing import events_of
from tests.end_to_end.conftest import Workplace, without_heartbeats
from tests.end_to_end.writing import DONE, conversation, use

THINKING = 'block = [{ type = "thinking", thinking = "Let me think." }, { type = "text", text = "I start." }, %s]'
AGENT = (
    'block = [{ type = "tool_use", name = "Agent", input = { description = "look", prompt = "Look around.", '
    'subagent_type = "%s", run_in_background = false } }]'
)
SCRIPT = "".join(
    [
        conversation(
            "main",
            THINKING % '{ type = "tool_use", name = "Bash", input = { command = "echo hello" } }',
            AGENT % "SUBAGENT",
            use("mcp__own__add", number="3"),
            use("Write", file_path="/etc/outside", content="x"),
            DONE,
            match="Begin.",
        ),
        conversation("sub", THINKING % '{ type = "tool_use", name = "Bash", input = { command = "pwd" } }', DONE),
    ]
)
VARIABLE = [
    (rb"toolu_[0-9a-f]+|msg_[0-9a-f]+", b"ID"),
    (rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", b"UUID"),
    (rb'\\"device_id\\":\\"[0-9a-f]+', b"DEVICE"),
    (rb"\ba[0-9a-f]{16}\b", b"AGENT"),
    (rb"duration_ms: \d+", b"DURATION"),
    (rb"\d+ tokens left", b"TOKENS"),  # an estimate from the characters so far, those of the duration included
]
"""What differs between any two sessions, in the body of a request."""
HEADERS = {"host", "content-length", "x-claude-code-session-id", "x-claude-code-agent-id"}
"""Headers that do."""


async def ask(
    name: str, _input: dict[str, Any], _context: ToolPermissionContext
) -> PermissionResultAllow | PermissionResultDeny:
    return PermissionResultDeny(message="Not outside.") if name == "Write" else PermissionResultAllow()


async def allow_by_hook(*_arguments: object) -> Any:
    return {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "allow"}}


@tool("add", "Adds one", {"number": str})
async def add(input_: dict[str, Any]) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": str(int(input_["number"]) + 1)}]}


def plain() -> ClaudeAgentOptions:
    """Return the options of a harness that sets hardly any."""
    return ClaudeAgentOptions(allowed_tools=["Bash"])


def rich() -> ClaudeAgentOptions:
    """Return the options of a harness that sets all that may have to do with the recording."""
    return ClaudeAgentOptions(
        can_use_tool=ask,
        hooks={
            "PreToolUse": [HookMatcher("Bash", hooks=[allow_by_hook])],
            "Stop": [HookMatcher(hooks=[allow_by_hook])],
        },
        thinking={"type": "enabled", "budget_tokens": 2000, "display": "summarized"},
        agents={"looker": AgentDefinition("Looks around.", "You look around.", tools=["Bash"])},
        mcp_servers={"own": create_sdk_mcp_server("own", tools=[add])},
        system_prompt={"type": "preset", "preset": "claude_code", "append": "Be brief."},
        betas=["context-1m-2025-08-07"],
        model="claude-sonnet-4-5",
        include_hook_events=True,
    )


async def one_prompt() -> AsyncIterator[dict[str, Any]]:
    yield {"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": "Begin."}]}}


async def converse(options: ClaudeAgentOptions, log: RunLog | None) -> list[Message]:
    client = ClaudeSDKClient(options)
    async with record(client, log) if log else client:
        await client.query("Begin.")
        return [message async for message in client.receive_response()]


async def ask_once(options: ClaudeAgentOptions, log: RunLog | None) -> list[Message]:
    messages = (
        record_query(log, prompt=one_prompt(), options=options) if log else query(prompt=one_prompt(), options=options)
    )
    async with aclosing(messages):  # type: ignore[type-var]  # it is a generator
        return [message async for message in messages]


Harness = Callable[[ClaudeAgentOptions, RunLog | None], Any]


class Run:
    """What reached the model and the harness in one run."""

    def __init__(self, requests: list[RecordedRequest], messages: list[Message]) -> None:
        self.bodies = [self._body(request.body) for request in requests]
        self.headers = [
            {name: value for name, value in request.headers.items() if name not in HEADERS} for request in requests
        ]
        self.messages = messages

    @staticmethod
    def _body(body: bytes) -> bytes:
        for pattern, name in VARIABLE:
            body = re.sub(pattern, name, body)
        return body

    def of_the_main_agent(self) -> list[str]:
        """Return the messages in their order; those about a subagent may come in any."""
        return [
            describe(each) for each in self.messages
            if not getattr(each, "parent_tool_use_id", None) and not type(each).__name__.startswith("Task")
        ]  # fmt: skip


def describe(message: Message) -> str:
    content = getattr(message, "content", None)
    blocks = [type(block).__name__ for block in content] if isinstance(content, list) else content
    parent = "of a subagent" if getattr(message, "parent_tool_use_id", None) else ""
    return f"{type(message).__name__} {getattr(message, 'subtype', '')} {blocks or ''} {parent}".strip()


async def run(
    place: Workplace, harness: Harness, options: ClaudeAgentOptions, log: RunLog | None, text: str = SCRIPT
) -> Run:
    """Run a harness in a new project and a new home, which have the same paths each time."""
    project, home = place.root / "project", place.root / "home"
    for directory in (project, home):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
    script = place.root / "script.toml"
    script.write_text(text.replace("SUBAGENT", "looker" if options.agents else "general-purpose"))
    async with serve(load_script(script), project=project) as rehearsal:
        options.cwd, options.env, options.setting_sources = project, isolated_env(rehearsal.base_url, home), []
        messages = await harness(options, log)
    return Run(rehearsal.requests, messages)


@pytest.mark.parametrize(("harness", "make_options"), [(converse, plain), (converse, rich), (ask_once, plain)])
async def test_the_same_requests_reach_the_model_and_the_same_messages_the_harness(
    place: Workplace, harness: Harness, make_options: Callable[[], ClaudeAgentOptions]
) -> None:
    bare = await run(place, harness, make_options(), None)
    async with RunLog.open(place.root / "runs") as log:
        recorded = await run(place, harness, make_options(), log)
    assert len(bare.bodies) == 7
    assert recorded.bodies == bare.bodies
    assert recorded.headers == bare.headers
    assert recorded.of_the_main_agent() == bare.of_the_main_agent()
    assert Counter(map(describe, recorded.messages)) == Counter(map(describe, bare.messages))
    assert "--allow-tools" not in log.path.read_text()
    events = without_heartbeats(events_of(log.path))
    assert [event["data"]["text"] for event in events if event["type"] == "prompt" and not event["parent"]] == [
        "Begin."
    ]
    written = [event["data"]["text"] for event in events if event["type"] == "thought" and event["parent"]]
    assert written == (["I start.", "All done."] if make_options is rich else [])
    assert Counter(event["data"]["name"] for event in events if event["type"] == "tool_use") == {
        "Bash": 2, "Agent": 1, "mcp__own__add": 1, "Write": 1,
    }  # fmt: skip


def agent(prompt: str, *, background: bool) -> str:
    call = {"description": "look", "prompt": prompt, "subagent_type": "general-purpose"}
    fields = ", ".join(f"{name} = {json.dumps(value)}" for name, value in call.items())
    return (
        f'{{ type = "tool_use", name = "Agent", input = {{ {fields}, run_in_background = {json.dumps(background)} }} }}'
    )


def said_and(call: str) -> str:
    return f'block = [{{ type = "text", text = "I start." }}, {call}]'


SUBAGENTS = "".join(
    [
        conversation(
            "main", said_and(agent("Outer.", background=False)), said_and(agent("Alone.", background=True)), DONE, DONE,
            match="Begin.",
        ),
        conversation("outer", said_and(agent("Inner.", background=False)), DONE, match="Outer."),
        conversation("inner", said_and('{ type = "tool_use", name = "Bash", input = { command = "pwd" } }'), DONE,
                     match="Inner."),
        conversation("alone", said_and('{ type = "tool_use", name = "Bash", input = { command = "sleep 1" } }'), DONE,
                     match="Alone."),
    ]
)  # fmt: skip
"""Subagents in the foreground, in the foreground of another, and in the background."""


async def test_of_each_subagent_the_harness_gets_what_it_would_get_and_the_record_has_all(place: Workplace) -> None:
    def make_options() -> ClaudeAgentOptions:
        return ClaudeAgentOptions(allowed_tools=["Bash"], thinking={"type": "adaptive", "display": "summarized"})

    bare = await run(place, ask_once, make_options(), None, SUBAGENTS)
    async with RunLog.open(place.root / "runs") as log:
        recorded = await run(place, ask_once, make_options(), log, SUBAGENTS)
    assert Counter(map(describe, recorded.messages)) == Counter(map(describe, bare.messages))
    assert sum(describe(each) == "AssistantMessage  ['TextBlock'] of a subagent" for each in bare.messages) == 2
    written = Counter(
        event["parent"] for event in events_of(log.path) if event["type"] == "thought" and event["parent"]
    )
    assert list(written.values()) == [2, 2, 2]


async def test_a_large_file_fits_a_limit_that_the_harness_has_set(place: Workplace) -> None:
    """The hook after the call gets its content twice, which is more than the limit, the SDK's own default."""
    script = conversation("main", use("Write", file_path="{project}/big.txt", content=("y" * 99 + "\n") * 6000), DONE)
    options = ClaudeAgentOptions(permission_mode="acceptEdits", max_buffer_size=1 << 20)
    async with RunLog.open(place.root / "runs") as log:
        recorded = await run(place, converse, options, log, f"pace = {{ chars = 20000, ms = 0 }}\n{script}")
    assert describe(recorded.messages[-1]) == "ResultMessage success"
