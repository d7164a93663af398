"""The tokens of each message are counted once, however often and in however many parts the CLI repeats them."""

from typing import Any

from claude_agent_sdk import AssistantMessage, TextBlock

from agent.events import Tokens
from agent.recorder.costs.message_tokens import MessageTokens

BEGUN = {"input_tokens": 900, "cache_read_input_tokens": 50, "cache_creation_input_tokens": 7, "output_tokens": 1}


def start(id_: str = "m1", **usage: int) -> dict[str, Any]:
    return {"type": "message_start", "message": {"id": id_, "usage": BEGUN | usage}}


def end(**usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}


def part(id_: str | None = "m1", *, usage: dict[str, Any] | None = None, **fields: Any) -> AssistantMessage:
    return AssistantMessage(
        [TextBlock("a")], fields.pop("model", "claude-x"), message_id=id_, usage=usage or BEGUN, **fields
    )


def test_the_last_count_of_a_message_replaces_those_before() -> None:
    tokens = MessageTokens()
    tokens.stream(start(), None)
    tokens.message(part())
    tokens.message(part())
    tokens.stream(end(output_tokens=300, output_tokens_details={"thinking_tokens": 40}), None)
    tokens.message(part())  # as the second tool call of a message, which may arrive after its end

    assert tokens.of("m1") == Tokens(input=900, output=300, cache_read=50, cache_write=7, thinking=40)
    assert tokens.total() == tokens.of("m1")


def test_the_end_of_a_message_may_correct_its_input() -> None:
    tokens = MessageTokens()
    tokens.stream(start(), None)
    tokens.stream(end(input_tokens=2000, output_tokens=5), None)
    assert tokens.of("m1") == Tokens(input=2000, output=5, cache_read=50, cache_write=7)


def test_the_output_of_a_message_without_an_end_is_unknown_as_in_a_subagent() -> None:
    tokens = MessageTokens()
    tokens.message(part("m2", parent_tool_use_id="t1"))
    assert tokens.of("m2") == Tokens(input=900, output=None, cache_read=50, cache_write=7)


def test_a_message_that_arrives_in_one_piece_has_its_stop_reason_and_is_complete() -> None:
    tokens = MessageTokens()
    tokens.message(part(usage={"input_tokens": 10, "output_tokens": 20}, stop_reason="end_turn"))
    assert tokens.of("m1") == Tokens(input=10, output=20)


def test_conversations_that_are_received_at_the_same_time_are_told_apart() -> None:
    tokens = MessageTokens()
    tokens.stream(start("m1"), None)
    tokens.stream(start("m2"), "t1")
    tokens.stream(end(output_tokens=10), None)
    tokens.stream(end(output_tokens=20), "t1")
    assert [tokens.of(id_) for id_ in ("m1", "m2")] == [
        Tokens(input=900, output=10, cache_read=50, cache_write=7),
        Tokens(input=900, output=20, cache_read=50, cache_write=7),
    ]
    assert tokens.total() == Tokens(input=1800, output=30, cache_read=100, cache_write=14)


def test_what_the_api_has_not_counted_has_no_tokens() -> None:
    tokens = MessageTokens()
    tokens.stream(end(output_tokens=10), None)  # of a message whose start was not seen
    tokens.stream({"type": "message_start", "message": {"id": "m1"}}, None)
    tokens.message(part("m3", model="<synthetic>"))
    tokens.message(part(None))
    assert [tokens.of(id_) for id_ in ("m1", "m3")] == [None, None]
    assert tokens.total() == Tokens(output=None)
