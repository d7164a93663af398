"""Filters: each alone, all together, and on lines that are no events.

Tests `observer.runs.filters.filter_options`, `observer.runs.filters.matcher` and
`observer.runs.filters.matched_lines` too.
"""

import json

import pytest

from observer.cli.schema import schema_text
from observer.errors import UsageError
from observer.format.event import Record
from observer.format.line import Line, Oversize
from observer.format.timestamps import parse_timestamp
from observer.runs.filters.filter import KNOWN_STATUSES, KNOWN_TYPES, Filter
from observer.runs.filters.filter_options import (
    build_filter,
    parse_iterations,
    parse_names,
    start_position,
    unknown_names,
)
from observer.runs.filters.matcher import EventMatcher
from observer.runs.filters.pattern import Pattern
from observer.source import seek
from observer.source.skip import LastItems
from tests.helpers import event


def record(kind: str, parent: str | None = None, /, **data: object) -> Record:
    return Record(Line(event(kind, parent, **data).rstrip(b"\n"), 0))


BASH = record("tool_use", id="a", name="Bash", input={"command": "git push"})
READ = record("tool_use", "sub1", id="b", name="Read", input={"file_path": "/etc/hosts"})
FAILED = record("tool_result", tool_use_id="a", name="Bash", status="error", output="fatal: no remote")
GOOD = record("tool_result", tool_use_id="b", name="Read", status="success", output="127.0.0.1")
TEXT = record("thought", text="I push it now", message="m", block=0)
SPAWN = record("subagent_start", tool_use_id="sub1", id="agent-7", agent_type="Explore", description="Find the hosts")
LIMIT = record("rate_limit", status="rejected")
DONE = record("complete", outcome="success")
BROKEN = Record(Line(b"{broken", 0))
ALL = [BASH, SPAWN, READ, FAILED, GOOD, TEXT, LIMIT, DONE, BROKEN]


def taken(wanted: Filter) -> list[Record]:
    return EventMatcher(wanted).take(ALL)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), ALL),
        (Filter(types=frozenset({"tool_use"})), [BASH, READ]),
        (Filter(types=frozenset({"tool_use", "complete"})), [BASH, READ, DONE]),
        (Filter(exclude=frozenset({"thought", "tool_result"})), [BASH, SPAWN, READ, LIMIT, DONE, BROKEN]),
        (Filter(tools=frozenset({"bash"})), [BASH, FAILED]),
        (Filter(statuses=frozenset({"error"})), [FAILED]),
        (Filter(statuses=frozenset({"success"})), [GOOD, DONE]),
        (Filter(agent="main"), [BASH, SPAWN, FAILED, GOOD, TEXT, LIMIT, DONE]),
        (Filter(agent="explore"), [SPAWN, READ]),
        (Filter(agent="the hosts"), [SPAWN, READ]),
        (Filter(agent="sub1"), [SPAWN, READ]),
        (Filter(iterations=frozenset({3})), ALL[:-1]),
        (Filter(iterations=frozenset({4})), []),
        (Filter(errors=True), [FAILED, LIMIT, BROKEN]),
        (Filter(grep=Pattern("push")), [BASH, TEXT]),
        (Filter(grep=Pattern(r"127\.\d")), [GOOD]),
        (Filter(types=frozenset({"tool_use"}), grep=Pattern("push"), tools=frozenset({"bash"})), [BASH]),
        (Filter(types=frozenset({"tool_use"}), statuses=frozenset({"error"})), []),
    ],
)
def test_the_filter_selects_events(wanted: Filter, expected: list[Record]) -> None:
    assert taken(wanted) == expected


def test_a_predicate_over_lines_selects_events() -> None:
    assert taken(build_filter(where=lambda lines: [b"Bash" in line for line in lines], now=0)) == [BASH, FAILED]


def test_times_limit_the_selection_and_end_it() -> None:
    at = parse_timestamp("2026-11-23T01:12:30.123456Z") or 0.0
    assert EventMatcher(Filter(since=at)).take([BASH]) == [BASH]
    assert EventMatcher(Filter(since=at + 1)).take([BASH]) == []
    assert EventMatcher(Filter(until=at)).take([BASH]) == [BASH]


def test_the_selection_ends_after_a_later_event_or_at_a_later_time() -> None:
    at = parse_timestamp("2026-11-23T01:12:30.123456Z") or 0.0
    until = EventMatcher(Filter(until=at - 1))
    assert until.take([BROKEN]) == [BROKEN]
    assert not until.exhausted()
    assert until.take([BASH]) == []
    assert until.exhausted()
    assert until.take([BROKEN]) == []  # it stands behind the end
    assert not EventMatcher(Filter(until=at)).exhausted(now=at + 1)  # another machine's clock may be a little behind
    assert EventMatcher(Filter(until=at)).exhausted(now=at + 60)
    assert not EventMatcher(Filter()).exhausted(now=at + 60)


