"""Tests that lines of stream-json reach the SDK's client, with their times, and that they can call nothing."""

import json
from collections.abc import AsyncIterator
from typing import Any

from claude_agent_sdk import AssistantMessage, ClaudeAgentOptions, ClaudeSDKClient, UserMessage

from agent.events import Tokens
from agent.recorder.cli_stream import MALFORMED, StreamClock, StreamTransport, describe_line, parse_seconds
from agent.recorder.costs.spending import Total

ASKED = {
    "type": "assistant", "uuid": "u1", "session_id": "s", "parent_tool_use_id": None,
    "timestamp": "2026-11-29T07:57:16.500Z",
    "message": {"id": "m1", "model": "claude", "content": [{"type": "text", "text": "Hello."}]},
}  # fmt: skip


class Monotonic:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


async def lines_of(*lines: dict[str, Any] | bytes) -> AsyncIterator[bytes]:
    for line in lines:
        yield line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"


async def messages_of(*lines: dict[str, Any] | bytes) -> tuple[list[Any], list[str], StreamTransport]:
    """Return what a client of the SDK receives, and the descriptions of the lines that are no messages."""
    transport = StreamTransport(lines_of(*lines))
    client = ClaudeSDKClient(ClaudeAgentOptions(), transport)
    await client.connect()
    messages = [message async for message in client.receive_messages()]
    await client.disconnect()
    malformed = [message for message in messages if getattr(message, "subtype", None) == MALFORMED]
    good = [message for message in messages if message not in malformed]
    return good, [message.data["description"] for message in malformed], transport


async def test_a_client_of_the_sdk_parses_the_lines_and_their_times_are_known() -> None:
    messages, reported, transport = await messages_of(ASKED, {"type": "system", "subtype": "status"})
    assert isinstance(messages[0], AssistantMessage)
    assert transport.time_of(messages[0]) == parse_seconds("2026-11-29T07:57:16.500Z")
    assert transport.time_of(messages[1]) is None
    assert reported == []


async def test_a_line_that_is_not_a_message_is_reported_and_the_next_one_read() -> None:
    messages, reported, _ = await messages_of(b"Warning: no config\n", b"[1]\n", {"no": "type"}, b"\xff\n", ASKED)
    assert len(messages) == 1
    assert [sentence.partition(": ")[2] for sentence in reported] == [
        "Warning: no config", "[1]", '{"no": "type"}', "\N{REPLACEMENT CHARACTER}",
    ]  # fmt: skip


async def test_recorded_output_cannot_call_a_hook_or_answer_a_request() -> None:
    call = {"type": "control_request", "request_id": "1", "request": {"subtype": "hook_callback", "callback_id": "h"}}
    answer = {"type": "control_response", "response": {"subtype": "error", "request_id": "req_1", "error": "no"}}
    messages, reported, _ = await messages_of(answer, call, ASKED)
    assert len(messages) == 1
    assert reported == []


async def test_a_message_of_the_user_is_one_also_with_an_odd_time() -> None:
    for stamp in ("yesterday", "2026-11-29T07:57:16", 17, None):
        user = {"type": "user", "uuid": "u", "timestamp": stamp, "message": {"role": "user", "content": "Hi"}}
        messages, _, transport = await messages_of(user)
        assert isinstance(messages[0], UserMessage)
        assert transport.time_of(messages[0]) is None


def result(cost: float, own: float, index: int = 0) -> dict[str, Any]:
    def models(cost: float) -> dict[str, Any]:
        return {"claude-x": {"inputTokens": round(cost * 1000), "outputTokens": 0, "costUSD": cost}}

    return {
        "type": "result", "subtype": "success", "duration_ms": 5, "duration_api_ms": 4, "is_error": False,
        "num_turns": 1, "session_id": "s", "total_cost_usd": cost, "modelUsage": models(cost), "result_index": index,
        "model_usage_since_last_result": models(own),
    }  # fmt: skip


async def test_what_a_resumed_conversation_had_cost_is_in_its_first_result() -> None:
    _, _, transport = await messages_of(ASKED, result(5.0, 2.0), result(6.0, 1.0, index=1))
    assert transport.take_cost_before() == Total(3.0, Tokens(input=3000))
    assert transport.take_cost_before() is None


async def test_an_older_cli_does_not_say_what_a_conversation_had_cost() -> None:
    line = result(5.0, 2.0)
    del line["model_usage_since_last_result"]
    assert (await messages_of(line))[2].take_cost_before() is None


def test_a_long_line_is_quoted_by_its_beginning() -> None:
    assert describe_line(b"x" * 5000) == f"a line of the input is not an event: {'x' * 200} [... 5000 bytes]"


def test_time_is_that_of_the_stream_and_goes_on_between_its_lines() -> None:
    monotonic = Monotonic()
    clock = StreamClock(monotonic)
    assert clock.now() == 0
    monotonic.seconds += 0.25
    clock.set(5000.0)
    assert clock.now() == 0.25
    clock.set(5060.0)
    assert clock.now() == 60.25
    monotonic.seconds += 2
    assert clock.now() == 62.25


def test_time_never_goes_back() -> None:
    monotonic = Monotonic()
    clock = StreamClock(monotonic)
    clock.set(5000.0)
    clock.set(5010.0)
    assert clock.now() == 10
    clock.set(5004.0)
    assert clock.now() == 10
    monotonic.seconds += 7
    assert clock.now() == 11
