"""The timeline of a run as the page draws it: thinned out, so that its size is bounded. Pure."""

from collections import Counter
from typing import Any

from observer.format.event import Event
from observer.runs.rows.call_rows import UNENDED, status_spans
from observer.runs.timeline import Span, SpanKind, Timeline
from observer.runs.words.describe_tools import tool_name
from observer.web.summaries.event_words import MAIN_AGENT

MAX_SPANS = 20_000
MAX_MARKS = 4000
_SPANS_PER_INTERVAL = 5
"""Spans that are kept of each interval of time: a session, calls and subagents that overlap."""
_MAX_DETAIL = 80
"""Characters of a text."""
_FAILURE_WEIGHT_S = 3600
"""A failed call is kept rather than successful ones that took up to this much longer."""


class ThinnedTimeline:
    """Takes the events of a run in order; call `thin_out` now and then, and before `as_json`."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self._omitted = 0

    def take(self, event: Event) -> None:
        """Add the next event."""
        self.timeline.take(event, event.line.offset)

    def as_json(self) -> dict[str, Any]:
        """Return the timeline as the page takes it. Times are milliseconds since the start, places are offsets.

        `tools` has what each tool is called, `statuses` each status as the spans of a row, and `unended` that of a
        span that did not end.
        """
        timeline = self.timeline
        start = timeline.began or 0.0
        agents, agent_numbers = _number_agents(timeline.spans)

        def ms(seconds: float | None) -> int | None:
            return None if seconds is None else round((seconds - start) * 1000)

        return {
            "began": None if timeline.began is None else round(start * 1000),
            "ended": None if timeline.ended is None else round(timeline.ended * 1000),
            "spans": [
                (span.kind, span.name, ms(span.began), ms(span.ended), span.status, agent_numbers.get(span.parent, 0),
                 span.line, span.id, span.detail[:_MAX_DETAIL])
                for span in timeline.spans
            ],
            "marks": [(mark.type, ms(mark.at), mark.line, mark.text[:_MAX_DETAIL]) for mark in timeline.marks],
            "prompts": [(ms(mark.at), mark.line, mark.text[:_MAX_DETAIL]) for mark in timeline.prompts],
            "counts": [(ms(seconds), passing, total) for seconds, passing, total in timeline.counts],
            "costs": [(ms(seconds), cost) for seconds, cost in timeline.costs],
            "tokens": [(ms(seconds), count) for seconds, count in timeline.tokens],
            "agents": agents,
            "tools": {span.name: tool_name(span.name) for span in timeline.spans if span.kind is SpanKind.TOOL},
            "statuses": {span.status: status_spans(span.status) for span in timeline.spans if span.status},
            "unended": UNENDED,
            "left_out": self._omitted,
        }  # fmt: skip

    def thin_out(self) -> None:
        """Drop every second figure of a long series, and spans that longer ones cover on the screen."""
        timeline = self.timeline
        for series in (timeline.marks, timeline.prompts, timeline.counts, timeline.costs, timeline.tokens):
            if len(series) > 2 * MAX_MARKS:
                del series[1:-1:2]
        spans = timeline.spans
        if len(spans) <= 2 * MAX_SPANS:
            return
        kept = heaviest_spans(spans, MAX_SPANS)
        self._omitted += len(spans) - len(kept)
        timeline.spans[:] = kept


def heaviest_spans(spans: list[Span], limit: int) -> list[Span]:
    """Return at most `limit` spans in their order: the most important ones of each interval of time.

    An interval is drawn as a few pixels, whether its calls were long or short, so each one keeps some.
    """
    first, last = min(span.began for span in spans), max(span.began for span in spans)
    interval_s = (last - first) / (limit // _SPANS_PER_INTERVAL - 1) or 1.0
    counts: Counter[int] = Counter()
    kept: list[int] = []
    for index in sorted(range(len(spans)), key=lambda index: _weight(spans[index]), reverse=True):
        interval = int((spans[index].began - first) / interval_s)
        if counts[interval] < _SPANS_PER_INTERVAL:
            counts[interval] += 1
            kept.append(index)
    return [spans[index] for index in sorted(kept)]


def _weight(span: Span) -> float:
    """Return how important a span is: infinite for all but finished tool calls, else by duration and failure."""
    if span.kind is not SpanKind.TOOL or span.ended is None:
        return float("inf")
    return span.ended - span.began + (_FAILURE_WEIGHT_S if span.status != "success" else 0)


def _number_agents(spans: list[Span]) -> tuple[list[dict[str, Any]], dict[str | None, int]]:
    """Return the agents of a run, the main one first, and the index of each by its ID."""
    agents: list[dict[str, Any]] = [{"id": None, "name": MAIN_AGENT}]
    numbers: dict[str | None, int] = {None: 0}
    for span in spans:
        if span.kind is SpanKind.SUBAGENT and span.parent is not None and span.parent not in numbers:
            numbers[span.parent] = len(agents)
            name = f"{span.name}: {span.detail}" if span.detail else span.name
            agents.append({"id": span.parent, "name": name[: 2 * _MAX_DETAIL]})
    return agents, numbers
