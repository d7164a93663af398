"""The lines of a run file that the events of a dialect become."""

import json

import pytest

from observer.dialects.dialect import ForeignEvent
from observer.dialects.envelope import Envelope, Writer, run_name

SEEN = Writer(is_seen=True, host="build-7")


def lines_of(*events: ForeignEvent, writer: Writer = SEEN, arrived: float | None = None) -> list[dict[str, object]]:
    lines = Envelope("Claude Code", "s.jsonl").lines(events, arrived=arrived, writer=writer)
    return [json.loads(line) for line in lines.splitlines()]


def test_the_first_line_says_where_the_session_comes_from_and_what_is_known_of_its_writer() -> None:
    start = ForeignEvent(
        "run_start", {"session": "abc", "command": "claude", "project_dir": "/p"}, "2026-11-29T12:00:00Z"
    )
    (line,) = lines_of(start)
    assert list(line) == ["seq", "timestamp", "run", "type", "phase", "iteration", "parent", "data"]
    assert (line["run"], line["timestamp"]) == ("abc", "2026-11-29T12:00:00.000000Z")
    data = line["data"]
    assert isinstance(data, dict)
    assert (data["command"], data["project_dir"], data["recorded_from"]) == ("claude", "/p", "s.jsonl")
    assert (data["host"], data["lock"], data["heartbeat_s"], data["pid"]) == ("build-7", "ofd", 0.0, None)


def test_a_session_without_a_beginning_gets_one() -> None:
    first, second = lines_of(ForeignEvent("prompt", {"text": "x"}, "2026-11-29T12:00:00Z"), writer=Writer())
    assert (first["type"], second["type"], second["seq"]) == ("run_start", "prompt", 2)
    data = first["data"]
    assert isinstance(data, dict)
    assert (data["command"], data["host"], data["lock"], data["heartbeat_s"]) == ("Claude Code", None, None, 0.0)


def test_times_never_go_back_and_those_without_a_time_have_that_of_their_arrival() -> None:
    stamps = ["2026-11-29T12:00:05+01:00", "2026-11-29T10:00:00Z", None, "no time", "2026-11-29T11:00:07.5Z"]
    lines = lines_of(*(ForeignEvent("info", {}, stamp) for stamp in stamps), arrived=1795950006.0)
    assert [str(line["timestamp"])[11:] for line in lines] == [
        "11:00:05.000000Z", "11:00:05.000000Z", "11:00:05.000000Z", "11:00:06.000000Z", "11:00:06.000000Z",
        "11:00:07.500000Z",
    ]  # fmt: skip


@pytest.mark.parametrize("session", ["", "...", "a/b", "é", "x" * 300, "latest"])
def test_every_session_has_a_name_that_is_safe_as_a_file_name(session: str) -> None:
    name = run_name(session)
    assert name
    assert name != "latest"
    assert name[0].isalnum()
    assert len(name) <= 100
    assert all(letter.isascii() and (letter.isalnum() or letter in "._-") for letter in name)


def test_events_that_were_there_before_have_the_times_of_their_neighbours() -> None:
    stamps = [None, None, "2026-11-29T10:00:00Z", None, "2026-11-29T10:00:09Z"]
    events = [ForeignEvent("run_start", {}), *(ForeignEvent("info", {}, stamp) for stamp in stamps[1:])]
    lines = Envelope("Claude Code", "s.jsonl").lines(events, arrived=1796000000.0, writer=SEEN, is_old=True)
    times = [json.loads(line)["timestamp"][11:19] for line in lines.splitlines()]
    assert times == ["10:00:00"] * 4 + ["10:00:09"]


def test_old_events_without_any_time_have_that_of_their_file() -> None:
    lines = Envelope("Codex", "s.jsonl").lines([ForeignEvent("info", {})], arrived=0.5, writer=SEEN, is_old=True)
    assert [json.loads(line)["timestamp"] for line in lines.splitlines()] == ["1970-01-01T00:00:00.500000Z"] * 2


def test_any_value_can_be_written() -> None:
    odd = {"text": "cut \ud800", "number": 2**70}
    (_, line) = lines_of(ForeignEvent("info", odd))
    assert line["data"] == odd
