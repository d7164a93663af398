"""A turn as a Messages API answer: the message, the events of the stream, and where a fault splits them."""

import math

import msgspec
import pytest

from agent.rehearsal.script import Cut, Stall, StreamDelays, Text, Thinking, ToolUse, Turn, Usage
from agent.rehearsal.sse import ScriptedMessage, StreamEvent, split_at_fault

TURN = Turn(
    block=(
        Thinking(thinking="hmm"),
        Text(text="hello you", delay_s=2, pace=StreamDelays(chars=4, ms=50)),
        ToolUse(name="Bash", input={"command": "true"}),
    )
)


def stream() -> list[StreamEvent]:
    return ScriptedMessage(TURN, StreamDelays(chars=10, ms=5), "a-model", 400).stream()


def text(events: list[StreamEvent]) -> str:
    deltas = [event.data["delta"] for event in events if event.type == "content_block_delta"]
    return "".join(d.get("text", "") + d.get("thinking", "") + d.get("partial_json", "") for d in deltas)


def test_the_events_of_the_stream_are_those_of_the_api_in_order():
    kinds = [event.type.removeprefix("content_block_") for event in stream()]

    assert kinds == [
        *["message_start", "ping"],
        *["start", "delta", "delta", "stop"],  # thinking and its signature
        *["start", "delta", "delta", "delta", "stop"],
        *["start", "delta", "delta", "stop"],
        *["message_delta", "message_stop"],
    ]


def test_an_event_is_encoded_as_a_name_and_a_line_of_json():
    assert StreamEvent({"type": "ping"}).encoded == b'event: ping\ndata: {"type":"ping"}\n\n'


def test_the_deltas_join_to_the_text_of_the_blocks():
    assert text(stream()) == 'hmmhello you{"command":"true"}'


def test_a_block_can_have_its_own_delay_and_pace():
    waits = [event.delay_s for event in stream() if event.data.get("index") == 1]

    assert waits == [2, 0.05, 0.05, 0.05, 0]


def test_the_stop_reason_says_whether_a_tool_is_called():
    assert ScriptedMessage(TURN, StreamDelays(), "m", 0).message["stop_reason"] == "tool_use"
    assert ScriptedMessage(Turn(block=(Text(text="a"),)), StreamDelays(), "m", 0).message["stop_reason"] == "end_turn"


def test_every_message_has_new_ids():
    first, second = (ScriptedMessage(TURN, StreamDelays(), "m", 0).message for _ in range(2))

    assert first["id"] != second["id"]
    assert first["content"][2]["id"] != second["content"][2]["id"]


def test_omitted_token_counts_are_a_quarter_of_the_characters():
    usage = ScriptedMessage(TURN, StreamDelays(), "m", 400).message["usage"]

    assert usage == {
        "input_tokens": 100,
        "output_tokens": 1 + len('hmmhello you{"command":"true"}') // 4,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
    }


def test_token_counts_of_the_script_are_used():
    turn = msgspec.structs.replace(TURN, usage=Usage(input_tokens=1, output_tokens=2, cache_read_input_tokens=3))

    usage = ScriptedMessage(turn, StreamDelays(), "m", 400).message["usage"]

    assert (usage["input_tokens"], usage["output_tokens"], usage["cache_read_input_tokens"]) == (1, 2, 3)


def test_a_cut_after_n_characters_loses_none():
    for chars in range(len('hmmhello you{"command":"true"}') + 1):
        before, after = split_at_fault(stream(), Cut(after_chars=chars))

        assert len(text(before)) == chars
        assert text(before) + text(after) == text(stream())
        assert before[-1].type not in {"message_delta", "message_stop"}


@pytest.mark.parametrize(("blocks", "expected"), [(0, ""), (1, "hmm"), (2, "hmmhello you")])
def test_a_cut_after_n_blocks(blocks: int, expected: str):
    before, _ = split_at_fault(stream(), Cut(after_blocks=blocks))

    stops = [event for event in before if event.type == "content_block_stop"]
    assert (text(before), len(stops)) == (expected, blocks)


@pytest.mark.parametrize("fault", [Cut(after_chars=10_000), Stall(after_blocks=99, silence_s=math.inf)])
def test_a_fault_past_the_end_occurs_before_the_message_is_complete(fault: Cut | Stall):
    before, after = split_at_fault(stream(), fault)

    assert text(before) == text(stream())
    assert [event.type for event in after] == ["message_delta", "message_stop"]
