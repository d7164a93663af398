"""Tests the spans, marks, counts and costs of a timeline."""

from pathlib import Path

from observer import load_run
from observer.runs.timeline import SpanKind, Timeline
from tests.observer.written import BEGIN, Script, small

ZERO = BEGIN.timestamp()


def timeline(script: Script, tmp_path: Path) -> Timeline:
    return load_run(script.to(tmp_path / "a.ndjson")).timeline()


def test_sessions_and_calls_are_spans_with_their_lines(tmp_path: Path) -> None:
    session, write, bash = timeline(small(), tmp_path).spans

    assert (session.kind, session.name, session.status, session.cost_usd) == (
        SpanKind.SESSION,
        "coding 3",
        "success",
        0.5,
    )
    assert (write.kind, write.name, write.detail) == (SpanKind.TOOL, "Write", "/home/me/notes/a.py")
    assert (bash.began - ZERO, bash.ended and bash.ended - ZERO, bash.line, bash.end_line) == (3.0, 3.5, 5, 6)


def test_a_subagent_is_a_span_that_its_calls_refer_to(tmp_path: Path) -> None:
    script = Script().start().use("Agent", "t1", {"description": "look"}, at=1)
    script.add(
        "subagent_start", {"id": "a1", "tool_use_id": "t1", "agent_type": "Explore", "description": "look"}, at=2
    )
    script.use("Read", "t2", {"file_path": "x"}, at=3, parent="t1").result("Read", "t2", at=4, parent="t1")
    script.add("subagent_complete", {"id": "a1", "tool_use_id": "t1", "status": "completed"}, at=5)

    _, agent, read = timeline(script, tmp_path).spans
    assert (agent.kind, agent.name, agent.parent, agent.status) == (SpanKind.SUBAGENT, "Explore", "t1", "completed")
    assert read.parent == "t1"


def test_a_span_that_never_ended_has_no_end(tmp_path: Path) -> None:
    found = timeline(Script().start().use("Bash", "t1", {}, at=2).thought("hm", at=7), tmp_path)

    (span,) = found.spans
    assert (span.ended, span.status) == (None, None)
    assert (found.began, found.ended) == (ZERO, ZERO + 2.0)


def test_errors_retries_and_stuck_loops_are_marks_with_a_description(tmp_path: Path) -> None:
    script = Script().start().add("error", {"message": "no", "kind": "x"}, at=1)
    script.add("info", {"message": "three times the same", "kind": "stuck"}, at=2)
    script.add("info", {"message": "nothing special"}, at=3)

    assert [(mark.type, mark.at - ZERO, mark.text, mark.line) for mark in timeline(script, tmp_path).marks] == [
        ("error", 1.0, "no", 2), ("info", 2.0, "three times the same", 3),
    ]  # fmt: skip


def test_cost_and_progress_over_time(tmp_path: Path) -> None:
    script = Script().start().add("progress", {"passing": 0, "total": 2}, at=1)
    script.add("session_end", {"outcome": "success", "turns": 1, "duration_ms": 1, "cost_usd": 0.25}, at=2)
    script.add("heartbeat", {"cost_usd": 0.25}, at=3).add("progress", {"passing": 1, "total": 2}, at=4)
    script.add("session_end", {"outcome": "success", "turns": 1, "duration_ms": 1, "cost_usd": 0.5}, at=5)
    found = timeline(script.complete(at=6, cost_usd=0.75), tmp_path)

    assert [(at - ZERO, passing, total) for at, passing, total in found.counts] == [(1.0, 0, 2), (4.0, 1, 2)]
    assert [(at - ZERO, cost) for at, cost in found.costs] == [(2.0, 0.25), (5.0, 0.75)]


def test_tokens_and_cost_grow_and_no_session_or_message_is_counted_twice(tmp_path: Path) -> None:
    script = Script().start()
    script.add("message", {"id": "m1", "tokens": {"input": 10, "output": 5}, "text": ""}, at=1)
    script.add("heartbeat", {"tokens": {"input": 10, "output": 5}, "cost_usd": 0.1}, at=2)
    script.add("message", {"id": "m2", "tokens": {"input": 20}, "text": ""}, at=3, parent="t1")
    script.add("session_end", {"outcome": "success", "cost_usd": 0.3, "tokens": {"input": 39}}, at=4)
    script.add("heartbeat", {"tokens": {"input": 40}, "cost_usd": 0.3}, at=5)
    script.complete(at=6, cost_usd=0.3, tokens={"input": 50})

    found = timeline(script, tmp_path)
    assert [(at - ZERO, count) for at, count in found.tokens] == [(1.0, 15), (3.0, 35), (5.0, 40), (6.0, 50)]
    assert [(at - ZERO, cost) for at, cost in found.costs] == [(2.0, 0.1), (4.0, 0.3)]


def test_of_two_sessions_at_once_each_has_its_own_end(tmp_path: Path) -> None:
    script = Script().start()
    for at, kind, iteration in ((1, "start", 1), (2, "start", 2), (3, "end", 1), (4, "end", 2)):
        script.add(f"session_{kind}", {"agent_type": "SINGLE", "outcome": "success"}, at=at, iteration=iteration)

    spans = timeline(script, tmp_path).spans
    assert [(span.name, span.began - ZERO, span.ended and span.ended - ZERO) for span in spans] == [
        ("single 1", 1.0, 3.0), ("single 2", 2.0, 4.0),
    ]  # fmt: skip


def test_the_same_start_of_a_subagent_twice_is_one_span_and_rings_of_parents_keep_theirs(tmp_path: Path) -> None:
    script = Script().start()
    for id_, call, parent in [("a", "ta", "tb"), ("a", "ta", "tb"), ("b", "tb", "ta"), ("", "", "ta"), ("", "", "ta")]:
        script.add("subagent_start", {"id": id_, "tool_use_id": call, "agent_type": "Explore"}, at=2, parent=parent)

    assert [span.id for span in timeline(script, tmp_path).spans] == ["a", "b", "", ""]


def test_messages_of_copies_say_what_the_run_has_cost_so_far(tmp_path: Path) -> None:
    script = Script().start()
    script.add("message", {"total_cost_usd": 0.1, "cost_is_minimum": True}, at=1)
    script.add("message", {"total_cost_usd": 0.3, "cost_is_minimum": True}, at=2)
    found = timeline(script, tmp_path)
    assert [(at - ZERO, cost) for at, cost in found.costs] == [(1.0, 0.1), (2.0, 0.3)]
    assert found.cost_is_minimum
    assert not timeline(script.complete(at=3, cost_usd=0.4), tmp_path).cost_is_minimum
