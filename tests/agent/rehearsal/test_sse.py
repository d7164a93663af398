"""A message as the events of a stream."""

from agent.rehearsal.answer import Json, answer
from agent.rehearsal.blocks import (
    Block,
    Raw,
    RedactedThinking,
    ServerToolUse,
    StreamDelays,
    Text,
    Thinking,
    ToolUse,
    WebSearchResult,
)
from agent.rehearsal.script import StopReason, Turn
from agent.rehearsal.sse import RawEvent, StreamEvent, stream_events


def stream(*blocks: Block) -> list[StreamEvent]:
    turn = Turn(block=blocks, stop_reason=StopReason.PAUSE_TURN, stop_details={"type": "note"})
    return stream_events(turn, answer(turn, "a-model", 400), StreamDelays(chars=10, ms=5))


def of_type(type_: str, events: list[StreamEvent]) -> list[Json]:
    return [event.data for event in events if event.type == type_]


def test_the_events_of_the_stream_are_those_of_the_api_in_order():
    events = stream(
        Thinking(thinking="hmm"), Text(text="hello you too"), ToolUse(name="Bash", input={"command": "true"})
    )

    assert [event.type.removeprefix("content_block_") for event in events] == [
        *["message_start", "ping"],
        *["start", "delta", "delta", "stop"],  # thinking and its signature
        *["start", "delta", "delta", "stop"],
        *["start", "delta", "delta", "stop"],
        *["message_delta", "message_stop"],
    ]


def test_how_a_message_stops_is_said_at_its_end():
    events = stream(Text(text="a"))

    [start], [end] = of_type("message_start", events), of_type("message_delta", events)
    assert (start["message"]["stop_reason"], start["message"]["content"]) == (None, [])
    assert end["delta"] == {"stop_reason": "pause_turn", "stop_sequence": None, "stop_details": {"type": "note"}}
    assert end["usage"]["input_tokens"] == 100


def test_a_block_can_have_its_own_delay_and_pace():
    events = stream(Text(text="a"), Text(text="hello you", delay_s=2, pace=StreamDelays(chars=4, ms=50)))

    assert [event.delay_s for event in events if event.data.get("index") == 1] == [2, 0.05, 0.05, 0.05, 0]


def test_the_input_of_a_server_tool_comes_in_pieces_and_its_result_whole():
    events = stream(ServerToolUse(name="web_search", input={"q": "a"}), WebSearchResult(content=[{"title": "t"}]))

    call, result = (event["content_block"] for event in of_type("content_block_start", events))
    [delta] = of_type("content_block_delta", events)
    assert (call["type"], call["input"]) == ("server_tool_use", {})
    assert delta["delta"] == {"type": "input_json_delta", "partial_json": '{"q":"a"}'}
    assert (result["tool_use_id"], result["content"]) == (call["id"], [{"title": "t"}])


def test_redacted_thinking_comes_whole_and_omitted_thinking_is_only_a_signature():
    events = stream(RedactedThinking(data="AAAA"), Thinking(thinking="", signature="c2ln"))

    redacted, omitted = (event["content_block"] for event in of_type("content_block_start", events))
    assert redacted == {"type": "redacted_thinking", "data": "AAAA"}
    assert omitted == {"type": "thinking", "thinking": "", "signature": ""}
    deltas = [event["delta"] for event in of_type("content_block_delta", events)]
    assert deltas == [{"type": "signature_delta", "signature": "c2ln"}]


def test_a_raw_block_comes_whole_whatever_its_type():
    content = {"type": "text", "text": "all at once", "more": 1}

    events = stream(Raw(content=content))

    assert [event["content_block"] for event in of_type("content_block_start", events)] == [content]
    assert of_type("content_block_delta", events) == []


def test_an_event_is_encoded_as_a_name_and_a_line_of_json():
    assert StreamEvent({"type": "ping"}).encoded == b'event: ping\ndata: {"type":"ping"}\n\n'


def test_a_raw_event_is_encoded_with_a_data_line_for_each_of_its_lines():
    assert RawEvent("odd", "{\nno json").encoded == b"event: odd\ndata: {\ndata: no json\n\n"
