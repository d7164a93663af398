"""Where a fault splits the events of a stream, and what is sent from there on."""

import itertools
import math

import pytest

from agent.rehearsal.answer import answer
from agent.rehearsal.blocks import StreamDelays, Text, Thinking, ToolUse
from agent.rehearsal.faults import Cut, End, ErrorEvent, EventName, Insert, Omit, Stall
from agent.rehearsal.faulty_stream import Event, faulty_stream, split_at_fault
from agent.rehearsal.script import StopReason, Turn
from agent.rehearsal.sse import RawEvent, StreamEvent, stream_events

ALL = 'hmmhello you{"command":"true"}'
TURN = Turn(
    block=(Thinking(thinking="hmm"), Text(text="hello you"), ToolUse(name="Bash", input={"command": "true"})),
)
EVENTS = stream_events(TURN, answer(TURN, "m", 0), StreamDelays(chars=4, ms=50))


def text(events: list[StreamEvent]) -> str:
    deltas = [event.data["delta"] for event in events if event.type == "content_block_delta"]
    return "".join(d.get("text", "") + d.get("thinking", "") + d.get("partial_json", "") for d in deltas)


def names(events: list[Event]) -> list[str]:
    return [event.name if isinstance(event, RawEvent) else event.type for event in events]


def test_a_cut_after_n_characters_loses_none():
    assert text(EVENTS) == ALL
    for chars in range(len(ALL) + 1):
        before, after = split_at_fault(EVENTS, Cut(after_chars=chars))

        assert len(text(before)) == chars
        assert text(before) + text(after) == ALL
        assert before[-1].type not in {"message_delta", "message_stop"}


@pytest.mark.parametrize(("blocks", "expected"), [(0, ""), (1, "hmm"), (2, "hmmhello you")])
def test_a_cut_after_n_blocks(blocks: int, expected: str):
    before, _ = split_at_fault(EVENTS, Cut(after_blocks=blocks))

    stops = [event for event in before if event.type == "content_block_stop"]
    assert (text(before), len(stops)) == (expected, blocks)


@pytest.mark.parametrize("fault", [Cut(after_chars=10_000), Stall(after_blocks=99, silence_s=math.inf)])
def test_a_fault_past_the_end_occurs_before_the_message_is_complete(fault: Cut | Stall):
    before, after = split_at_fault(EVENTS, fault)

    assert text(before) == ALL
    assert [event.type for event in after] == ["message_delta", "message_stop"]


@pytest.mark.parametrize("name", list(EventName))
def test_a_fault_can_be_before_the_first_event_of_a_name(name: EventName):
    before, after = split_at_fault(EVENTS, Cut(before=name))

    assert before + after == EVENTS
    assert after[0].type == name
    assert name not in [event.type for event in before]


def test_a_fault_before_an_event_that_does_not_come_is_before_the_end():
    turn = Turn(stop_reason=StopReason.END_TURN)
    empty = stream_events(turn, answer(turn, "m", 0), StreamDelays())

    _, after = split_at_fault(empty, Cut(before=EventName.BLOCK_DELTA))

    assert [event.type for event in after] == ["message_delta", "message_stop"]


def test_without_a_fault_nothing_changes():
    assert list(faulty_stream(EVENTS, None)) == EVENTS


@pytest.mark.parametrize("fault", [Cut(after_blocks=1), End(after_blocks=1)])
def test_after_a_cut_or_an_end_nothing_follows(fault: Cut | End):
    assert list(faulty_stream(EVENTS, fault)) == EVENTS[:6]


def test_a_silent_stall_delays_the_next_event():
    events = list(faulty_stream(EVENTS, Stall(after_blocks=1, silence_s=3)))

    assert [event.delay_s for event in events[5:8]] == [0, 3, 0.05]
    assert names(events) == names(list(EVENTS))


def test_a_stall_with_pings_sends_them_in_between():
    events = list(faulty_stream(EVENTS, Stall(after_blocks=1, silence_s=1, ping_s=0.25)))

    assert names(events[6:10]) == ["ping"] * 4
    assert [event.delay_s for event in events[6:10]] == [0.25] * 4
    assert events[:6] + events[10:] == EVENTS


def test_pings_can_go_on_for_ever():
    events = faulty_stream(EVENTS, Stall(before=EventName.MESSAGE_START, ping_s=1))

    assert set(names(list(itertools.islice(events, 1000)))) == {"ping"}


def test_an_error_ends_the_stream():
    *before, error = faulty_stream(EVENTS, ErrorEvent(after_blocks=1, message="too much"))

    assert before == EVENTS[:6]
    assert error == StreamEvent({"type": "error", "error": {"type": "overloaded_error", "message": "too much"}})


def test_an_inserted_event_is_sent_as_it_is_and_the_message_goes_on():
    events = list(faulty_stream(EVENTS, Insert(after_blocks=1, event="odd", data="{not json")))

    assert events[6] == RawEvent("odd", "{not json")
    assert events[:6] + events[7:] == EVENTS


@pytest.mark.parametrize("name", list(EventName))
def test_events_can_be_omitted(name: EventName):
    events = list(faulty_stream(EVENTS, Omit(event=name)))

    assert events == [event for event in EVENTS if event.type != name]
    assert events != EVENTS
