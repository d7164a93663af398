"""What is said when no event passes a filter."""

import pytest

from observer.format.event import Record
from observer.format.lines import Line
from observer.format.timestamps import parse_timestamp
from observer.runs.filter import Filter
from observer.runs.matcher import EventMatcher
from observer.runs.pattern import Pattern
from observer.runs.seen import explain_no_match, unite
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
        (Filter(iterations=frozenset({7})), ["--iteration; iterations of this run: 3"]),
        (Filter(from_seq=999), ["--from-seq 999; the last event of this run has number"]),
        (Filter(since=START + 1e6), ["--since; the events of this run are from 2026-11-23 01:12:30 UTC to "]),
        (Filter(until=START - 1), ["--until; the events of this run are from 2026-11-23"]),
        (Filter(grep=Pattern("zzz")), ["no event matched --grep 'zzz'"]),
        (Filter(where=lambda _: False), ["no event matched --where"]),
        (
            Filter(types=frozenset({"todo"}), tools=frozenset({"bash"}), grep=Pattern("zzz")),
            ["no event matched --tool bash; this run has no tools"],
        ),
        (
            Filter(types=frozenset({"tool_use"}), tools=frozenset({"bash"}), grep=Pattern("zzz")),
            ["no event matched --type and --tool and --grep 'zzz'"],
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
