"""A run as Chrome Trace Event JSON."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from observer import load_run
from observer.report.trace import render_trace
from tests.observer.written import Script, small


def events(script: Script, tmp_path: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads("".join(render_trace(load_run(script.to(tmp_path / "a.ndjson")), 0.0)))[
        "traceEvents"
    ]
    return entries


def spans(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {event["name"]: event for event in entries if event["ph"] == "X"}


def test_times_are_microseconds_since_the_start_of_the_run(tmp_path: Path) -> None:
    entries = spans(events(small(), tmp_path))

    assert (entries["Bash"]["ts"], entries["Bash"]["dur"]) == (3_000_000, 500_000)
    assert entries["Bash"]["args"] == {"status": "success", "detail": "python3 a.py", "line": 5, "id": "t2"}
    assert entries["coding 3"]["cat"] == "session"


def test_overlapping_calls_are_on_different_threads(tmp_path: Path) -> None:
    script = Script().start().use("A", "1", {}, at=1).use("B", "2", {}, at=2).result("A", "1", at=3)
    script.result("B", "2", at=4).use("C", "3", {}, at=5).result("C", "3", at=6)
    entries = events(script, tmp_path)

    a, b, c = (spans(entries)[name]["tid"] for name in "ABC")
    assert a == c != b
    names = {event["tid"]: event["args"]["name"] for event in entries if event["name"] == "thread_name"}
    assert (names[a], names[b]) == ("tools", "tools (2)")


def test_spans_of_one_thread_never_overlap_partly(tmp_path: Path) -> None:
    script = Script().start()
    for number in range(40):
        script.use("T", f"t{number}", {}, at=number)
        if number >= 7:
            script.result("T", f"t{number - number % 7}" if number % 3 else f"t{number - 5}", at=number + 0.5)
    by_thread: dict[int, list[tuple[int, int]]] = {}
    for event in events(script, tmp_path):
        if event["ph"] == "X":
            by_thread.setdefault(event["tid"], []).append((event["ts"], event["ts"] + event["dur"]))

    for entries in by_thread.values():
        entries.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(entries))


def test_threads_of_a_subagent_are_named_after_it_and_open_calls_last_to_the_end(tmp_path: Path) -> None:
    script = Script().start().use("Agent", "t1", {}, at=1)
    script.add(
        "subagent_start", {"id": "a1", "tool_use_id": "t1", "agent_type": "Explore", "description": "look"}, at=1
    )
    script.use("Read", "t2", {}, at=2, parent="t1").complete(at=9)
    entries = events(script, tmp_path)

    assert spans(entries)["Read"]["dur"] == 7_000_000
    assert spans(entries)["Read"]["args"]["status"] == "not ended"
    names = {event["tid"]: event["args"]["name"] for event in entries if event["name"] == "thread_name"}
    assert names[spans(entries)["Read"]["tid"]] == "Explore: look"


def test_errors_are_instants_and_cost_and_progress_are_counters(tmp_path: Path) -> None:
    script = Script().start().add("error", {"message": "no", "kind": "x"}, at=1)
    script.add("progress", {"passing": 1, "total": 3, "changed": []}, at=2).complete(at=3, tokens={"input": 9})
    entries = events(script, tmp_path)

    assert [event["args"]["text"] for event in entries if event["ph"] == "i"] == ["no"]
    assert [event["args"] for event in entries if event["ph"] == "C"] == [
        {"passing": 1, "missing": 2},
        {"dollars": 0.5},
        {"tokens": 9},
    ]


def test_a_run_without_times_is_a_trace_without_spans(tmp_path: Path) -> None:
    script = Script().add("tool_use", {"id": "t", "name": "Bash", "input": {}}, timestamp="noon")

    assert [event["ph"] for event in events(script, tmp_path)] == ["M"]


def test_a_call_that_never_ended_lasts_to_the_end_of_its_session(tmp_path: Path) -> None:
    script = Script().start()
    for iteration in (1, 2):
        script.add("session_start", {"iteration": iteration, "agent_type": "CODING", "session_id": "s"}, at=iteration)
        script.use(f"T{iteration}", f"t{iteration}", {}, at=10 * iteration)
        script.add("session_end", {"outcome": "failed", "turns": 1, "duration_ms": 9}, at=10 * iteration + 3)
    entries = spans(events(script.complete(at=99), tmp_path))

    assert [entries[name]["dur"] for name in ("T1", "T2")] == [3_000_000, 3_000_000]
    assert entries["T1"]["tid"] == entries["T2"]["tid"]


def test_calls_without_results_take_a_limited_number_of_threads(tmp_path: Path) -> None:
    script = Script().start()
    for number in range(200):
        script.use("T", f"t{number}", {}, at=number)
    entries = events(script.use("U", "u", {}, at=200).result("U", "u", at=201), tmp_path)

    assert len({event["tid"] for event in entries if event["ph"] == "X"}) == 65
    assert sum(event["name"] == "T" and event["ph"] == "i" for event in entries) == 200 - 64
