"""What is said when no event passes a filter."""

import pytest

from observer.format.event import Record
from observer.format.line import Line
from observer.format.timestamps import parse_timestamp
from observer.runs.filters.filter import TEXT_TYPES, Filter
from observer.runs.filters.matcher import EventMatcher
from observer.runs.filters.pattern import Pattern
from observer.runs.filters.seen import Seen, explain_no_match, unite
from tests.observer.written import every_type

RECORDS = every_type().lines
START = parse_timestamp("2026-11-23T01:12:30.000000Z") or 0.0


def said(event_filter: Filter) -> list[str]:
    matcher = EventMatcher(event_filter, explains=True)
    assert matcher.take([Record(Line(data, number)) for number, data in enumerate(RECORDS)]) == []
    assert not matcher.seen.has_match
    return explain_no_match(event_filter, unite([matcher.seen]))


@pytest.mark.parametrize(
    ("event_filter", "words"),
    [
        (Filter(agent="Exlpore"), ["--agent Exlpore; agents of this run: main, ", "did you mean 'Explore'?"]),
        (Filter(agent="zzz"), ["--agent zzz; agents of this run: main, Explore, Pick a blue"]),
        (Filter(tools=frozenset({"bsh"})), ["--tool bsh; tools of this run: Agent, Bash, Nosuch, Read", "'Bash'?"]),
        (Filter(types=frozenset({"tool_uses"})), ["--type tool_uses; types of this run: api_retry", "'tool_use'?"]),
        (Filter(statuses=frozenset({"errors"})), ["--status errors; statuses of this run: ", "'error'?"]),
        (Filter(iterations=frozenset({7})), ["--iteration 7; iterations of this run: 3"]),
        (Filter(from_seq=999), ["--from-seq 999; the last event of this run has number"]),
        (Filter(since=START + 1e6), ["--since; the events of this run are from 2026-11-23 01:12:30 UTC to "]),
        (Filter(until=START - 1), ["--until; the events of this run begin at 2026-11-23"]),
        (Filter(grep=Pattern("zzz")), ["no event matched --grep 'zzz'"]),
        (Filter(where=lambda lines: [False for _ in lines]), ["no event matched --where"]),
        (
            Filter(types=frozenset({"todo"}), tools=frozenset({"bash"}), grep=Pattern("zzz")),
            ["no event matched --tool bash together with --type todo"],
        ),
        (
            Filter(types=frozenset({"tool_use"}), tools=frozenset({"bash"}), grep=Pattern("zzz")),
            ["no event matched --type tool_use and --tool bash and --grep 'zzz'"],
        ),
        (
            Filter(exclude=TEXT_TYPES | {"info"}, iterations=frozenset({1, 4, 5, 6})),
            ["--iteration 1,4-6 together with --no-thoughts and --exclude info; iterations of the events looked at: 3"],
        ),
    ],
)
def test_each_condition_that_nothing_meets_is_named_with_what_there_is(event_filter: Filter, words: list[str]) -> None:
    (sentence,) = said(event_filter)
    for part in words:
        assert part in sentence


def test_runs_are_described_together() -> None:
    event_filter = Filter(tools=frozenset({"x"}))
    matchers = [EventMatcher(event_filter, explains=True) for _ in range(2)]
    for matcher, data in zip(matchers, [line for line in RECORDS if b'"type":"tool_use"' in line], strict=False):
        matcher.take([Record(Line(data, 1))])
    assert explain_no_match(event_filter, unite([each.seen for each in matchers])) == [
        "no event matched --tool x; tools of this run: Agent, Read"
    ]


@pytest.mark.parametrize(
    "limits",
    [
        Filter(types=frozenset({"thought"}), tools=frozenset({"Bash"})),
        Filter(exclude=frozenset({"tool_use", "tool_result", "tool_input"}), tools=frozenset({"Bash"})),
        Filter(since=START + 1e6, tools=frozenset({"Bash"})),
        Filter(until=START - 1, tools=frozenset({"Bash"})),
        Filter(from_seq=999, tools=frozenset({"Bash"})),
    ],
)
def test_what_was_not_looked_at_is_not_denied(limits: Filter) -> None:
    sentences = explain_no_match(limits, Seen(types={"thought"}))
    assert sentences
    assert not [text for text in sentences if "this run" in text or "together with" not in text]


def test_a_run_that_was_not_read_from_its_beginning_is_not_described_as_a_whole() -> None:
    event_filter = Filter(tools=frozenset({"Bsh"}))
    assert explain_no_match(event_filter, Seen(), is_whole=False) == ["no event matched --tool Bsh"]
    (sentence,) = explain_no_match(event_filter, Seen(tools={"Bash"}), is_whole=False)
    assert sentence == "no event matched --tool Bsh; tools of the events looked at: Bash; did you mean 'Bash'?"


def test_the_time_of_a_run_is_not_told_by_the_events_of_some_types() -> None:
    event_filter = Filter(types=frozenset({"run_start"}), since=START + 1)
    assert said(event_filter) == ["no event matched --type run_start and --since"]


def test_a_name_that_may_have_been_forgotten_is_not_denied() -> None:
    event_filter = Filter(iterations=frozenset({250}), tools=frozenset({"Bash"}))
    seen = Seen(tools={"Bash"}, iterations=set(range(200)))
    assert explain_no_match(event_filter, seen) == ["no event matched --tool Bash and --iteration 250"]
