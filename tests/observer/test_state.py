"""The verdict on a run."""

import pytest

from observer.event import Event, decode
from observer.framing import Line
from observer.state import State, Verdict, fold, verdict

START = b'{"type":"run_start","run":"r","data":{"host":"here"}}'
WORK = b'{"type":"info","run":"r","data":{"message":"m"}}'


def after(*lines: bytes) -> State:
    state = State()
    for data in lines:
        event = decode(Line(data, 0))
        assert isinstance(event, Event)
        state = fold(state, event)
    return state


def complete(outcome: str) -> bytes:
    return b'{"type":"complete","run":"r","data":{"outcome":"%s"}}' % outcome.encode()


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("success", Verdict.COMPLETE),
        ("failed", Verdict.FAILED),
        ("budget", Verdict.FAILED),
        ("interrupted", Verdict.INTERRUPTED),
        ("never heard of", Verdict.FAILED),
    ],
)
def test_complete_tells_how_a_run_ended(outcome: str, expected: Verdict) -> None:
    assert verdict(after(START, WORK, complete(outcome)), hostname="here", locked=False) is expected


def test_a_writer_gone_without_complete_has_crashed() -> None:
    assert verdict(after(START, WORK), hostname="here", locked=False) is Verdict.CRASHED


@pytest.mark.parametrize(("hostname", "locked"), [("here", True), ("here", None), ("elsewhere", False)])
def test_no_crash_is_claimed_of_a_writer_that_lives_or_cannot_be_seen(hostname: str, locked: bool | None) -> None:
    assert verdict(after(START, WORK), hostname=hostname, locked=locked) is Verdict.WORKING


def test_a_file_of_another_program_never_crashes() -> None:
    assert verdict(after(WORK), hostname="here", locked=False) is Verdict.WORKING


def test_a_resumed_run_works_again() -> None:
    assert verdict(after(START, complete("failed"), WORK), hostname="here", locked=True) is Verdict.WORKING
