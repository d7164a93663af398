"""A turn as the Messages API tells it: the whole message, the events of the stream, and where a fault parts them."""

import math

import msgspec
import pytest

from agent.rehearsal.script import Cut, Stall, StreamDelays, Text, Thinking, ToolUse, Turn, Usage
from agent.rehearsal.sse import Performance, Piece, parted

TURN = Turn(
    block=(
        Thinking(thinking="hmm"),
        Text(text="hello you", delay_s=2, pace=StreamDelays(chars=4, ms=50)),
        ToolUse(name="Bash", input={"command": "true"}),
    )
)


def pieces() -> list[Piece]:
    return Performance(TURN, StreamDelays(chars=10, ms=5), "a-model", 400).pieces()


def told(some: list[Piece]) -> str:
    deltas = [piece.event["delta"] for piece in some if piece.event["type"] == "content_block_delta"]
    return "".join(d.get("text", "") + d.get("thinking", "") + d.get("partial_json", "") for d in deltas)


def test_the_stream_has_the_events_of_the_api_in_their_order():
    kinds = [piece.event["type"].removeprefix("content_block_") for piece in pieces()]

    assert kinds == [
        *["message_start", "ping"],
        *["start", "delta", "delta", "stop"],  # thinking and its signature
        *["start", "delta", "delta", "delta", "stop"],
        *["start", "delta", "delta", "stop"],
        *["message_delta", "message_stop"],
    ]


def test_an_event_is_a_name_and_a_line_of_json():
    assert Piece({"type": "ping"}).encoded == b'event: ping\ndata: {"type":"ping"}\n\n'


def test_the_deltas_of_a_block_join_to_the_block():
    assert told(pieces()) == 'hmmhello you{"command":"true"}'


def test_a_block_waits_and_keeps_its_own_pace():
    waits = [piece.wait_s for piece in pieces() if piece.event.get("index") == 1]

    assert waits == [2, 0.05, 0.05, 0.05, 0]


def test_a_message_that_calls_a_tool_stops_for_it():
    assert Performance(TURN, StreamDelays(), "m", 0).message["stop_reason"] == "tool_use"
    assert Performance(Turn(block=(Text(text="a"),)), StreamDelays(), "m", 0).message["stop_reason"] == "end_turn"


def test_ids_are_new_every_time():
    first, second = (Performance(TURN, StreamDelays(), "m", 0).message for _ in range(2))

    assert first["id"] != second["id"]
    assert first["content"][2]["id"] != second["content"][2]["id"]


def test_tokens_left_out_are_a_quarter_of_the_characters():
    usage = Performance(TURN, StreamDelays(), "m", 400).message["usage"]

    assert usage == {
        "input_tokens": 100,
        "output_tokens": 1 + len('hmmhello you{"command":"true"}') // 4,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
    }


def test_given_tokens_are_told():
    turn = msgspec.structs.replace(TURN, usage=Usage(input_tokens=1, output_tokens=2, cache_read_input_tokens=3))

    usage = Performance(turn, StreamDelays(), "m", 400).message["usage"]

    assert (usage["input_tokens"], usage["output_tokens"], usage["cache_read_input_tokens"]) == (1, 2, 3)


@pytest.mark.parametrize("chars", range(len('hmmhello you{"command":"true"}') + 1))
def test_a_cut_falls_after_exactly_so_many_characters_and_loses_none(chars: int):
    before, after = parted(pieces(), Cut(after_chars=chars))

    assert len(told(before)) == chars
    assert told(before) + told(after) == told(pieces())
    assert before[-1].event["type"] not in {"message_delta", "message_stop"}


@pytest.mark.parametrize(("blocks", "said"), [(0, ""), (1, "hmm"), (2, "hmmhello you")])
def test_a_cut_falls_after_so_many_whole_blocks(blocks: int, said: str):
    before, _ = parted(pieces(), Cut(after_blocks=blocks))

    stops = [piece for piece in before if piece.event["type"] == "content_block_stop"]
    assert (told(before), len(stops)) == (said, blocks)


@pytest.mark.parametrize("fault", [Cut(after_chars=10_000), Stall(after_blocks=99, silence_s=math.inf)])
def test_a_fault_past_the_end_strikes_before_the_message_is_complete(fault: Cut | Stall):
    before, after = parted(pieces(), fault)

    assert told(before) == told(pieces())
    assert [piece.event["type"] for piece in after] == ["message_delta", "message_stop"]
