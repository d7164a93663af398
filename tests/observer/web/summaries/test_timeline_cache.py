"""The timeline of a very long run for the page: less of it than there is, and yet something of every part.

Tests observer.web.summaries.thinned_timeline too.
"""

from itertools import pairwise

import pytest

from observer.format.event import decode
from observer.format.line import Line
from observer.runs.timeline import Span, SpanKind
from observer.web.summaries.thinned_timeline import ThinnedTimeline, heaviest_spans
from tests.helpers import event


def call(began: float, took: float | None, status: str = "success") -> Span:
    ended = None if took is None else began + took
    return Span(kind=SpanKind.TOOL, name="Bash", began=began, ended=ended, status=status, line=int(began))


@pytest.mark.parametrize("took", [0.1, None], ids=["alike", "did not end"])
def test_identical_calls_are_thinned_out_and_not_all_dropped(took: float | None) -> None:
    kept = heaviest_spans([call(float(at), took) for at in range(4000)], 1000)
    assert 900 < len(kept) <= 1000
    gaps = [later.began - earlier.began for earlier, later in pairwise(kept)]
    assert max(gaps) < 40
    assert kept[0].began < 40
    assert kept[-1].began > 3960


def test_of_each_interval_the_longest_and_the_failed_calls_are_kept_in_order() -> None:
    calls = [
        call(float(at), 60.0 if at % 100 == 7 else 0.1, "error" if at == 2503 else "success") for at in range(4000)
    ]
    kept = heaviest_spans(calls, 1000)
    assert {float(at) for at in range(7, 4000, 100)} | {2503.0} <= {span.began for span in kept}
    assert kept == sorted(kept, key=lambda span: span.began)


def test_tools_and_statuses_come_with_the_words_and_the_tone_that_rows_have() -> None:
    timeline = ThinnedTimeline()
    for line in (
        event("tool_use", id="a", name="mcp__git__log", input={}),
        event("tool_result", tool_use_id="a", name="mcp__git__log", status="blocked"),
    ):
        timeline.take(decode(Line(line.strip(), 0)))  # type: ignore[arg-type]
    found = timeline.as_json()
    assert found["tools"] == {"mcp__git__log": "git log"}
    assert found["statuses"] == {"blocked": [("⊘ blocked", "blocked")]}
    assert found["unended"] == [("… did not end", "dim")]


def test_simultaneous_spans_are_limited_too() -> None:
    assert 1 <= len(heaviest_spans([call(5.0, 1.0)] * 4000, 1000)) <= 1000
