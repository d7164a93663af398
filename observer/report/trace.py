"""A run as Chrome Trace Event JSON, which Perfetto, speedscope and chrome://tracing open.

Format: the "Trace Event Format" document of the Chromium project. Times are microseconds. Spans that overlap would be
nested wrongly on one thread, so each gets the first of its agent's threads that is free.
"""

from bisect import bisect_left
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any

from observer.format.json import encode
from observer.format.sanitize import clean_line
from observer.runs.describe_tools import tool_name
from observer.runs.run import Run
from observer.runs.timeline import Span, SpanKind, Timeline

_PROCESS = 1
_LONGEST = 500
"""Characters of a detail that are kept."""
_MOST_OPEN = 64
"""Threads of an agent that calls without an end may take: a writer that never tells of ends would need thousands."""
_COLOURS = {"error": "terrible", "failed": "terrible", "blocked": "bad"}


def trace(run: Run) -> Iterator[str]:
    """Yield the pieces of the JSON document, an event a line."""
    timeline = run.timeline()
    begin = timeline.began or 0.0
    events = [
        _meta("process_name", 0, clean_line(f"run {run.id}")),
        *_lanes(timeline, begin),
        *_marks(timeline, begin),
        *_counters(timeline, begin),
    ]
    yield '{"displayTimeUnit":"ms","otherData":'
    yield encode({"run": clean_line(run.id), "verdict": run.verdict, "about": clean_line(run.state.about)}).decode()
    yield ',"traceEvents":[\n'
    yield ",\n".join(encode(event).decode() for event in events)
    yield "\n]}\n"


def _lanes(timeline: Timeline, begin: float) -> Iterator[dict[str, Any]]:
    """Spans, each on a thread: the sessions' own, then for each agent as many as it had calls at once."""
    session_ends = sorted(span.ended for span in timeline.spans if span.kind is SpanKind.SESSION and span.ended)
    ends = [*session_ends, timeline.ended or begin]
    thread = 0
    for title, spans in _agents(timeline):
        busy: list[tuple[float, int]] = []
        free: list[int] = []
        for span in sorted(spans, key=lambda span: span.began):
            while busy and busy[0][0] <= span.began:
                heappush(free, heappop(busy)[1])
            if span.ended is None and not free and len(busy) >= _MOST_OPEN:
                yield _instant(span.name, span.began - begin, thread, _arguments(span))
                continue
            lane = heappop(free) if free else len(busy)
            ended = _ended(span, ends)
            heappush(busy, (ended, lane))
            yield _span(span, begin, ended, thread + lane)
        lanes = len(busy) + len(free)
        for lane in range(lanes):
            yield _meta("thread_name", thread + lane, title if lane == 0 else f"{title} ({lane + 1})")
            yield _meta("thread_sort_index", thread + lane, thread + lane)
        thread += lanes


def _agents(timeline: Timeline) -> Iterator[tuple[str, list[Span]]]:
    """The spans by who they belong to, with a title; subagents in the order in which they began."""
    yield "sessions", [span for span in timeline.spans if span.kind is SpanKind.SESSION]
    yield "subagents", [span for span in timeline.spans if span.kind is SpanKind.SUBAGENT]
    calls: dict[str | None, list[Span]] = {None: []}
    for span in timeline.spans:
        if span.kind is SpanKind.TOOL:
            calls.setdefault(span.parent, []).append(span)
    titles = {span.parent: f"{span.name}: {span.detail}" for span in timeline.spans if span.kind is SpanKind.SUBAGENT}
    for parent, spans in calls.items():
        yield "tools" if parent is None else clean_line(titles.get(parent, f"subagent {parent}"))[:_LONGEST], spans


def _ended(span: Span, ends: list[float]) -> float:
    """When a span ended; one that never did lasts to the end of its session, the last of `ends` is the run's."""
    if span.ended is not None:
        return span.ended
    return ends[min(bisect_left(ends, span.began), len(ends) - 1)] if span.kind is not SpanKind.SESSION else ends[-1]


def _span(span: Span, begin: float, ended: float, thread: int) -> dict[str, Any]:
    name = tool_name(span.name) if span.kind is SpanKind.TOOL else span.name
    colour = {"cname": _COLOURS[span.status]} if span.status in _COLOURS else {}
    return {
        "name": clean_line(name), "cat": span.kind, "ph": "X", "ts": _micros(span.began - begin),
        "dur": max(1, _micros(ended - span.began)), "pid": _PROCESS, "tid": thread,
        "args": _arguments(span), **colour,
    }  # fmt: skip


def _arguments(span: Span) -> dict[str, Any]:
    told = {
        "status": clean_line(span.status or "not ended"),
        "detail": clean_line(span.detail)[:_LONGEST],
        "line": span.line,
        "id": clean_line(span.id),
    }
    return {key: value for key, value in told.items() if value}


def _marks(timeline: Timeline, begin: float) -> Iterator[dict[str, Any]]:
    for mark in timeline.marks:
        text = {"text": clean_line(mark.text)[:_LONGEST], "line": mark.line}
        yield {**_instant(mark.type, mark.at - begin, 0, text), "s": "p"}


def _instant(name: str, at: float, thread: int, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": clean_line(name), "cat": "event", "ph": "i", "s": "t", "ts": _micros(at), "pid": _PROCESS,
        "tid": thread, "args": told,
    }  # fmt: skip


def _counters(timeline: Timeline, begin: float) -> Iterator[dict[str, Any]]:
    for at, passing, total in timeline.counts:
        yield _counter("features", at - begin, {"passing": passing, "missing": max(0, total - passing)})
    for at, dollars in timeline.costs:
        yield _counter("cost (USD)", at - begin, {"dollars": dollars})


def _counter(name: str, at: float, values: dict[str, float]) -> dict[str, Any]:
    return {"name": name, "ph": "C", "ts": _micros(at), "pid": _PROCESS, "tid": 0, "args": values}


def _meta(name: str, thread: int, value: str | int) -> dict[str, Any]:
    key = "name" if isinstance(value, str) else "sort_index"
    return {"name": name, "ph": "M", "pid": _PROCESS, "tid": thread, "args": {key: value}}


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)
