"""Tests that `record` observes a client of the SDK before it connects, and only under asyncio."""

import json
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient, CLIConnectionError

from agent import RunLog
from agent.errors import RunLogUnusable
from agent.recorder.cli_stream import StreamTransport
from agent.recorder.client import record, record_query
from tests.agent.runlog.writing import events_of, quiet_log, types_of


async def test_a_client_is_returned_itself_and_only_before_it_is_connected(tmp_path: Path) -> None:
    options = ClaudeAgentOptions()
    client = ClaudeSDKClient(options)
    async with quiet_log(tmp_path) as log:
        assert record(client, log) is client
        assert client.options is options
        client._transport = object()  # type: ignore[assignment]  # as `connect` does
        with pytest.raises(RuntimeError, match="already connected; call record"):
            record(client, log)


async def test_a_client_that_is_not_connected_raises_what_it_raises_without_a_record(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        client = record(ClaudeSDKClient(), log)
        with pytest.raises(CLIConnectionError, match="Not connected"):
            await client.query("Begin.")
        with pytest.raises(CLIConnectionError, match="Not connected"):
            _ = [message async for message in client.receive_response()]
        await client.disconnect()
    assert types_of(log.path) == ["run_start", "complete"]


def run_without_asyncio(work: Coroutine[Any, Any, Any]) -> None:
    """Run `work` to its first wait, as trio would."""
    work.send(None)


def test_without_asyncio_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    log = RunLog.open(tmp_path)
    works = [log.__aenter__(), record(ClaudeSDKClient(), log).connect(), anext(record_query(log, prompt="Begin."))]
    for work in works:
        with pytest.raises(RunLogUnusable, match=r"as under trio or .*; use `with RunLog"):
            run_without_asyncio(work)  # type: ignore[arg-type]


async def test_a_log_for_synchronous_code_is_refused_in_one_sentence(tmp_path: Path) -> None:
    client = ClaudeSDKClient()
    connect = client.connect
    async with quiet_log(tmp_path) as log:
        with pytest.raises(RunLogUnusable, match=r"^a client is recorded in a RunLog, not in a SyncRunLog, .*; pass"):
            record(client, log.sync_log)  # type: ignore[arg-type]
        with pytest.raises(RunLogUnusable, match="not in a SyncRunLog"):
            await anext(record_query(log.sync_log, prompt="Begin."))  # type: ignore[arg-type]
    assert client.connect == connect
    assert types_of(log.path) == ["run_start", "complete"]


LINES: list[dict[str, Any]] = [
    {"type": "system", "subtype": "init", "session_id": "s1", "tools": None},
    {"type": "assistant", "message": {}},
    {"type": "assistant", "message": None},
    {"type": "assistant", "message": {"id": "m1", "model": "m", "content": [{"type": "text", "text": "a"}]}},
    {"type": "result", "subtype": "success", "is_error": False, "duration_ms": 1, "duration_api_ms": 1, "num_turns": 1,
     "session_id": "s1"},
]  # fmt: skip


async def lines() -> AsyncIterator[bytes]:
    for line in LINES:
        yield json.dumps(line).encode()


async def odd_prompts() -> AsyncIterator[Any]:
    for message in (None, {"content": ["text"]}, {"content": [{"type": "text"}]}, {"content": "Begin."}):
        yield {"type": "user", "message": message}


async def received_by(client: ClaudeSDKClient) -> list[str]:
    """Use a client as a harness does that goes on after an error. Returns the types of all that it gets."""
    got: list[str] = []
    async with client:
        await client.query(odd_prompts())
        for _ in range(4):
            try:
                got += [type(message).__name__ async for message in client.receive_messages()]
                got.append("end")
            except Exception as error:  # noqa: BLE001 - to compare
                got.append(type(error).__name__)
    return got


async def test_a_harness_gets_what_it_gets_without_a_record_behind_messages_that_the_sdk_cannot_parse(
    tmp_path: Path,
) -> None:
    bare = await received_by(ClaudeSDKClient(transport=StreamTransport(lines())))
    async with quiet_log(tmp_path) as log:
        recorded = await received_by(record(ClaudeSDKClient(transport=StreamTransport(lines())), log))
    assert "MessageParseError" in bare
    assert recorded == bare
    assert log.warnings == []
    events = events_of(log.path)
    assert [event["data"]["text"] for event in events if event["type"] == "prompt"] == ["text", "Begin."]
    assert [event["data"]["outcome"] for event in events[-2:]] == ["success", "success"]
