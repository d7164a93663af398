"""The results of tools that the API runs are read from the events of the stream."""

from typing import Any

import pytest

from agent.recorder.calls.server_tools import McpCalls, ServerCall, ServerResult, result_in, server_result

FOUND = {"type": "web_search_result", "title": "Tails", "url": "https://a.example", "encrypted_content": "Eo8B"}
PAGE = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Hello"}}


def block(kind: str, content: Any) -> dict[str, Any]:
    return {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": kind, "tool_use_id": "s1", "content": content},
    }


@pytest.mark.parametrize(
    ("content", "output", "is_error"),
    [
        ([FOUND, FOUND | {"title": "Logs"}], "Tails\nhttps://a.example\n\nLogs\nhttps://a.example", False),
        ({"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}, "max_uses_exceeded", True),
        (
            {"type": "web_fetch_result", "url": "https://a.example", "content": PAGE},
            "https://a.example\nHello",
            False,
        ),
        ({"type": "code_execution_result", "stdout": "1", "stderr": "", "return_code": 0, "content": []}, "1", False),
        ({"type": "bash_code_execution_result", "stdout": "1", "stderr": "no", "return_code": 2}, "1\nno", True),
        ("plain", "plain", False),
        ([{"type": "text", "text": "of an MCP server"}], "of an MCP server", False),
        ({"type": "tomorrow", "a": [{"encrypted_index": "x", "b": 1}]}, '{"type": "tomorrow", "a": [{"b": 1}]}', False),
    ],
)
def test_the_output_is_what_people_can_read(content: Any, output: str, is_error: bool) -> None:
    assert result_in(block("web_search_tool_result", content)) == ServerResult("s1", output, is_error)
    assert server_result("s1", content) == ServerResult("s1", output, is_error)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message_start", "message": {}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "server_tool_use", "id": "s1"}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "redacted_thinking", "data": "x"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "web_search_tool_result"}},
    ],
)
def test_other_events_have_no_result(event: dict[str, Any]) -> None:
    assert result_in(event) is None


def test_a_result_may_say_itself_that_it_is_an_error() -> None:
    event = block("mcp_tool_result", [{"type": "text", "text": "no"}])
    event["content_block"]["is_error"] = True
    assert result_in(event) == ServerResult("s1", "no", is_error=True)


def mcp_call(**input_: Any) -> dict[str, Any]:
    call = {"type": "mcp_tool_use", "id": "m1", "name": "echo", "server_name": "far", "input": input_}
    return {"type": "content_block_start", "index": 2, "content_block": call}


def piece(text: str, index: int = 2) -> dict[str, Any]:
    delta = {"type": "input_json_delta", "partial_json": text}
    return {"type": "content_block_delta", "index": index, "delta": delta}


STOP = {"type": "content_block_stop", "index": 2}


@pytest.mark.parametrize(
    ("events", "input_"),
    [
        ([mcp_call(text="hi"), STOP], {"text": "hi"}),
        ([mcp_call(), piece('{"te'), piece("{}", index=3), piece('xt": "hi"}'), STOP], {"text": "hi"}),
        ([mcp_call(), piece('{"te'), STOP], {"malformed": '{"te'}),
        ([mcp_call(), STOP], {}),
    ],
)
def test_the_call_of_an_mcp_server_is_put_together(events: list[dict[str, Any]], input_: dict[str, Any]) -> None:
    calls = McpCalls()
    *before, last = [calls.stream(event, None) for event in events]
    assert set(before) == {None}
    assert last == ServerCall("m1", "mcp__far__echo", input_)
    assert calls.stream(STOP, None) is None
