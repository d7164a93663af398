"""A turn as a message of the Messages API."""

import msgspec
import pytest

from agent.rehearsal.answer import answer
from agent.rehearsal.blocks import (
    Block,
    Raw,
    RedactedThinking,
    ServerToolUse,
    Text,
    Thinking,
    ToolUse,
    WebFetchResult,
    WebSearchResult,
)
from agent.rehearsal.script import StopReason, Turn, Usage

TURN = Turn(
    block=(Thinking(thinking="hmm"), Text(text="hello you"), ToolUse(name="Bash", input={"command": "true"})),
)


def contents(*blocks: Block) -> list[dict[str, object]]:
    contents: list[dict[str, object]] = answer(Turn(block=blocks), "m", 0)["content"]
    return contents


def test_the_stop_reason_says_whether_a_tool_is_called_unless_the_script_gives_another():
    assert answer(TURN, "m", 0)["stop_reason"] == "tool_use"
    assert answer(Turn(block=(Text(text="a"),)), "m", 0)["stop_reason"] == "end_turn"
    assert (
        answer(msgspec.structs.replace(TURN, stop_reason=StopReason.MAX_TOKENS), "m", 0)["stop_reason"] == "max_tokens"
    )


def test_a_message_can_stop_without_any_block():
    refusal = Turn(stop_reason=StopReason.REFUSAL, stop_details={"type": "refusal", "category": "cyber"})

    message = answer(refusal, "m", 0)

    assert (message["content"], message["stop_reason"]) == ([], "refusal")
    assert message["stop_details"] == {"type": "refusal", "category": "cyber"}


def test_the_sequence_that_stopped_a_message_is_named():
    turn = Turn(stop_reason=StopReason.STOP_SEQUENCE, stop_sequence="END")

    assert answer(turn, "m", 0)["stop_sequence"] == "END"


def test_the_model_is_that_of_the_request_unless_the_script_gives_another():
    assert answer(TURN, "asked", 0)["model"] == "asked"
    assert answer(msgspec.structs.replace(TURN, model="another"), "asked", 0)["model"] == "another"


def test_every_message_and_call_has_a_new_id():
    first, second = (answer(TURN, "m", 0) for _ in range(2))

    assert first["id"] != second["id"]
    assert first["content"][2]["id"] != second["content"][2]["id"]


def test_a_call_can_have_an_id_of_its_own():
    [use] = contents(ToolUse(name="Bash", id="toolu_1"))

    assert use["id"] == "toolu_1"


def test_results_of_server_tools_answer_the_calls_in_their_order():
    first, second, found, read, late = contents(
        ServerToolUse(name="web_search", input={"query": "q"}),
        ServerToolUse(name="web_fetch"),
        WebSearchResult(content=[]),
        WebFetchResult(error="unavailable"),
        WebSearchResult(content=[], tool_use_id="srvtoolu_before"),
    )

    assert (first["type"], first["name"], first["input"]) == ("server_tool_use", "web_search", {"query": "q"})
    assert found == {"type": "web_search_tool_result", "tool_use_id": first["id"], "content": []}
    error = {"type": "web_fetch_tool_result_error", "error_code": "unavailable"}
    assert read == {"type": "web_fetch_tool_result", "tool_use_id": second["id"], "content": error}
    assert late["tool_use_id"] == "srvtoolu_before"


def test_thinking_can_be_redacted_or_omitted():
    redacted, omitted = contents(RedactedThinking(data="AAAA"), Thinking(thinking="", signature="c2ln"))

    assert redacted == {"type": "redacted_thinking", "data": "AAAA"}
    assert omitted == {"type": "thinking", "thinking": "", "signature": "c2ln"}


def test_a_raw_block_is_as_it_is():
    assert contents(Raw(content={"type": "hologram", "data": 1})) == [{"type": "hologram", "data": 1}]


def test_omitted_token_counts_are_a_quarter_of_the_characters():
    usage = answer(TURN, "m", 400)["usage"]

    assert usage == {
        "input_tokens": 100,
        "output_tokens": 1 + len('hmmhello you{"command":"true"}') // 4,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens_details": {"thinking_tokens": len("hmm") // 4},
    }


def test_token_counts_of_the_script_are_used():
    given = Usage(input_tokens=1, output_tokens=9, cache_read_input_tokens=3, thinking_tokens=7)
    usage = answer(msgspec.structs.replace(TURN, usage=given), "m", 400)["usage"]

    assert (usage["input_tokens"], usage["output_tokens"], usage["cache_read_input_tokens"]) == (1, 9, 3)
    assert usage["output_tokens_details"] == {"thinking_tokens": 7}


@pytest.mark.parametrize(("name", "searches", "fetches"), [("web_search", 2, 0), ("web_fetch", 0, 2)])
def test_web_requests_are_counted_as_the_api_charges_for_them(name: str, searches: int, fetches: int):
    usage = answer(Turn(block=(ServerToolUse(name=name), ServerToolUse(name=name))), "m", 0)["usage"]

    assert usage["server_tool_use"] == {"web_search_requests": searches, "web_fetch_requests": fetches}
