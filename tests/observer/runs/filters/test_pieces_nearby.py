"""A piece of a text is joined with its neighbours; `test_block_matcher.py` compares what is found line by line."""

import json
from collections.abc import Sequence

import pytest

from observer.format import lines as lines_module
from observer.format.event import Event, decode
from observer.format.line import Line
from observer.format.line_block import LineBlock
from observer.format.lines import LineSplitter
from observer.runs.filters import pieces_nearby
from observer.runs.filters.pattern import Pattern
from observer.runs.filters.pieces_nearby import may_match_nearby


def piece(text: object, message: str = "m1", parent: str | None = None, block: int = 0) -> dict[str, object]:
    return {"type": "thought", "parent": parent, "data": {"text": text, "message": message, "block": block}}


def may_match(events: list[dict[str, object]], number: int, earlier: Sequence[dict[str, object]] = ()) -> bool:
    """Return whether it may match at one of some events, which are read at once, as earlier ones were."""
    splitter = LineSplitter()
    batches = [b"".join(json.dumps(event).encode() + b"\n" for event in [{}, *each]) for each in (earlier, events)]
    blocks = [block for block in map(splitter.feed_block, batches) if isinstance(block, LineBlock)]
    line = blocks[-1][1 + number]
    assert isinstance(line, Line)
    event = decode(line)
    assert isinstance(event, Event)
    return may_match_nearby(Pattern("needle"), blocks, event)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)


END = {"type": "message", "parent": None, "data": {"id": "m1", "text": ""}}


def test_a_text_that_goes_on_in_the_next_pieces_may_match() -> None:
    assert may_match([END, piece("a nee"), piece("d"), piece("le"), END], 1)
    assert may_match([END, piece("a nee"), piece("d"), piece("le"), END], 3)
    assert not may_match([END, piece("a nee"), piece("t"), piece("le"), END], 1)
    assert not may_match([END, piece("a nee"), piece("t"), piece("le"), END], 3)


def test_pieces_of_other_texts_stand_between_without_joining() -> None:
    others = [
        piece("dle", "m2"),
        piece("dle", parent="t1"),
        piece("dle", block=1),
        {"type": "info", "data": {"a": "m1"}},
    ]
    assert not may_match([END, piece("nee"), *others, piece("x"), END], 1)
    assert may_match([END, piece("nee"), *others, piece("dle"), END], 1)


def test_what_cannot_be_told_may_match() -> None:
    assert may_match([END, piece("nee")], 1)  # it may go on in the next block
    assert may_match([piece("dle"), END], 0, earlier=[piece("nee")])
    assert may_match([piece("dle"), END], 0, earlier=[piece("x")])  # it is not looked at what is far away
    assert not may_match([piece("dle"), END], 0)
    assert not may_match([piece("dle"), END], 0, earlier=[piece("nee", "m2")])
    assert may_match([END, piece("nee", "m/1"), piece("x" * 9, "m/1"), END], 1)
    assert may_match([END, piece("nee", ""), END], 1)


def test_pieces_that_are_far_away_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    events = [END, piece("nee"), {"type": "info", "data": {"text": "x" * 500}}, piece("x"), END]
    assert not may_match(events, 1)
    monkeypatch.setattr(pieces_nearby, "_NEAR_BYTES", 300)
    assert may_match(events, 1)
