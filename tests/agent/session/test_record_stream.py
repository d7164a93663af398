"""Tests that the output of a CLI becomes a run, whole or broken off."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.events import Outcome
from agent.session.record_stream import NothingToRecord, Source, record_stream
from tests.agent.runlog.writing import events_of

INIT = {"type": "system", "subtype": "init", "session_id": "s1", "model": "claude", "tools": ["Bash"], "cwd": "/work"}
RESULT = {
    "type": "result", "subtype": "success", "is_error": False, "duration_ms": 5000, "duration_api_ms": 10,
    "num_turns": 1, "session_id": "s1", "total_cost_usd": 0.25, "result": "It works.", "uuid": "r",
}  # fmt: skip


def assistant(second: int, block: dict[str, Any]) -> dict[str, Any]:
    message = {"id": "m1", "model": "claude", "content": [block], "stop_reason": None}
    return {
        "type": "assistant", "uuid": f"a{second}", "session_id": "s1", "parent_tool_use_id": None, "message": message,
        "timestamp": f"2020-01-01T00:00:{second:02}.000Z",
    }  # fmt: skip


def result_of_tool(second: int, output: str) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": "t1", "content": output}
    return {
        "type": "user", "uuid": f"u{second}", "session_id": "s1", "parent_tool_use_id": None,
        "message": {"role": "user", "content": [block]}, "timestamp": f"2020-01-01T00:00:{second:02}.000Z",
    }  # fmt: skip


CALL = assistant(1, {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "make"}})
WHOLE = (INIT, CALL, result_of_tool(31, "made"), assistant(33, {"type": "text", "text": "It works."}), RESULT)


async def lines_of(*lines: dict[str, Any] | bytes) -> AsyncIterator[bytes]:
    for line in lines:
        yield line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"


async def record(runs: Path, *lines: dict[str, Any] | bytes, source: Source = Source()) -> list[dict[str, Any]]:  # noqa: B008 - frozen
    await record_stream(lines_of(*lines), source, runs_dir=runs)
    return events_of(runs / "latest.ndjson")


def data_of(events: list[dict[str, Any]], type_: str) -> dict[str, Any]:
    (data,) = [event["data"] for event in events if event["type"] == type_]
    return dict(data)


async def test_a_session_becomes_a_run_with_the_durations_of_its_own_times(tmp_path: Path) -> None:
    source = Source(command="claude -p 'Make it'", about="Make it", project=Path("/work"))
    events = await record(tmp_path, *WHOLE, source=source)
    start = data_of(events, "run_start")
    assert (start["command"], start["about"], start["project_dir"]) == ("claude -p 'Make it'", "Make it", "/work")
    assert start["recorded_from"] == "stream-json"
    assert data_of(events, "tool_result")["duration_ms"] == pytest.approx(30_000, abs=5)
    end = data_of(events, "session_end")
    assert end["outcome"] == "success"
    assert end["duration_ms"] == pytest.approx(32_000, abs=2000)
    assert data_of(events, "complete")["outcome"] == "success"
    assert data_of(events, "complete")["cost_usd"] == 0.25


async def test_a_stream_that_ends_without_a_result_has_failed(tmp_path: Path) -> None:
    turn = await record_stream(lines_of(INIT, CALL), runs_dir=tmp_path)
    events = events_of(tmp_path / "latest.ndjson")
    assert turn.outcome is Outcome.FAILED
    assert data_of(events, "tool_result")["status"] == "error"
    assert data_of(events, "session_end")["outcome"] == "failed"
    assert data_of(events, "complete")["message"] == "the input ended without a result: the agent was cut off"


async def test_a_message_that_the_sdk_cannot_parse_is_an_error_and_the_rest_is_recorded(tmp_path: Path) -> None:
    events = await record(tmp_path, INIT, {"type": "assistant", "uuid": "x"}, *WHOLE[1:], b"Killed\n")
    errors = [event["data"] for event in events if event["type"] == "error"]
    assert [error["kind"] for error in errors] == ["malformed_line", "malformed_line"]
    assert "Missing required field in assistant message" in errors[0]["message"]
    assert data_of(events, "complete")["outcome"] == "success"


async def test_messages_with_odd_fields_cost_nothing_but_themselves(tmp_path: Path) -> None:
    odd_init = INIT | {"tools": None, "mcp_servers": 7}
    limit = {"type": "rate_limit_event", "uuid": "l", "session_id": "s1"}
    limits = [limit | {"rate_limit_info": {"status": "allowed", "resetsAt": "soon"}}, limit | {"rate_limit_info": []}]
    text_input = assistant(2, {"type": "tool_use", "id": "t2", "name": "Bash", "input": "make"})
    blocks = assistant(3, {"type": "text", "text": None})
    events = await record(tmp_path, odd_init, *limits, text_input, blocks, *WHOLE[1:])
    assert (
        data_of([event for event in events if event["data"].get("tool_use_id") != "t2"], "tool_result")["output"]
        == "made"
    )
    assert data_of(events, "complete")["outcome"] == "success"


async def test_what_stands_before_the_first_message_is_kept(tmp_path: Path) -> None:
    events = await record(tmp_path, b"Warning: an old config\n", b"\n", *WHOLE)
    assert data_of(events, "info") == {"message": "Warning: an old config", "kind": "output"}


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ((), "the input is empty; pipe `claude -p --output-format stream-json --verbose"),
        ((b"\n", b"\n"), "the input is empty"),
        ((b"It works.\n",), "is not an event: It works.; let `claude -p` print --output-format stream-json"),
        (tuple(b"%d\n" % number for number in range(1000)), "is not an event: 0; let"),
    ],
)
async def test_an_input_without_any_event_leaves_no_run(
    lines: tuple[bytes, ...], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(NothingToRecord, match=sentence):
        await record_stream(lines_of(*lines), runs_dir=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
