"""Text reaches the file piece by piece and exactly once, whatever happens to the stream."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.events import Event, Phase, Thinking, Thought
from agent.recorder.text.text_stream import TextStream
from agent.runlog.encoder import LineEncoder
from agent.runlog.redaction.redact import Redactor
from tests.agent.runlog.redaction.pieces import HOLDING_NOTHING, holding


def start(message: str) -> dict[str, Any]:
    return {"type": "message_start", "message": {"id": message}}


def block(index: int, kind: str = "text") -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, kind: ""}}


def delta(index: int, text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


END = {"type": "message_stop"}


def streamed(text_stream: TextStream, *events: dict[str, Any], now: float = 0.0) -> list[Event]:
    return [written for event in events for written in text_stream.stream(event, now)]


def texts(events: Iterable[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Thought | Thinking)]


def reader_text(events: list[Event]) -> str:
    """Return the text that a reader of the file gets by the rule of docs/run-file.md."""
    blocks: dict[tuple[str, int], str] = {}
    for event in events:
        assert isinstance(event, Thought | Thinking)
        if event.replaces is not None:
            blocks.pop((event.replaces, event.block), None)
        key = event.message, event.block
        blocks[key] = blocks.get(key, "") + event.text
    return "".join(blocks.values())


def test_deltas_are_put_together_and_the_complete_text_adds_nothing() -> None:
    text_stream = TextStream(HOLDING_NOTHING)

    deltas = streamed(text_stream, start("m1"), block(0), delta(0, "Hel"), delta(0, "lo"))
    complete = list(text_stream.complete_block("m1", "text", "Hello"))
    rest = streamed(text_stream, stop(0), END)

    assert (deltas, rest) == ([], [])
    assert complete == [Thought(text="Hello", message="m1", block=0)]
    assert text_stream.waiting_since is None


def test_a_piece_is_written_once_it_has_eighty_characters() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    events = streamed(text_stream, start("m1"), block(0), *(delta(0, "seven77") for _ in range(24)))
    assert texts(events) == ["seven77" * 12, "seven77" * 12]


@pytest.mark.parametrize(("pause_s", "lines", "size"), [(0.005, 8.0, 6.0), (0.02, 2.5, 2.5)])
def test_pieces_make_a_file_smaller_than_deltas_do(pause_s: float, lines: float, size: float) -> None:
    """At 1400 characters a second, as models write at best, and at 350. The factors are those of lines and of bytes."""
    deltas = [Thought(text="seven77", message="msg_" + "a" * 32, block=1) for _ in range(500)]
    text_stream = TextStream(HOLDING_NOTHING)
    pieces = streamed(text_stream, start(deltas[0].message), block(1))
    for number in range(len(deltas)):
        pieces += streamed(text_stream, delta(1, "seven77"), now=number * pause_s)
    pieces += streamed(text_stream, stop(1))
    encoder = LineEncoder("20261123T011230Z-7f3a9c", lambda: 0)

    def size_of(events: Iterable[Event]) -> int:
        return sum(len(b"".join(encoder.encode(event, Phase.CODING, 3, None))) for event in events)

    assert "".join(texts(pieces)) == "seven77" * 500
    assert len(deltas) / len(pieces) > lines
    assert size_of(deltas) / size_of(pieces) > size


def test_a_piece_that_has_waited_is_written_with_the_delta_that_comes_then() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    streamed(text_stream, start("m1"), block(0), delta(0, "a"), now=10.0)
    assert streamed(text_stream, delta(0, "b"), now=10.04) == []
    assert text_stream.waiting_since == 10.0
    assert texts(streamed(text_stream, delta(0, "c"), now=10.06)) == ["abc"]
    assert text_stream.waiting_since is None


def test_a_piece_that_nothing_follows_is_written_on_demand() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    streamed(text_stream, start("m1"), block(0), delta(0, "a"), now=10.0)
    assert texts(text_stream.flush()) == ["a"]
    assert texts(text_stream.flush()) == []
    assert texts(streamed(text_stream, delta(0, "b"), stop(0), now=20.0)) == ["b"]


def test_pieces_of_two_blocks_are_not_put_together() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    events = streamed(text_stream, start("m1"), block(0), delta(0, "a"), block(1), delta(1, "b"), stop(1))
    assert events == [Thought(text="a", message="m1", block=0), Thought(text="b", message="m1", block=1)]


def test_a_message_that_was_never_streamed_is_written_completely() -> None:
    assert list(TextStream(HOLDING_NOTHING).complete_block("m1", "text", "Hello")) == [
        Thought(text="Hello", message="m1", block=0)
    ]


def test_two_blocks_of_one_unstreamed_message_stay_separate() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    events = [*text_stream.complete_block("m1", "thinking", "Hm."), *text_stream.complete_block("m1", "text", "So.")]
    assert events == [Thinking(text="Hm.", message="m1", block=0), Thought(text="So.", message="m1", block=1)]


def test_after_a_broken_stream_only_the_rest_is_written_when_the_answer_is_the_same() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    before = streamed(text_stream, start("m1"), block(0), delta(0, "Hello wo"), stop(0), END)

    after = list(text_stream.complete_block("m2", "text", "Hello world"))

    assert after == [Thought(text="rld", message="m1", block=0)]
    assert reader_text(before + after) == "Hello world"


def test_after_a_broken_stream_a_different_answer_replaces_the_text() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    before = [*streamed(text_stream, start("m1"), block(0), delta(0, "Hello wo")), *text_stream.flush()]

    after = list(text_stream.complete_block("m2", "text", "Good morning"))

    assert after == [Thought(text="Good morning", message="m2", block=0, replaces="m1")]
    assert reader_text(before + after) == "Good morning"


def test_a_piece_that_still_waits_when_its_stream_breaks_is_not_written() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    before = streamed(text_stream, start("m1"), block(0), delta(0, "Hello wo"))
    after = list(text_stream.complete_block("m2", "text", "Good morning"))
    assert [*before, *after] == [Thought(text="Good morning", message="m2", block=0)]


def test_a_second_stream_is_compared_while_it_is_written() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    before = streamed(text_stream, start("m1"), block(0), delta(0, "Hello"), stop(0))

    after = streamed(text_stream, start("m2"), block(0), delta(0, "Hel"))
    after += [*text_stream.flush(), *streamed(text_stream, delta(0, "lo wo"))]
    after += [*text_stream.flush(), *streamed(text_stream, delta(0, "rld"), stop(0), END)]

    assert texts(after) == [" wo", "rld"]
    assert reader_text(before + after) == "Hello world"


def test_a_complete_block_stays_although_its_message_broke() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    events = streamed(text_stream, start("m1"), block(0), delta(0, "One. "))
    events += [*text_stream.complete_block("m1", "text", "One. "), *streamed(text_stream, stop(0), END)]
    events += streamed(text_stream, start("m2"), block(0), delta(0, "Resumed."), stop(0))
    assert reader_text(events) == "One. Resumed."


def test_a_block_that_the_second_answer_lacks_is_retracted() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    events = streamed(text_stream, start("m1"), block(0), delta(0, "One."), stop(0), block(1), delta(1, "Two"), END)
    events += list(text_stream.complete_block("m2", "text", "One."))
    events += list(text_stream.complete_block("m3", "text", " Next."))
    assert reader_text(events) == "One. Next."


def test_what_a_second_broken_stream_did_not_reach_is_compared_with_the_third() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    events = streamed(text_stream, start("m1"), block(0), delta(0, "Hello wo"), stop(0), END, start("m2"), END)
    events += streamed(text_stream, start("m3"), block(0), delta(0, "Good morning"), stop(0), {"type": "message_delta"})
    assert reader_text(events) == "Good morning"


def test_text_that_nothing_repeats_before_the_end_of_the_turn_is_no_version_of_the_next_message() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    events = streamed(text_stream, start("m1"), block(0), delta(0, "Hello wo"), stop(0), END, start("m2"), END)
    events += text_stream.cut()
    events += streamed(text_stream, start("m3"), block(0), delta(0, "Once more."), stop(0))
    assert reader_text(events) == "Hello woOnce more."


def test_a_stream_without_its_beginning_adds_nothing_to_the_message_before_it() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    events = streamed(text_stream, start("m1"), block(0), delta(0, "First."))
    events += [*text_stream.complete_block("m1", "text", "First."), *streamed(text_stream, stop(0), END)]

    events += streamed(text_stream, block(0), delta(0, "Second."), stop(0), now=1.0)
    events += text_stream.complete_block("m2", "text", "Second.")

    assert [(event.message, event.text) for event in events if isinstance(event, Thought)] == [
        ("m1", "First."),
        ("m2", "Second."),
    ]


def test_text_that_may_be_a_secret_waits_for_the_next_piece() -> None:
    text_stream = TextStream(holding(lambda text: 3 if text.endswith("sk-") else 0))

    first = [*streamed(text_stream, start("m1"), block(0), delta(0, "the key sk-")), *text_stream.flush()]
    second = [*streamed(text_stream, delta(0, " is short")), *text_stream.flush()]

    assert [texts(first), texts(second)] == [["the key "], ["sk- is short"]]


def test_pending_text_is_written_when_its_message_ends_although_it_never_arrives_complete() -> None:
    text_stream = TextStream(holding(len))
    assert streamed(text_stream, start("m1"), block(0), delta(0, "Hello"), stop(0)) == []
    assert streamed(text_stream, {"type": "message_delta"}) == [Thought(text="Hello", message="m1", block=0)]


def test_a_secret_is_whole_in_one_piece_although_its_stream_breaks_in_the_middle_of_it() -> None:
    redactor = Redactor({"DEPLOY_PASSWORD": "correct-horse-battery"})
    text_stream = TextStream(redactor.redact_piece)
    events = streamed(text_stream, start("m1"), block(0), delta(0, "Use correct-hor"), stop(0), END)
    events += streamed(text_stream, start("m2"), block(0), delta(0, "Use correct-horse-battery now."), stop(0))
    assert texts(events) == ["Use ", "[redacted:DEPLOY_PASSWORD] now."]


def test_thinking_that_the_api_has_encrypted_leaves_its_mark_once() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    events = streamed(text_stream, start("m1"), block(0, "redacted_thinking"), stop(0), block(1), delta(1, "So."))
    events += text_stream.dropped_block("m1")
    events += text_stream.complete_block("m1", "text", "So.")
    assert events == [
        Thinking(text="", message="m1", block=0, redacted=True),
        Thought(text="So.", message="m1", block=1),
    ]


def test_encrypted_thinking_of_a_subagent_is_what_the_sdk_leaves_of_it() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    assert list(text_stream.dropped_block("m1")) == [Thinking(text="", message="m1", block=0, redacted=True)]


def test_what_the_sdk_leaves_of_the_result_of_a_server_tool_is_no_thinking() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    assert list(text_stream.complete_block("m1", "server_tool_use")) == []
    assert list(text_stream.dropped_block("m1")) == []


def test_encrypted_thinking_of_a_stream_that_broke_is_not_marked_again() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    kind = "redacted_thinking"
    events = streamed(text_stream, start("m1"), block(0, kind), stop(0), END, start("m2"), block(0, kind), stop(0))
    assert events == [Thinking(text="", message="m1", block=0, redacted=True)]


@pytest.mark.parametrize(
    ("blocks", "text"),
    [
        ([("text", "It is "), ("text", "so.")], "It is so."),
        ([("text", "First."), ("thinking", "Hm."), ("text", "Then.")], "First.\n\nThen."),
        ([("text", "First."), ("tool_use", ""), ("text", "Then.")], "First.\n\nThen."),
        ([("thinking", "Hm."), ("tool_use", "")], ""),
    ],
)
def test_the_text_of_a_message_joins_its_blocks(blocks: list[tuple[str, str]], text: str) -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    for kind, piece in blocks:
        list(text_stream.complete_block("m1", kind, piece))
    assert text_stream.text() == text


def test_the_text_of_a_broken_message_is_that_of_its_complete_blocks() -> None:
    text_stream = TextStream(HOLDING_NOTHING)
    streamed(text_stream, start("m1"), block(0), delta(0, "One. "))
    list(text_stream.complete_block("m1", "text", "One. "))
    streamed(text_stream, stop(0), block(1), delta(1, "Tw"), stop(1), END)
    assert (text_stream.text(complete=True), text_stream.text()) == ("One. ", "One. Tw")


@pytest.mark.parametrize(("held", "written"), [(3, "Hello world!"), (8, "Hell")])
def test_a_text_that_is_cut_off_loses_only_what_may_be_most_of_a_secret(held: int, written: str) -> None:
    text_stream = TextStream(holding(lambda text: min(held, len(text))))
    streamed(text_stream, start("m1"), block(0), delta(0, "Hello world!"))
    events = list(text_stream.cut())
    assert ("".join(texts(events)), text_stream.text()) == (written, written)


def pieces(text: str, cuts: list[int]) -> Iterator[str]:
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return (text[a:b] for a, b in itertools.pairwise(edges))


@given(
    broken=st.lists(st.text(max_size=30), min_size=1, max_size=3),
    last=st.text(min_size=1, max_size=30),
    shared=st.integers(0, 30),
    cuts=st.lists(st.integers(0, 60), max_size=5),
    pauses=st.sets(st.integers(0, 24)),
    streams_again=st.booleans(),
    held=st.integers(0, 4),
)
@example(broken=["Hello", "He"], last="llo world", shared=2, cuts=[], pauses={2, 5}, streams_again=True, held=0)
@example(broken=["Hello", ""], last="Good morning", shared=0, cuts=[], pauses={2}, streams_again=False, held=0)
def test_text_is_written_exactly_once_wherever_its_streams_break_or_pause(
    broken: list[str], last: str, shared: int, cuts: list[int], pauses: set[int], streams_again: bool, held: int
) -> None:
    last = broken[0][:shared] + last
    text_stream = TextStream(holding(lambda text: min(held, len(text))))
    deltas: list[dict[str, Any]] = []
    for number, text in enumerate([*broken, last] if streams_again else broken):
        message = "last" if number == len(broken) else f"m{number}"
        deltas += [start(message), block(0), *(delta(0, piece) for piece in pieces(text, cuts))]
    events: list[Event] = []
    for number, event in enumerate(deltas):
        events += streamed(text_stream, event, now=number / 100)
        if number in pauses:
            events += text_stream.flush()
    events += list(text_stream.complete_block("last", "text", last))
    events += streamed(text_stream, stop(0), {"type": "message_delta"}, END)
    assert reader_text([*events, *text_stream.settle()]) == last
    assert text_stream.text() == last
