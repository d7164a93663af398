"""Calls that are not shown are handed to a view with what refers to them."""

from itertools import count
from random import Random

import pytest

from observer.format import lines as lines_module
from observer.format.event import Record
from observer.format.line import Line
from observer.format.line_block import LineBlock
from observer.format.lines import LineSplitter
from observer.runs.filters import hidden_calls
from observer.runs.filters.hidden_calls import HiddenCalls
from tests.helpers import event

_OFFSETS = count()


def record(kind: str, parent: str | None = None, /, **data: object) -> Record:
    return Record(Line(event(kind, parent, **data).rstrip(b"\n"), next(_OFFSETS)))


def offsets(*records: Record) -> set[int]:
    return {record.line.offset for record in records}


CALL = record("tool_use", id="a", name="Bash")
RESULT = record("tool_result", tool_use_id="a", status="error")
INSIDE = record("error", "a", message="no")


def test_a_call_is_handed_over_with_its_result_or_with_the_first_event_of_its_subagent() -> None:
    calls = HiddenCalls()
    assert calls.take([CALL], set()) == []
    assert calls.take([INSIDE], offsets(INSIDE)) == [CALL]
    assert calls.take([RESULT], offsets(RESULT)) == []
    assert calls.take([CALL, RESULT], offsets(RESULT)) == [CALL]


def test_a_call_is_handed_over_with_the_end_of_its_subagent() -> None:
    end = record("subagent_complete", tool_use_id="a", status="failed")
    assert HiddenCalls().take([CALL, end], offsets(end)) == [CALL]
    assert HiddenCalls().take([CALL, end], set()) == []


def test_a_call_that_is_shown_or_whose_result_is_not_is_forgotten() -> None:
    calls = HiddenCalls()
    assert calls.take([CALL, RESULT], offsets(CALL, RESULT)) == []
    assert calls.take([CALL, RESULT], set()) == []
    assert calls.take([RESULT], offsets(RESULT)) == []


def test_the_number_of_calls_is_bounded() -> None:
    calls = HiddenCalls()
    many = [record("tool_use", id=str(number), name="Bash") for number in range(hidden_calls._MAX_CALLS + 1)]
    calls.take(many, set())
    results = [record("tool_result", tool_use_id=key, status="error") for key in ("0", "1")]
    assert calls.take(results, offsets(*results)) == [many[1]]


def test_of_many_lines_at_once_the_same_calls_are_handed_over() -> None:
    lines = [event("info", message="x" * 100)] * 1000
    lines[10], lines[500], lines[900] = (
        event("tool_use", id="a", name="Bash"),
        event("tool_result", tool_use_id="a", status="error"),
        event("tool_use", id="b", name="Read"),
    )
    block = LineSplitter().feed_block(b"".join(lines))
    assert isinstance(block, LineBlock)
    (result,) = [Record(line) for line in block.lines() if Record(line).type == "tool_result"]
    calls = HiddenCalls()
    assert [call.event.text("id") for call in calls.take_block(block, [result]) if call.event] == ["a"]
    assert HiddenCalls().take_block(block, []) == []
    assert calls.hidden("b") is not None


def test_the_same_calls_are_handed_over_whether_lines_come_together_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    handed_over = 0
    for seed in range(200):
        rng = Random(seed)
        kinds = rng.choices(["tool_use", "tool_use", "tool_result", "subagent_complete", "error"], k=30)
        lines = [
            event(
                kind,
                rng.choice([None, "a", "b"]),
                **{key: rng.choice("abcde") for key in ("id", "tool_use_id") if rng.random() < 0.9},
            )
            for kind in kinds
        ]
        lines[rng.randint(1, 29)] = rng.choice([b"torn\n", lines[0]])
        block = LineSplitter().feed_block(b"".join(lines))
        assert isinstance(block, LineBlock)
        shown = [Record(line) for line in block.lines() if rng.random() < 0.3]

        one_by_one = HiddenCalls().take(map(Record, block.lines()), offsets(*shown))
        together = HiddenCalls().take_block(block, shown)

        assert [call.line for call in together] == [call.line for call in one_by_one], f"seed {seed}"
        handed_over += len(together)
    assert handed_over > 100
