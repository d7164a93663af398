"""Renders a run as Chrome Trace Event JSON, which Perfetto, speedscope and chrome://tracing open. Pure.

The format is described in "Trace Event Format" of the Chromium project; times are microseconds. Spans that overlap
would be nested on one thread, so each is put on the first free thread of its agent.
"""

from bisect import bisect_left
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any

from observer.format.json import encode
from observer.format.sanitize import clean_line
from observer.format.zone import UTC, Zone
from observer.report.answer import Answer, answer, call_line, running_lines, trouble_line
from observer.runs.one_run.run import Run
from observer.runs.timeline import Span, SpanKind, Timeline
from observer.runs.words.describe_tools import tool_name

_PROCESS = 1
_MAX_DETAIL = 500
"""Characters of a detail."""
_MAX_LISTED = 100
"""Calls and features that are listed of each kind."""
_MAX_THREADS = 64
"""Threads that calls without an end may take: a writer that records no results would need thousands."""
_COLOURS = {"error": "terrible", "failed": "terrible", "blocked": "bad"}


def render_trace(run: Run, now: float, zone: Zone = UTC) -> Iterator[str]:
    """Yield the JSON document of a run in pieces, one event per line; `now` is in seconds since 1970.

    Times in words are in `zone`.
    """
    summary, timeline = run.totals()
    answered = answer(run, summary, now, zone)
    start = timeline.began or 0.0
    events = [
        _meta("process_name", 0, clean_line(f"run {run.id}")),
        *_lanes(timeline, start),
        *_marks(timeline, start),
        *_counters(timeline, start),
    ]
    yield '{"displayTimeUnit":"ms","otherData":'
    yield encode(_other_data(run, answered)).decode()
    yield ',"traceEvents":[\n'
    yield ",\n".join(encode(event).decode() for event in events)
    yield "\n]}\n"


def _other_data(run: Run, answered: Answer) -> dict[str, str | list[str]]:
    """What a viewer shows beside the timeline: how the run ended, what went wrong, and which run it is."""
    ending = answered.ending
    single = {"verdict": run.verdict, "ending": answered.headline, "about": run.state.about, **answered.identity}
    lists = {
        "running": running_lines(ending),
        "failing": ending.failing,
        "failed": [call_line(call, answered) for call in ending.failed],
        "blocked": [call_line(call, answered) for call in ending.blocked],
        "problems": [trouble_line(trouble, answered) for trouble in ending.troubles],
        "notes": answered.caveats,
    }
    return {
        **{name: _detail(text) for name, text in single.items()},
        **{name: [_detail(text) for text in texts][-_MAX_LISTED:] for name, texts in lists.items()},
    }


def _detail(text: str) -> str:
    return clean_line(text)[:_MAX_DETAIL]


def _lanes(timeline: Timeline, start: float) -> Iterator[dict[str, Any]]:
    """Spans on threads: those of the sessions, then those of each agent, as many as it had calls at once."""
    session_ends = sorted(span.ended for span in timeline.spans if span.kind is SpanKind.SESSION and span.ended)
    ends = [*session_ends, timeline.ended or start]
    thread = 0
    for title, spans in _spans_by_agent(timeline):
        busy: list[tuple[float, int]] = []
        free: list[int] = []
        for span in sorted(spans, key=lambda span: span.began):
            while busy and busy[0][0] <= span.began:
                heappush(free, heappop(busy)[1])
            if span.ended is None and not free and len(busy) >= _MAX_THREADS:
                yield _instant(span.name, span.began - start, thread, _arguments(span))
                continue
            lane = heappop(free) if free else len(busy)
            end = _end_of(span, ends)
            heappush(busy, (end, lane))
            yield _span(span, start, end, thread + lane)
        lanes = len(busy) + len(free)
        for lane in range(lanes):
            yield _meta("thread_name", thread + lane, title if lane == 0 else f"{title} ({lane + 1})")
            yield _meta("thread_sort_index", thread + lane, thread + lane)
        thread += lanes


def _spans_by_agent(timeline: Timeline) -> Iterator[tuple[str, list[Span]]]:
    """The spans of sessions, subagents and each agent, with a title; subagents in the order in which they started."""
    yield "sessions", [span for span in timeline.spans if span.kind is SpanKind.SESSION]
    yield "subagents", [span for span in timeline.spans if span.kind is SpanKind.SUBAGENT]
    calls: dict[str | None, list[Span]] = {None: []}
    for span in timeline.spans:
        if span.kind is SpanKind.TOOL:
            calls.setdefault(span.parent, []).append(span)
    titles = {span.parent: f"{span.name}: {span.detail}" for span in timeline.spans if span.kind is SpanKind.SUBAGENT}
    for parent, spans in calls.items():
        yield "tools" if parent is None else _detail(titles.get(parent, f"subagent {parent}")), spans


def _end_of(span: Span, ends: list[float]) -> float:
    """Return the end of a span: if it never ended, that of its session. The last of `ends` is the end of the run."""
    if span.ended is not None:
        return span.ended
    return ends[min(bisect_left(ends, span.began), len(ends) - 1)] if span.kind is not SpanKind.SESSION else ends[-1]


def _span(span: Span, start: float, end: float, thread: int) -> dict[str, Any]:
    name = tool_name(span.name) if span.kind is SpanKind.TOOL else span.name
    colour = {"cname": _COLOURS[span.status]} if span.status in _COLOURS else {}
    return {
        "name": clean_line(name), "cat": span.kind, "ph": "X", "ts": _micros(span.began - start),
        "dur": max(1, _micros(end - span.began)), "pid": _PROCESS, "tid": thread,
        "args": _arguments(span), **colour,
    }  # fmt: skip


def _arguments(span: Span) -> dict[str, Any]:
    arguments = {
        "status": clean_line(span.status or "not ended"),
        "detail": _detail(span.detail),
        "line": span.line,
        "id": clean_line(span.id),
    }
    return {key: value for key, value in arguments.items() if value}


def _marks(timeline: Timeline, start: float) -> Iterator[dict[str, Any]]:
    for mark in timeline.marks:
        text = {"text": _detail(mark.text), "line": mark.line}
        yield {**_instant(mark.type, mark.at - start, 0, text), "s": "p"}


def _instant(name: str, time: float, thread: int, arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": clean_line(name), "cat": "event", "ph": "i", "s": "t", "ts": _micros(time), "pid": _PROCESS,
        "tid": thread, "args": arguments,
    }  # fmt: skip


def _counters(timeline: Timeline, start: float) -> Iterator[dict[str, Any]]:
    for time, passing, total in timeline.counts:
        yield _counter("features", time - start, {"passing": passing, "missing": max(0, total - passing)})
    for time, dollars in timeline.costs:
        yield _counter("cost (USD)", time - start, {"dollars": dollars})
    for time, count in timeline.tokens:
        yield _counter("tokens", time - start, {"tokens": count})


def _counter(name: str, time: float, values: dict[str, float]) -> dict[str, Any]:
    return {"name": name, "ph": "C", "ts": _micros(time), "pid": _PROCESS, "tid": 0, "args": values}


def _meta(name: str, thread: int, value: str | int) -> dict[str, Any]:
    key = "name" if isinstance(value, str) else "sort_index"
    return {"name": name, "ph": "M", "pid": _PROCESS, "tid": thread, "args": {key: value}}


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)
