"""What counts as trouble, by itself and as the end of a stall; whatever a view paints as alarming does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem

from observer.format.event import Event
from observer.format.line import Line
from observer.runs.trouble import TroubleFinder, is_trouble
from observer.terminal.pretty_view import PrettyView
from observer.terminal.screen import Screen
from observer.terminal.theme import Role
from tests.observer.terminal.rendering import RecordingSink, records
from tests.observer.written import every_status

ALARMS = dict.fromkeys(Role, "") | dict.fromkeys((Role.BAD, Role.BLOCKED, Role.WARNING), "reverse")


def is_painted(line: str) -> bool:
    """Return whether the pretty view paints something of an event in an alarming colour."""
    out = RecordingSink()
    view = PrettyView(out, Screen(width=lambda: 500, colors=ColorSystem.STANDARD, theme=ALARMS))
    view.show(records(line))
    view.close()
    return "\x1b[7m" in out.text


def test_whatever_the_pretty_view_paints_as_alarming_is_trouble() -> None:
    painted = [line for line in map(json.dumps, every_status()) if is_painted(line)]
    assert len({json.loads(line)["type"] for line in painted}) >= 11
    assert [line for line in painted if not is_trouble(records(line)[0].event)] == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("tool_result", {"status": "cancelled"}, True),
        ("tool_result", {}, False),
        ("subagent_complete", {"status": "completed"}, False),
        ("subagent_complete", {"status": "killed"}, True),
        ("session_end", {"outcome": "interrupted"}, True),
        ("info", {"kind": "stuck"}, True),
        ("message", {"stop_reason": "refusal"}, True),
        ("rate_limit", {"status": "allowed", "utilization": 0.2}, False),
        ("rate_limit", {"status": "allowed_warning"}, True),
        ("complete", {"outcome": "success", "blocked": []}, False),
        ("progress", {"changed": [{"name": "a", "passes": True}, {"name": "b", "passes": False}]}, True),
        ("heartbeat", {"idle_s": 601, "state": "waiting_on_model"}, True),
        ("heartbeat", {"idle_s": 601, "state": "in_tool", "in_flight": [{"id": "a", "name": "Bash"}]}, False),
        ("heartbeat", {"idle_s": 601, "state": "retrying", "until": "2026-11-23T02:00:00Z"}, False),
        ("heartbeat", {"idle_s": 599, "state": "waiting_on_model"}, False),
        ("heartbeat", {"idle_s": 1, "state": "waiting_on_human"}, True),
        ("thought", {"text": "so", "replaces": None}, False),
    ],
)
def test_an_event_is_trouble_by_what_it_states(kind: str, data: dict[str, object], expected: bool) -> None:
    assert is_trouble(Event(Line(b"", 0), kind, data)) is expected


def at(second: int, kind: str, **data: object) -> Event:
    return Event(Line(b"", 0), kind, data, timestamp=f"2026-11-23T01:{second // 60:02}:{second % 60:02}.000000Z")


def beat(second: int, idle_s: float, state: str = "waiting_on_model") -> Event:
    return at(second, "heartbeat", idle_s=idle_s, state=state)


def test_a_silence_in_which_heartbeats_are_missing_is_a_stall() -> None:
    finder = TroubleFinder()
    events = [at(0, "run_start", heartbeat_s=5.0), at(5, "thought"), at(20, "thought"), at(36, "thought")]
    assert [finder.take(event) for event in events] == [(False, None)] * 3 + [(True, 16.0)]


def test_without_heartbeats_and_after_the_end_of_a_run_a_silence_is_none() -> None:
    silent = TroubleFinder()
    assert [silent.take(event)[0] for event in (at(0, "thought"), at(300, "thought"))] == [False, False]
    ended = TroubleFinder()
    events = [at(0, "run_start", heartbeat_s=5.0), at(5, "complete", outcome="success"), at(300, "info")]
    assert [ended.take(event)[0] for event in events] == [False] * 3


def test_a_standstill_is_told_when_it_is_seen_and_when_it_ends() -> None:
    finder = TroubleFinder(stall_after_s=10)
    events = [beat(0, 9), beat(5, 14), beat(10, 19), at(11, "thought"), beat(15, 4)]
    assert [finder.take(event) for event in events] == [
        (False, None), (True, None), (False, None), (True, 19.0), (False, None)
    ]  # fmt: skip


def test_a_wait_for_a_person_is_told_once() -> None:
    finder = TroubleFinder()
    asking = "waiting_on_human"
    events = [beat(0, 1, asking), beat(5, 6, asking), at(6, "tool_result", status="success"), beat(10, 1, asking)]
    assert [finder.take(event)[0] for event in events] == [True, False, False, True]


_STAMPS = (
    *(f"2026-11-23T01:{minute:02}:{second:02}.000000Z" for minute in (12, 13, 40) for second in (0, 9, 10, 19, 45)),
    "", "soon", "2026", None,
)  # fmt: skip
_STARTS = ({"heartbeat_s": 1}, {"heartbeat_s": 5})
_HEARTBEATS = ({"idle_s": 1}, {"idle_s": 700}, {"idle_s": 800}, {"idle_s": 700, "state": "waiting_on_human"})


@given(
    st.lists(
        st.tuples(st.sampled_from(_STAMPS), st.sampled_from(("thought", "", "tool_use", "complete")))
        | st.tuples(st.sampled_from(_STAMPS), st.just("heartbeat"), st.sampled_from(_HEARTBEATS))
        | st.tuples(st.sampled_from(_STAMPS), st.just("run_start"), st.sampled_from(_STARTS)),
        max_size=12,
    ),
    st.integers(0, 12),
)
def test_stalls_alone_are_those_that_are_found_with_all_other_trouble(
    events: list[tuple[object, ...]], cut: int
) -> None:
    lines = [json.dumps({"timestamp": stamp, "type": kind, "data": dict(*data)}) for stamp, kind, *data in events]
    marked, finder, other = records(*lines), TroubleFinder(), TroubleFinder()
    finder.mark_stalls(marked[:cut])
    finder.mark_stalls(marked[cut:])
    expected = [other.take(event)[1] for event in (record.event for record in marked) if event is not None]
    assert [record.stalled_s for record in marked] == expected
    final = records('{"type":"heartbeat","data":{"state":"waiting_on_human"}}')[0].event
    assert final is not None
    assert finder.take(final) == other.take(final)
