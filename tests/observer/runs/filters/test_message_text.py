"""The text of messages as people read it, found whatever the pieces in which it came. Tests `matcher` too."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.format.event import Record
from observer.format.line import Line
from observer.runs.filters import message_text
from observer.runs.filters.filter import Filter
from observer.runs.filters.matcher import EventMatcher
from observer.runs.filters.pattern import Pattern
from tests.helpers import event

OFFSETS = itertools.count(1)


def record(kind: str, parent: str | None = None, /, **data: object) -> Record:
    return Record(Line(event(kind, parent, **data).rstrip(b"\n"), next(OFFSETS)))


def piece(
    text: str, message: str | None = "m1", block: object = 0, parent: str | None = None, **more: object
) -> Record:
    return record("thought", parent, text=text, message=message, block=block, **more)


def whole(text: str, message: str = "m1", parent: str | None = None, **more: object) -> Record:
    return record("message", parent, id=message, text=text, **more)


def found(pattern: str, *batches: list[Record], **conditions: object) -> list[list[Record]]:
    """Return what matches after each batch."""
    matcher = EventMatcher(Filter(grep=Pattern(pattern), **conditions))  # type: ignore[arg-type]
    return [matcher.take(batch) for batch in batches]


BASH = record("tool_use", id="a", name="Bash", input={"command": "ls"})
PIECES = [piece("the cat s"), piece("at on th"), piece("e mat")]


def test_a_match_across_pieces_shows_all_pieces_of_the_paragraph_and_not_the_message() -> None:
    others = [piece("before", block=9), BASH]
    assert found("cat sat on the mat", [*others, *PIECES, whole("the cat sat on the mat")]) == [PIECES]


def test_a_match_is_shown_while_it_streams_and_then_the_rest_of_the_paragraph() -> None:
    first, second, third = PIECES
    assert found("cat sat", [first], [second], [third], [whole("the cat sat on the mat")]) == [
        [], [first, second], [third], []
    ]  # fmt: skip


def test_without_a_message_event_text_is_joined_all_the_same() -> None:
    assert found("sat on", PIECES) == [PIECES]


def test_text_of_agents_that_write_at_once_is_not_mixed() -> None:
    inside = [piece("a dog ", "m2", parent="s"), piece("barks", "m2", parent="s")]
    mixed = [PIECES[0], inside[0], PIECES[1], inside[1], PIECES[2]]
    assert found("cat sat", mixed) == [PIECES]
    assert found("dog barks", mixed) == [inside]
    assert found("the cat sa dog", mixed) == [[]]


def test_blocks_thinking_and_replaced_text_are_paragraphs_of_their_own() -> None:
    thinking = [record("thinking", text=text, message="m1", block=0) for text in ("so ", "what")]
    assert found("so what", [*thinking, piece("the end")]) == [thinking]
    assert found("whatthe", [*thinking, piece("the end")]) == [[]]
    assert found("ab", [piece("a", block=0), piece("b", block=1)]) == [[]]
    again = piece("cat stood", replaces="m1")
    assert found("matcat", [*PIECES, again]) == [[]]
    assert found("cat stood", [*PIECES, again]) == [[again]]


def test_a_match_across_blocks_is_found_in_the_message() -> None:
    both = whole("ab")
    assert found("ab", [piece("a", block=0), piece("b", block=1), both]) == [[both]]


def test_a_message_is_shown_if_none_of_its_pieces_is() -> None:
    alone = whole("the cat sat on the mat")
    assert found("cat sat", [alone]) == [[alone]]
    assert found("cat sat", [*PIECES, alone], types=frozenset({"message"})) == [[alone]]
    refused = whole("", stop_reason="refusal")
    assert found("refusal", [*PIECES, refused]) == [[refused]]


def test_pieces_without_a_message_end_with_what_their_speaker_does_next() -> None:
    first, second = piece("one ", None), piece("two", None)
    heartbeat = record("heartbeat", idle_s=1)
    assert found("one two", [first, heartbeat, second]) == [[first, second]]
    assert found("one two", [first, BASH, second]) == [[]]


def test_other_fields_of_a_piece_match_too() -> None:
    odd = piece("x", note="a remark")
    assert found("a remark", [piece("y"), odd])[0][-1] is odd
    assert found("^m1$", PIECES) == [PIECES]


def test_fields_of_any_type_are_no_obstacle() -> None:
    odd = [
        record("thought", text="cat s", message=["m"], block={}),
        record("thought", text="at", message=1, block=None),
    ]
    assert found("cat", odd)[0][:1] == odd[:1]


def test_what_matches_besides_text_comes_after_the_text_before_it() -> None:
    push = record("tool_use", id="a", name="Bash", input={"command": "cat sat"})
    assert found("cat sat", [*PIECES, push]) == [[*PIECES, push]]


def test_a_text_that_goes_on_for_ever_is_searched_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_text, "MAX_CHARS", 100)
    monkeypatch.setattr(message_text, "_MAX_PIECES", 10)
    monkeypatch.setattr(message_text, "MAX_OPEN", 3)
    pieces = [piece(f"word {number} ") for number in range(200)]
    assert found("word 199", pieces)[0] == pieces[-len(found("word 199", pieces)[0]) :]
    many = [piece("cat s", f"m{number}") for number in range(9)] + [piece("at", f"m{number}") for number in range(9)]
    matcher = EventMatcher(Filter(grep=Pattern("cat sat")))
    assert len(matcher.take(many)) <= 6


@given(st.text("ab \n", max_size=30), st.lists(st.integers(1, 5), max_size=10), st.lists(st.integers(1, 3), max_size=5))
def test_the_same_paragraphs_are_found_however_a_text_is_cut(text: str, cuts: list[int], batches: list[int]) -> None:
    pieces, rest = [], text
    for cut in cuts:
        pieces.append(piece(rest[:cut]))
        rest = rest[cut:]
    pieces.append(piece(rest))
    matcher, left, shown = EventMatcher(Filter(grep=Pattern(r"ab\s?a"))), list(pieces), list[Record]()
    for count in [*batches, len(pieces)]:
        shown += matcher.take(left[:count])
        del left[:count]
    assert shown == (pieces if Pattern(r"ab\s?a").search(text) else [])
