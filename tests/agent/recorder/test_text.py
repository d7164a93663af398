"""Text reaches the file piece by piece and exactly once, whatever happens to the stream."""

import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.events import Event, Thinking, Thought
from agent.recorder.text import TextStream


def nothing_pending(_text: str) -> int:
    return 0


def start(message: str) -> dict[str, Any]:
    return {"type": "message_start", "message": {"id": message}}


def block(index: int, kind: str = "text") -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, kind: ""}}


def delta(index: int, text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


END = {"type": "message_stop"}


def streamed(text_stream: TextStream, *events: dict[str, Any]) -> list[Event]:
    return [written for event in events for written in text_stream.stream(event)]


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


def test_every_delta_is_written_at_once_and_the_complete_text_adds_nothing() -> None:
    text_stream = TextStream(nothing_pending)

    deltas = streamed(text_stream, start("m1"), block(0), delta(0, "Hel"), delta(0, "lo"))
    rest = [*text_stream.complete_block("m1", Thought, "Hello"), *streamed(text_stream, stop(0), END)]

    assert deltas == [Thought(text="Hel", message="m1", block=0), Thought(text="lo", message="m1", block=0)]
    assert rest == []


def test_a_message_that_was_never_streamed_is_written_completely() -> None:
    assert list(TextStream(nothing_pending).complete_block("m1", Thought, "Hello")) == [
        Thought(text="Hello", message="m1", block=0)
    ]


def test_two_blocks_of_one_unstreamed_message_stay_separate() -> None:
    text_stream = TextStream(nothing_pending)
    events = [*text_stream.complete_block("m1", Thinking, "Hm."), *text_stream.complete_block("m1", Thought, "So.")]
    assert events == [Thinking(text="Hm.", message="m1", block=0), Thought(text="So.", message="m1", block=1)]


def test_after_a_broken_stream_only_the_rest_is_written_when_the_answer_is_the_same() -> None:
    text_stream = TextStream(nothing_pending)
    before = streamed(text_stream, start("m1"), block(0), delta(0, "Hello wo"), stop(0), END)

    after = list(text_stream.complete_block("m2", Thought, "Hello world"))

    assert after == [Thought(text="rld", message="m1", block=0)]
    assert reader_text(before + after) == "Hello world"


def test_after_a_broken_stream_a_different_answer_replaces_the_text() -> None:
    text_stream = TextStream(nothing_pending)
    before = streamed(text_stream, start("m1"), block(0), delta(0, "Hello wo"))

    after = list(text_stream.complete_block("m2", Thought, "Good morning"))

    assert after == [Thought(text="Good morning", message="m2", block=0, replaces="m1")]
    assert reader_text(before + after) == "Good morning"


def test_a_second_stream_is_compared_while_it_is_written() -> None:
    text_stream = TextStream(nothing_pending)
    before = streamed(text_stream, start("m1"), block(0), delta(0, "Hello"))

    after = streamed(
        text_stream, start("m2"), block(0), delta(0, "Hel"), delta(0, "lo wo"), delta(0, "rld"), stop(0), END
    )

    assert [event.text for event in after if isinstance(event, Thought)] == [" wo", "rld"]
    assert reader_text(before + after) == "Hello world"


def test_a_complete_block_stays_although_its_message_broke() -> None:
    text_stream = TextStream(nothing_pending)
    events = streamed(text_stream, start("m1"), block(0), delta(0, "One. "))
    events += [*text_stream.complete_block("m1", Thought, "One. "), *streamed(text_stream, stop(0), END)]
    events += streamed(text_stream, start("m2"), block(0), delta(0, "Resumed."))
    assert reader_text(events) == "One. Resumed."


def test_a_block_that_the_second_answer_lacks_is_retracted() -> None:
    text_stream = TextStream(nothing_pending)
    events = streamed(text_stream, start("m1"), block(0), delta(0, "One."), stop(0), block(1), delta(1, "Two"), END)
    events += list(text_stream.complete_block("m2", Thought, "One."))
    events += list(text_stream.complete_block("m3", Thought, " Next."))
    assert reader_text(events) == "One. Next."


def test_text_that_may_be_a_secret_waits_for_the_next_piece() -> None:
    text_stream = TextStream(lambda text: 3 if text.endswith("sk-") else 0)

    first = streamed(text_stream, start("m1"), block(0), delta(0, "the key sk-"))
    second = streamed(text_stream, delta(0, " is short"))

    assert [event.text for event in first + second if isinstance(event, Thought)] == ["the key ", "sk- is short"]


def test_pending_text_is_written_when_its_block_ends() -> None:
    text_stream = TextStream(len)
    assert streamed(text_stream, start("m1"), block(0), delta(0, "Hello")) == []
    assert streamed(text_stream, stop(0)) == [Thought(text="Hello", message="m1", block=0)]


def pieces(text: str, cuts: list[int]) -> Iterator[str]:
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return (text[a:b] for a, b in itertools.pairwise(edges))


@given(
    first=st.text(max_size=30),
    second=st.text(min_size=1, max_size=30),
    shared=st.integers(0, 30),
    cuts=st.lists(st.integers(0, 60), max_size=5),
    streams_again=st.booleans(),
    held=st.integers(0, 4),
)
def test_text_is_written_exactly_once_wherever_the_stream_breaks(
    first: str, second: str, shared: int, cuts: list[int], streams_again: bool, held: int
) -> None:
    second = first[:shared] + second
    text_stream = TextStream(lambda text: min(held, len(text)))
    events = streamed(text_stream, start("m1"), block(0), *(delta(0, piece) for piece in pieces(first, cuts)))
    if streams_again:
        events += streamed(text_stream, start("m2"), block(0), *(delta(0, piece) for piece in pieces(second, cuts)))
    events += list(text_stream.complete_block("m2", Thought, second))
    events += streamed(text_stream, stop(0), END)
    assert reader_text(events) == second