def test_names_and_iterations_can_be_lists_ranges_and_repeated() -> None:
    assert parse_names(["a, b", "c,"]) == {"a", "b", "c"}
    assert parse_names(None) == frozenset()
    assert parse_iterations(["1,3-5", "9"]) == {1, 3, 4, 5, 9}


@pytest.mark.parametrize("given", ["", ",", " , "])
def test_an_empty_name_does_not_mean_everything(given: str) -> None:
    with pytest.raises(UsageError, match="no name in"):
        parse_names([given])


@pytest.mark.parametrize(
    "given", ["x", "5-3", "-1", "1-999999999999", "1.5", "9" * 5000, ",".join(f"{n}-{n + 90_000}" for n in range(1000))]
)
def test_an_invalid_iteration_is_rejected(given: str) -> None:
    with pytest.raises(UsageError, match="--iteration"):
        parse_iterations([given])


@pytest.mark.parametrize("given", ["(", "a{1001}", r"(a)\1"])
def test_an_invalid_or_unsupported_pattern_is_a_usage_error(given: str) -> None:
    with pytest.raises(UsageError, match="--grep"):
        build_filter(grep=given, now=0)


def test_no_thoughts_hides_the_text_of_the_model() -> None:
    assert TEXT not in taken(build_filter(thoughts=False, now=0))


def test_the_last_events_are_counted_among_matches() -> None:
    place = start_position(last=2, live=False, event_filter=Filter(types=frozenset({"tool_use"})))
    assert place.matches is not None
    assert place.matches().take([BASH.line, TEXT.line]) == [BASH.line]
    assert start_position(last=2, live=False, event_filter=Filter()).matches is None


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Filter(), []),
        (Filter(types=frozenset({"tool_use"}), exclude=frozenset({"info"}), statuses=frozenset({"killed"})), []),
        (Filter(exclude=frozenset({"Thougt"})), ["unknown type 'Thougt': did you mean 'thought'?"]),
        (Filter(statuses=frozenset({"errors"})), ["unknown status 'errors': did you mean 'error'?"]),
    ],
)
def test_an_unknown_name_causes_a_warning(wanted: Filter, said: list[str]) -> None:
    assert unknown_names(wanted) == said


def test_a_name_without_a_similar_one_causes_a_list_of_names() -> None:
    assert "known are api_retry, compaction, complete," in unknown_names(Filter(types=frozenset({"bogus"})))[0]


def test_the_known_names_are_those_of_the_schema() -> None:
    schema = json.loads(schema_text())
    named = {name: set(schema["$defs"][name]["enum"]) for name in ("ToolStatus", "Outcome")}
    assert {branch["if"]["properties"]["type"]["const"] for branch in schema["allOf"]} == KNOWN_TYPES
    assert named["ToolStatus"] | named["Outcome"] <= KNOWN_STATUSES


def piece(message: str, text: str) -> bytes:
    return event("thought", text=text, message=message, block=0)


NAMED = (("a", "cat "), ("b", "no"), ("a", "sat"), ("c", "cat sat"), ("d", "cat "), ("d", "sat"))
PARTS = [piece(message, text) for message, text in NAMED]
BEGINS = [sum(map(len, PARTS[:number])) for number in range(len(PARTS))]


@pytest.mark.parametrize("block", [1, 200, 500, 10_000])
@pytest.mark.parametrize(("last", "first"), [(1, 4), (2, 3), (3, 0), (4, 0)])
def test_the_last_paragraphs_that_match_are_found_backwards_wherever_blocks_end(
    monkeypatch: pytest.MonkeyPatch, block: int, last: int, first: int
) -> None:
    monkeypatch.setattr(seek, "_MATCHED_BLOCK", block)
    data = b"".join(PARTS)
    start = start_position(last=last, live=False, event_filter=Filter(grep=Pattern("cat sat")))
    offset = seek.find_offset(start, lambda count, offset: data[offset : offset + count], len(data))
    assert offset == BEGINS[first]


@pytest.mark.parametrize(("last", "first"), [(1, 4), (2, 3), (3, 0), (4, 0)])
def test_the_last_paragraphs_that_match_are_kept_of_a_stream(last: int, first: int) -> None:
    start = start_position(last=last, live=False, event_filter=Filter(grep=Pattern("cat sat")))
    items = LastItems[Line | Oversize](start, lambda line: line, lambda _: None)
    dropped = [line for number, data in enumerate(PARTS) for line in items.add([Line(data.rstrip(), BEGINS[number])])]
    assert [line.offset for line in dropped] == BEGINS[:first]
    assert [line.offset for line in items.items] == BEGINS[first:]
