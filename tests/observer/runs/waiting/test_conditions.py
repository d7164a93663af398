"""Tests the conditions of `observe wait`, and when a run meets them."""

import pytest

from observer.errors import UsageError
from observer.format.event import Event, decode
from observer.format.line import Line
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict
from observer.runs.waiting.conditions import parse_conditions
from tests.helpers import event


def decoded(data: bytes) -> Event:
    result = decode(Line(data.rstrip(b"\n"), 0))
    assert isinstance(result, Event)
    return result


PROGRESS = decoded(event("progress", passing=2, total=3))
BLOCKED = decoded(event("tool_result", name="Bash", status="blocked", reason="rm is not allowed"))


@pytest.mark.parametrize(
    ("conditions", "occurred", "state", "words"),
    [
        (["type=progress"], PROGRESS, RunState(), "progress event, seq 1"),
        (["type=error"], PROGRESS, RunState(), None),
        (["blocked"], BLOCKED, RunState(), "Bash was blocked: rm is not allowed"),
        (["blocked"], decoded(event("tool_result", name="Bash", status="error")), RunState(), None),
        (["progress=2"], PROGRESS, RunState(passing=2, total=3), "2 of 3 features pass"),
        (["progress=3"], PROGRESS, RunState(passing=2, total=3), None),
        (["progress=9", "progress=2"], PROGRESS, RunState(passing=2, total=3), "2 of 3 features pass"),
        (["progress=all"], PROGRESS, RunState(passing=2, total=3), None),
        (["progress=all"], PROGRESS, RunState(passing=3, total=3), "3 of 3 features pass"),
        (["progress=0"], PROGRESS, RunState(), None),
        (["complete"], PROGRESS, RunState(passing=3, total=3), None),
    ],
)
def test_an_event_meets_a_condition(conditions: list[str], occurred: Event, state: RunState, words: str | None) -> None:
    assert parse_conditions(conditions).match_event(occurred, state) == words


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_meets_the_condition_of_its_name_and_ended_any_final_one(verdict: Verdict) -> None:
    status = Status(verdict)
    assert parse_conditions(["ended"]).match_status(status) is verdict.final
    assert parse_conditions(["stalled", "failed"]).match_status(status) is (
        verdict in {Verdict.STALLED, Verdict.FAILED}
    )
    waiting = parse_conditions(["waiting-on-human"]).match_status(status)
    assert waiting is (verdict is Verdict.WAITING_ON_HUMAN)
    assert not parse_conditions(["blocked"]).match_status(status)


@pytest.mark.parametrize(
    "condition", ["", "finished", "progress=", "progress=-1", f"progress={'9' * 5000}", "type=", "working"]
)
def test_an_unknown_condition_is_rejected_with_the_list_of_conditions(condition: str) -> None:
    with pytest.raises(UsageError, match=r"unknown condition .*complete, failed, .*progress=all"):
        parse_conditions([condition])
