"""Times of events, in a view and in a column."""

import json
from datetime import UTC as UTC_RULES
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from observer.format.event import Event
from observer.format.line import Line
from observer.format.timestamps import parse_timestamp, timestamp_text
from observer.format.zone import UTC, Zone, clock_text
from observer.terminal.event_times import EventTimes, TimeFormat
from observer.terminal.screen import Screen
from observer.terminal.text_view import TextView
from tests.observer.terminal.rendering import RecordingSink, records, render

NEW_YORK = Zone("America/New_York", ZoneInfo("America/New_York"))
NOON = parse_timestamp("2026-11-01T12:00:00-05:00")


def call(timestamp: str | None, command: str = "ls", id_: str = "a") -> str:
    data = {"id": id_, "name": "Bash", "input": {"command": command}}
    return json.dumps({"type": "tool_use", "timestamp": timestamp, "data": data})


def result(timestamp: str, id_: str = "a") -> str:
    data = {"tool_use_id": id_, "name": "Bash", "status": "success", "duration_ms": 5, "output": "ok"}
    return json.dumps({"type": "tool_result", "timestamp": timestamp, "data": data})


def session(timestamp: str) -> str:
    return json.dumps({"type": "session_start", "timestamp": timestamp, "data": {"agent_type": "SINGLE"}})


def event_of(line: str) -> Event:
    event = records(line)[0].event
    assert event is not None
    return event


def column(*lines: str, times: TimeFormat = TimeFormat.CLOCK, zone: Zone = NEW_YORK, context: str = "") -> list[str]:
    out = RecordingSink()
    view = TextView(out, Screen(width=lambda: None, zone=zone), RecordingSink(), times=times)
    if context:
        view.add_context(records(context))
    view.show(records(*lines))
    return [line.split("  ")[0] for line in out.text.splitlines()]


def test_a_tool_line_ends_with_its_time_and_its_result_below_has_none() -> None:
    lines = render(
        session("2026-11-01T15:00:00Z"), call("2026-11-01T15:01:02Z"), result("2026-11-01T15:01:03Z"),
        width=60, zone=NEW_YORK, times=TimeFormat.CLOCK, now=NOON,
    ).splitlines()  # fmt: skip
    assert lines == [
        "── Agent ────────────────────────────────── 10:00:00 EST ──",
        "",
        "● Bash  ls                                         10:01:02",
        "└ ✓ 5ms  ok",
    ]


def test_a_result_that_is_not_below_its_call_has_a_time() -> None:
    lines = render(
        call("2026-11-01T15:01:02Z"), call("2026-11-01T15:01:03Z", "pwd", "b"), result("2026-11-01T15:01:04Z"),
        times=TimeFormat.CLOCK,
    ).splitlines()  # fmt: skip
    assert [line[-8:] for line in lines[2:]] == ["15:01:02", "15:01:03", "15:01:04"]


@pytest.mark.parametrize(("width", "right"), [(60, 59), (100, 99), (200, 119), (None, 72)])
def test_the_time_is_at_the_right_edge_also_where_the_row_is_wrapped(width: int | None, right: int) -> None:
    lines = render(
        session("2026-11-01T15:00:00Z"), call("2026-11-01T15:01:02Z"), call("2026-11-01T15:01:03Z", "word " * 40),
        width=width, times=TimeFormat.CLOCK, now=NOON,
    ).splitlines()  # fmt: skip
    timed = [line for line in lines if line.endswith(("15:01:02", "15:01:03"))]
    assert len(timed) == 2
    assert cell_len(timed[0]) == right
    assert cell_len(timed[1]) == right if width else timed[1].endswith("word   15:01:03")


def test_a_screen_too_narrow_for_text_and_time_shows_the_text() -> None:
    assert render(call("2026-11-01T15:01:02Z"), width=22, times=TimeFormat.CLOCK).splitlines()[-1] == "● Bash  ls"


def test_the_day_and_the_zone_are_named_before_the_first_time_and_when_either_changes() -> None:
    lines = render(
        call("2026-11-01T04:30:00Z"), call("2026-11-01T05:30:00Z"), call("2026-11-01T06:30:00Z"),
        call("2026-11-02T05:00:00Z"), call("2026-11-02T05:00:01Z"),
        zone=NEW_YORK, times=TimeFormat.CLOCK, now=NOON,
    ).splitlines()  # fmt: skip
    assert [line.strip("─ ") if "─" in line else line[-8:] for line in lines if line] == [
        "Sunday, 2026-11-01 ──────────────────────── America/New_York (EDT)",
        "00:30:00",
        "01:30:00",
        "Sunday, 2026-11-01 ──────────────────────── America/New_York (EST)",
        "01:30:00",
        "Monday, 2026-11-02 ──────────────────────── America/New_York (EST)",
        "00:00:00",
        "00:00:01",
    ]


def test_a_rule_that_names_the_zone_of_today_is_enough_and_another_day_is_named_in_it() -> None:
    times = EventTimes(NEW_YORK, TimeFormat.CLOCK, NOON)
    today, later, next_day = map(
        event_of, [session("2026-11-01T15:00:00Z"), call("2026-11-01T16:00:00Z"), session("2026-11-02T15:00:00Z")]
    )
    assert times.moment(today) == "10:00:00 EST"
    assert times.new_day(later) is None
    assert times.moment(next_day) == "2026-11-02 10:00:00 EST"
    assert times.new_day(next_day) is None
    assert times.new_day(later) == ("Sunday, 2026-11-01", "America/New_York (EST)")


