"""Calls that are not shown are handed to a view with what refers to them."""

from observer.format.event import Record
from observer.format.lines import Line
from observer.runs import open_calls
from observer.runs.open_calls import OpenCalls
from tests.helpers import event


def record(kind: str, parent: str | None = None, /, **data: object) -> Record:
    return Record(Line(event(kind, parent, **data).rstrip(b"\n"), 1))


CALL = record("tool_use", id="a", name="Bash")
RESULT = record("tool_result", tool_use_id="a", status="error")
INSIDE = record("error", "a", message="no")


def test_a_call_is_handed_over_with_its_result_or_with_the_first_event_of_its_subagent() -> None:
    calls = OpenCalls()
    assert calls.take([CALL], set()) == []
    assert calls.take([INSIDE], {id(INSIDE)}) == [CALL]
    assert calls.take([RESULT], {id(RESULT)}) == []
    assert calls.take([CALL, RESULT], {id(RESULT)}) == [CALL]


def test_a_call_is_handed_over_with_the_end_of_its_subagent() -> None:
    end = record("subagent_complete", tool_use_id="a", status="failed")
    assert OpenCalls().take([CALL, end], {id(end)}) == [CALL]
    assert OpenCalls().take([CALL, end], set()) == []


def test_a_call_that_is_shown_or_whose_result_is_not_is_forgotten() -> None:
    calls = OpenCalls()
    assert calls.take([CALL, RESULT], {id(CALL), id(RESULT)}) == []
    assert calls.take([CALL, RESULT], set()) == []
    assert calls.take([RESULT], {id(RESULT)}) == []


def test_the_number_of_calls_is_bounded() -> None:
    calls = OpenCalls()
    many = [record("tool_use", id=str(number), name="Bash") for number in range(open_calls._MAX_CALLS + 1)]
    calls.take(many, set())
    results = [record("tool_result", tool_use_id=key, status="error") for key in ("0", "1")]
    assert calls.take(results, set(map(id, results))) == [many[1]]
