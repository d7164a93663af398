"""Tests that the lines of a run file become another one that says the same, whatever they contain.

Tests agent.session.copied_texts.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.events import Outcome
from agent.session.copy_run import SourceClock, decode_run_line
from agent.session.record_stream import Source, record_stream
from tests.agent.runlog.writing import events_of
from tests.helpers import RUN

SAME = ("type", "timestamp", "phase", "iteration", "parent", "data")
START = {"format": 1, "command": "agent run 'Go'", "about": "Go", "project_dir": "/work", "pid": 1, "host": "far",
         "version": "9", "heartbeat_s": 5.0, "sandbox": True}  # fmt: skip


def line(second: int, type_: str, /, **data: object) -> bytes:
    fields = {
        "seq": 40 + second, "timestamp": f"2020-01-01T00:00:{second:02}.000001Z", "run": RUN, "type": type_,
        "phase": "coding", "iteration": 3, "parent": None, "data": data,
    }  # fmt: skip
    return json.dumps(fields).encode() + b"\n"


def use(second: int, id_: str) -> bytes:
    return line(second, "tool_use", id=id_, name="Bash", input={"command": "make", "odd": [1, None, "é\u2028"]})


COMPLETE = line(30, "complete", outcome="budget", project_dir="/work", cost_usd=2.5, duration_ms=9, message="enough")


async def lines_of(*lines: bytes) -> AsyncIterator[bytes]:
    for each in lines:
        yield each


async def copy(runs: Path, *lines: bytes, source: Source = Source()) -> list[dict[str, Any]]:  # noqa: B008 - frozen
    await record_stream(lines_of(*lines), source, runs_dir=runs)
    return events_of(runs / "latest.ndjson")


def same(events: list[dict[str, Any]]) -> list[list[Any]]:
    return [[event[key] for key in SAME] for event in events]


async def test_everything_stays_but_the_number_and_the_run(tmp_path: Path) -> None:
    lines = [
        use(2, "t1"),
        line(3, "weather", degrees=-4.5, sky={"clear": True}),
        line(4, "tool_result", odd=1),
        COMPLETE,
    ]
    events = await copy(tmp_path, line(1, "run_start", **START), *lines)
    assert same(events[1:]) == same([json.loads(each) for each in lines])
    assert [event["seq"] for event in events] == [1, 2, 3, 4, 5]
    assert len({event["run"] for event in events} - {RUN}) == 1


async def test_the_start_is_the_recorders_own_with_what_the_source_says_of_the_run(tmp_path: Path) -> None:
    start = (await copy(tmp_path, line(1, "run_start", **START), COMPLETE))[0]
    data = start["data"]
    assert start["timestamp"] == "2020-01-01T00:00:01.000001Z"
    assert data["recorded_from"] == RUN
    assert [data[key] for key in ("command", "about", "project_dir", "sandbox")] == [
        "agent run 'Go'",
        "Go",
        "/work",
        True,
    ]
    assert (data["pid"], data["host"]) != (1, "far")


async def test_a_copy_from_the_middle_of_a_run_says_what_its_caller_knows(tmp_path: Path) -> None:
    source = Source(command="agent record", about="The end of it", project=Path("/here"))
    events = await copy(tmp_path, use(2, "t1"), COMPLETE, source=source)
    data = events[0]["data"]
    assert [data[key] for key in ("command", "about", "project_dir")] == ["agent record", "The end of it", "/here"]
    assert [event["type"] for event in events] == ["run_start", "tool_use", "complete"]


async def test_heartbeats_of_the_source_are_dropped(tmp_path: Path) -> None:
    beat = line(2, "heartbeat", elapsed_s=1.0, idle_s=1.0, state="idle")
    events = await copy(tmp_path, line(1, "run_start", **START), beat, use(3, "t1"), beat, COMPLETE)
    assert [event["type"] for event in events] == ["run_start", "tool_use", "complete"]


async def test_the_outcome_is_that_of_the_source(tmp_path: Path) -> None:
    turn = await record_stream(lines_of(line(1, "run_start", **START), COMPLETE, use(40, "late")), runs_dir=tmp_path)
    assert (turn.outcome, turn.message) == (Outcome.BUDGET, "enough")
    assert events_of(tmp_path / "latest.ndjson")[-1]["data"]["message"] == "enough"


async def test_a_source_that_is_cut_off_is_interrupted(tmp_path: Path) -> None:
    turn = await record_stream(lines_of(line(1, "run_start", **START), use(2, "t1")), runs_dir=tmp_path)
    assert turn.outcome is Outcome.INTERRUPTED
    assert events_of(tmp_path / "latest.ndjson")[-1]["data"]["message"].startswith("the input ended before the end")


async def test_secrets_are_redacted_in_the_copy(tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2" * 9
    await copy(tmp_path, line(1, "thought", text=f"It begins with {secret}.", message="m", block=0), COMPLETE)
    text = (tmp_path / "latest.ndjson").read_text()
    assert secret not in text
    assert "[redacted:" in text


async def test_a_secret_in_two_pieces_of_a_text_is_redacted_in_the_copy(tmp_path: Path) -> None:
    """So it is if those of another agent, or a heartbeat, stand between them."""
    secret = "ghp_" + "a1B2" * 9
    inner = line(3, "thought", text="Meanwhile ", message="n", block=0).replace(b'"parent": null', b'"parent": "t1"')
    events = await copy(
        tmp_path,
        line(1, "thought", text="It begins with " + secret[:9], message="m", block=0, replaces="l"),
        line(2, "heartbeat", state="writing"),
        inner,
        line(4, "thought", text=secret[9:] + ", as pro", message="m", block=0),
        line(5, "thought", text="mised", message="m", block=0),
        line(6, "message", id="m", text="The token"),
        COMPLETE,
    )
    pieces = [event for event in events if event["type"] == "thought"]
    assert [(event["parent"], event["data"]["text"], event["timestamp"][17:19]) for event in pieces] == [
        (None, "It begins with ", "01"),
        ("t1", "Meanwhile ", "03"),
        (None, "[redacted:github_token], as ", "04"),
        (None, "promised", "05"),
    ]
    assert [event["data"].get("replaces") for event in pieces] == ["l", None, None, None]
    assert events[-2]["type"] == "message"


async def test_what_a_held_back_piece_replaces_is_said_once(tmp_path: Path) -> None:
    events = await copy(
        tmp_path,
        line(1, "thought", text="gh", message="m", block=0, replaces="l"),
        line(2, "thought", text="ost. And ", message="m", block=0),
        COMPLETE,
    )
    pieces = [event["data"] for event in events if event["type"] == "thought"]
    assert [(piece["text"], piece["replaces"]) for piece in pieces] == [("ghost. And ", "l")]


async def test_the_end_of_a_copied_text_that_may_be_a_secret_is_left_out_if_the_input_is_cut_off(
    tmp_path: Path,
) -> None:
    secret = "ghp_" + "a1B2" * 9
    events = await copy(tmp_path, line(1, "thought", text="It begins with " + secret[:20], message="m", block=0))
    assert [event["data"]["text"] for event in events if event["type"] == "thought"] == ["It begins with "]


async def test_lines_that_are_no_events_and_those_of_other_runs_are_said_and_left_out(tmp_path: Path) -> None:
    other = use(2, "t2").replace(RUN.encode(), b"another")
    events = await copy(
        tmp_path, line(1, "run_start", **START), b"{torn\n", other, other, b"\n", use(3, "t1"), COMPLETE
    )
    assert [event["type"] for event in events] == ["run_start", "error", "error", "tool_use", "complete"]
    assert [event["data"]["kind"] for event in events[1:3]] == ["malformed_line", "other_run"]
    assert events[2]["data"]["message"] == "the lines of run another are left out"


@pytest.mark.parametrize(
    "changed",
    [
        {"timestamp": "9999-12-31T23:59:59.999999Z"}, {"timestamp": "1969-12-31T23:59:59.999999Z"},
        {"timestamp": "2020-01-01T00:00:99.000001Z"}, {"timestamp": "today"}, {"data": []}, {"seq": "1"},
        {"type": None}, {"parent": 7}, {"data": None},
    ],
)  # fmt: skip
def test_a_line_with_another_envelope_is_none_of_a_run_file(changed: dict[str, Any]) -> None:
    assert decode_run_line(json.dumps(json.loads(COMPLETE) | changed).encode()) is None


async def test_odd_names_in_the_envelope_cannot_break_the_lines_of_the_copy(tmp_path: Path) -> None:
    odd = json.dumps(
        json.loads(use(2, "t1")) | {"type": 'a"\n', "phase": '","x":"', "iteration": -2, "parent": "\ud800"}
    )
    events = await copy(tmp_path, odd.encode() + b"\n", COMPLETE)
    assert (events[1]["type"], events[1]["phase"], events[1]["iteration"]) == ('a"\n', '","x":"', 0)


def test_time_stands_still_until_it_is_set_and_then_runs() -> None:
    now = [500]
    clock = SourceClock(7000, lambda: now[0])
    now[0] += 90
    assert clock() == 7000
    clock.set(8000)
    now[0] += 25
    assert clock() == 8025