def test_times_can_count_from_the_first_event_or_be_left_out() -> None:
    lines = [
        call("2026-11-01T15:00:00Z"), call("2026-11-01T15:00:07.9Z"), call("2026-11-01T15:01:02Z"),
        call("2026-11-02T16:02:03Z"), call("2026-11-01T14:59:58Z"), call(None), call("soon"),
    ]  # fmt: skip
    shown = render(*lines, times=TimeFormat.RELATIVE).splitlines()
    assert [line[10:].strip() for line in shown] == ["+0s", "+7s", "+1m02s", "+25h02m03s", "-2s", "", ""]
    assert render(*lines, times=TimeFormat.NONE) == "● Bash  ls\n" * 7
    after = render(lines[2], context=(lines[0],), times=TimeFormat.RELATIVE)
    assert after.endswith(" +1m02s\n")


def test_a_column_has_the_offset_of_each_time() -> None:
    lines = [call("2026-11-01T05:30:00.5Z"), call("2026-11-01T06:30:00Z"), call(None), call("soon")]
    expected = ["2026-11-01T01:30:00.500000-04:00", "2026-11-01T01:30:00.000000-05:00", "-", "soon"]
    assert column(*lines) == expected
    assert column(*lines, zone=UTC)[:2] == ["2026-11-01T05:30:00.500000Z", "2026-11-01T06:30:00.000000Z"]


def test_a_column_can_count_from_the_start_or_be_left_out() -> None:
    lines = [call("2026-11-01T15:00:00.25Z"), call("2026-11-02T16:02:03Z"), call(None)]
    assert column(*lines, times=TimeFormat.RELATIVE) == ["+00:00:00.000", "+25:02:02.750", "-"]
    assert column(lines[1], context=lines[0], times=TimeFormat.RELATIVE) == ["+25:02:02.750"]
    assert column(*lines, times=TimeFormat.NONE) == ["-"] * 3  # the iteration


ZONES = [
    UTC,
    NEW_YORK,
    *(Zone(name, ZoneInfo(name)) for name in ("Africa/Monrovia", "Asia/Kathmandu", "Europe/Berlin")),
]
SOME_TIMES = [
    "1970-01-01T00:00:00.000000Z", "1969-12-31T23:59:59.999999Z",
    "1972-01-07T00:44:29.900000Z", "1972-01-07T00:44:30.100000Z",  # Monrovia's offset had seconds up to here
    "2026-03-29T00:59:59.999999Z", "2026-03-29T01:00:00.000000Z", "2026-10-25T01:00:00.000000Z",
    "2106-02-07T06:28:15.999999Z", "2106-02-07T06:28:59.123457Z", "9999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00.000000Z", "2026-11-23T24:00:00.000000Z", "2026-11-23T24:00:05.000000Z",
    "2026-11-23T01:12:60.000000Z", "2026-11-23t01:12:30.000000Z", "2026-11-23 01:12:30.000000Z",
    "2026-W48-1T01:12:30.000000Z", "2026-02-30T01:12:30.000000Z", "2026-11-23T01:12:30.000000z",
    "2026-11-23T01:12:30,000000Z", "2026-11-23T01:12:3\u0660.000000Z", "2026-11-23T01:12:30.00000Z",
    "2026-11-23T01:12:30.000000Z\n", "", "1971-05-01T00:00:30.123456Z", "2900-02-07T06:28:15.123457Z",
]  # fmt: skip
"""Timestamps for which a minute alone does not tell what is shown, and those beside them."""


@given(
    st.sampled_from(ZONES),
    st.lists(
        st.sampled_from(SOME_TIMES)
        | st.datetimes(datetime(1960, 1, 1), datetime(2300, 1, 1)).map(lambda time: f"{time:%Y-%m-%dT%H:%M:%S.%f}Z")
        | st.integers(0, 180_000_000).map(
            lambda us: f"{datetime(2026, 11, 1, 5, 58) + timedelta(microseconds=us):%Y-%m-%dT%H:%M:%S.%f}Z"
        ),
        min_size=1,
    ),
)
@example(ZONES[2], SOME_TIMES * 2)
def test_a_time_is_shown_as_if_each_were_converted(zone: Zone, stamps: list[str]) -> None:
    times = EventTimes(zone, TimeFormat.CLOCK, None)
    for stamp in stamps:
        event = Event(Line(b"", 0), "thought", {}, timestamp=stamp)
        local = zone.local(parse_timestamp(stamp))
        assert times.brief(event) == ("" if local is None else clock_text(local))
        assert times.stamp(event) == (stamp if local is None else timestamp_text(local))


@given(st.integers(0, 2**32 * 10**6))
def test_no_microsecond_changes_on_the_way(microseconds: int) -> None:
    time = datetime(1970, 1, 1, tzinfo=UTC_RULES) + timedelta(microseconds=microseconds)
    event = Event(Line(b"", 0), "thought", {}, timestamp=f"{time:%Y-%m-%dT%H:%M:%S.%f}Z")
    assert EventTimes(UTC, TimeFormat.CLOCK, None).stamp(event) == event.timestamp
    assert UTC.timestamp(parse_timestamp(event.timestamp)) == event.timestamp


def test_a_new_day_is_named_once_also_within_and_between_minutes() -> None:
    times = EventTimes(NEW_YORK, TimeFormat.CLOCK, None)
    stamps = ("04:59:58.5", "04:59:59.5", "05:00:00.5", "05:00:01.5", "06:00:00.5")  # midnight, then another offset
    days = [times.new_day(Event(Line(b"", 0), "a", {}, timestamp=f"2026-11-01T{stamp}00000Z")) for stamp in stamps]
    assert [day is not None for day in days] == [True, False, False, False, True]
