"""The real SDK, CLI and tools against a rehearsal."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil
import pytest
from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    Message,
    ResultMessage,
    SystemMessage,
    TextBlock,
    ToolResultBlock,
    UserMessage,
)

from agent.rehearsal.environment import isolated_env
from agent.rehearsal.load import demo_script, load_script, parse_script
from agent.rehearsal.script import Script
from agent.rehearsal.server import Rehearsal, serve
from tests.helpers import wait_until_async

DOCS = Path(__file__).parents[3] / "docs" / "rehearsal.md"
TURN = '[[conversation]]\nname = "main"\n[[conversation.turn]]\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "project"
    directory.mkdir()
    return directory


def options(rehearsal: Rehearsal, project: Path) -> ClaudeAgentOptions:
    return ClaudeAgentOptions(
        cwd=project,
        env=isolated_env(rehearsal.base_url, project.parent / "home"),
        setting_sources=[],
        permission_mode="acceptEdits",
        allowed_tools=["Bash", "Read", "Write", "Edit", "Agent"],
    )


async def run(script: Script, project: Path) -> tuple[Rehearsal, list[Message]]:
    """Run one prompt. Returns the rehearsal and all messages of the SDK."""
    async with serve(script, project=project) as rehearsal, ClaudeSDKClient(options(rehearsal, project)) as client:
        await client.query("go")
        return rehearsal, [message async for message in client.receive_response()]


def texts(messages: Sequence[Message]) -> list[str]:
    answers = [message for message in messages if isinstance(message, AssistantMessage)]
    return [block.text for answer in answers for block in answer.content if isinstance(block, TextBlock)]


def results(messages: Sequence[Message]) -> list[ToolResultBlock]:
    contents = [message.content for message in messages if isinstance(message, UserMessage)]
    return [block for content in contents for block in content if isinstance(block, ToolResultBlock)]


def retries(messages: Sequence[Message]) -> list[int | None]:
    data = [message.data for message in messages if isinstance(message, SystemMessage)]
    return [each["error_status"] for each in data if each["subtype"] == "api_retry"]


def outcome(messages: Sequence[Message]) -> ResultMessage:
    last = messages[-1]
    assert isinstance(last, ResultMessage)
    return last


async def test_the_demo_writes_tests_fixes_and_reviews_a_module(project: Path):
    script = instant(demo_script())

    rehearsal, messages = await run(script, project)

    statuses = [bool(result.is_error) for result in results(messages)]
    assert statuses == [False, False, True, False, False, False, False, False]
    assert "AssertionError: '' != '0 s'" in str(results(messages)[2].content)
    assert "-1 d 23 h" in str(results(messages)[6].content)
    assert [request.conversation for request in rehearsal.requests] == ["main"] * 4 + ["reviewer"] * 3 + ["main"]
    assert not outcome(messages).is_error
    subprocess.run([sys.executable, "-m", "unittest"], cwd=project, check=True, capture_output=True)


def instant(script: Script) -> Script:
    """Return `script` without its delays."""
    plain = msgspec.to_builtins(script)
    del plain["pace"]
    for conversation in plain["conversation"]:
        for turn in conversation["turn"]:
            for block in turn["block"]:
                del block["pace"]
    return msgspec.convert(plain, Script)


def in_the_docs(language: str) -> str:
    written = re.search(rf"```{language}\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert written is not None
    return written[1]


async def test_the_script_in_the_docs_runs_as_described(project: Path):
    (project / "script.toml").write_text(in_the_docs("toml"))

    rehearsal, messages = await run(load_script(project / "script.toml"), project)

    assert (project / "note.txt").read_text() == "Every run is a file.\n"
    assert [(request.conversation, request.turn, request.attempt) for request in rehearsal.requests] == [
        ("main", 1, 1),
        ("main", 1, 2),
        ("main", 2, 1),
        ("reader", 1, 1),
        ("reader", 2, 1),
        ("main", 3, 1),
    ]
    assert retries(messages) == [529]
    assert outcome(messages).result == "The note is written, and somebody has read it."


def test_the_program_in_the_docs_runs_the_script_in_the_docs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "script.toml").write_text(in_the_docs("toml"))
    monkeypatch.chdir(tmp_path)

    exec(in_the_docs("python"), {"__name__": "__main__"})

    assert "It says that every run is a file." in capsys.readouterr().out


async def test_a_permanent_error_ends_its_turn_at_once(project: Path):
    errors = {
        "status = 400": "API Error: 400 the script says so",
        "status = 413": "Request too large",
        'status = 500, headers = { x-should-retry = "false" }': "API Error: 500",
    }
    turns = [f'fault = [{{ type = "http", times = inf, {fault} }}]' for fault in errors]
    script = parse_script("\n[[conversation.turn]]\n".join(['[[conversation]]\nname = "main"', *turns]).encode(), "")

    async with serve(script, project=project) as rehearsal, ClaudeSDKClient(options(rehearsal, project)) as client:
        for said in errors.values():
            await client.query("go")
            messages = [message async for message in client.receive_response()]
            assert outcome(messages).is_error
            assert texts(messages)[0].startswith(said)
            assert retries(messages) == []

    assert [(request.turn, request.attempt) for request in rehearsal.requests][-2:] == [(2, 1), (3, 1)]


async def test_a_cut_stream_is_requested_again_and_its_text_arrives_once(project: Path):
    cut = 'fault = [{ type = "cut", after_chars = 9 }]\nblock = [{ type = "text", text = "Nothing of this is lost." }]'

    rehearsal, messages = await run(parse_script((TURN + cut).encode(), ""), project)

    assert texts(messages) == ["Nothing of this is lost."]
    assert retries(messages) == [None]
    assert [(request.turn, request.attempt) for request in rehearsal.requests] == [(1, 1), (1, 2)]


async def test_turns_can_answer_what_is_said_and_go_on_after_a_compaction(project: Path):
    turns = [
        'block = [{ type = "text", text = "first" }]',
        'match = "weather"\nblock = [{ type = "text", text = "sunny" }]',
        'match = "summary of the conversation"\nblock = [{ type = "text", text = "<summary>Words.</summary>" }]',
        'block = [{ type = "text", text = "second" }]',
    ]
    script = parse_script("\n[[conversation.turn]]\n".join(['[[conversation]]\nname = "main"', *turns]).encode(), "")
    output: list[str] = []

    async with serve(script, project=project) as rehearsal, ClaudeSDKClient(options(rehearsal, project)) as client:
        for prompt in ("go", "What about the weather?", "/compact", "go on"):
            await client.query(prompt)
            output += texts([message async for message in client.receive_response()])

    assert [request.turn for request in rehearsal.requests] == [1, 2, 3, 4]
    assert output == ["first", "sunny", "second"]


async def test_a_prompt_that_is_too_long_ends_its_turn_at_the_first_attempt(project: Path):
    fault = 'status = 400, message = "prompt is too long: 210000 tokens > 200000 maximum"'
    script = parse_script((TURN + f'fault = [{{ type = "http", times = inf, {fault} }}]').encode(), "")

    rehearsal, messages = await run(script, project)

    assert outcome(messages).is_error
    assert texts(messages)[0].startswith("Prompt is too long")
    assert (len(rehearsal.requests), retries(messages)) == (1, [])


async def test_consecutive_sessions_get_one_conversation_each(project: Path):
    block = 'turn = [{ block = [{ type = "text", text = "%s" }] }]'
    script = parse_script(
        "\n".join(f'[[conversation]]\nname = "{name}"\n{block % name}' for name in ("first", "second")).encode(), ""
    )
    output: list[str] = []

    async with serve(script, project=project) as rehearsal:
        for _ in range(2):
            async with ClaudeSDKClient(options(rehearsal, project)) as client:
                await client.query("go on")
                output += texts([message async for message in client.receive_response()])

    assert output == ["first", "second"]


async def test_a_stall_ended_by_cancellation_leaves_no_process_and_no_task(project: Path):
    stall = 'fault = [{ type = "stall", after_chars = 2 }]\nblock = [{ type = "text", text = "Hello" }]'
    script = parse_script((TURN + stall).encode(), "")
    before = set(psutil.Process().children(recursive=True))
    silent = asyncio.Event()

    async def listen() -> None:
        async with serve(script, project=project) as rehearsal, ClaudeSDKClient(options(rehearsal, project)) as client:
            await client.query("go")
            await wait_until_async(lambda: rehearsal.requests)
            silent.set()
            try:
                await asyncio.Event().wait()
            finally:
                await client.interrupt()  # without it the SDK gives its CLI five seconds to end

    listening = asyncio.create_task(listen())
    await silent.wait()
    assert set(psutil.Process().children(recursive=True)) - before, "the CLI waits for the rest of the message"
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening

    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert set(psutil.Process().children(recursive=True)) - before == set()


async def test_an_environment_with_other_back_ends_still_connects_to_the_rehearsal(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    elsewhere = "http://127.0.0.1:9"  # nobody answers there
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "ANTHROPIC_BASE_URL", "ANTHROPIC_BEDROCK_BASE_URL"):
        monkeypatch.setenv(name, elsewhere)
    for name in (
        "CLAUDE_CODE_USE_BEDROCK",
        "CLAUDE_CODE_USE_VERTEX",
        "CLAUDE_CODE_USE_FOUNDRY",
        "ANTHROPIC_AUTH_TOKEN",
    ):
        monkeypatch.setenv(name, "1")

    _, messages = await run(parse_script((TURN + 'block = [{ type = "text", text = "here" }]').encode(), ""), project)

    assert texts(messages) == ["here"]
