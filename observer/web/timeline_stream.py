"""The timeline of a run for the page: read incrementally, and thinned out so that its size is bounded."""

import threading
import time
from collections import Counter, OrderedDict
from typing import Any

from observer.format.event import Record
from observer.format.json import encode
from observer.runs.timeline import SPANNING, Span, SpanKind, Timeline
from observer.web.chunk_cache import read_block
from observer.web.search_pool import IsCancelled
from observer.web.shared_file import SharedFile

MAX_SPANS = 20_000
MAX_MARKS = 4000
MAX_READ_S = 1.5
"""Seconds that one request reads. It returns what it has by then; the page requests the rest."""
_CACHED_RUNS = 3
_SPANS_PER_INTERVAL = 5
"""Spans that are kept of each interval of time: a session, calls and subagents that overlap."""
_MAX_DETAIL = 80
"""Characters of a text."""
_BLOCK_BYTES = 1024 * 1024
_FAILURE_WEIGHT_S = 3600
"""A failed call is kept rather than successful ones that took up to this much longer."""


class RunTimeline:
    """The timeline of one run up to `offset`. For one thread at a time, which holds `lock`."""

    def __init__(self, generation: str) -> None:
        self.generation = generation
        self.lock = threading.Lock()
        self.offset = 0
        self._timeline = Timeline()
        self._omitted = 0

    def read_on(self, file: SharedFile, is_cancelled: IsCancelled) -> None:
        """Read lines that were appended since the last call, for `MAX_READ_S` seconds at most."""
        deadline = time.monotonic() + MAX_READ_S
        while self.offset < file.end and time.monotonic() < deadline and not is_cancelled():
            block = read_block(file, self.offset, block_bytes=_BLOCK_BYTES)
            if block is None:
                return
            lines, self.offset = block
            for line in lines:
                record = Record(line)
                if record.type in SPANNING and (event := record.event) is not None:
                    self._timeline.take(event, line.offset)
            self._thin_out()

    def as_json(self, size: int) -> dict[str, Any]:
        """Return the JSON object for the page; `size` is that of the file. Times are milliseconds since the start."""
        timeline = self._timeline
        start = timeline.began or 0.0
        agents, agent_numbers = _number_agents(timeline.spans)

        def ms(seconds: float | None) -> int | None:
            return None if seconds is None else round((seconds - start) * 1000)

        return {
            "generation": self.generation,
            "size": size,
            "read_to": self.offset,
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
            "left_out": self._omitted,
        }  # fmt: skip

    def _thin_out(self) -> None:
        """Drop every second figure of a long series, and spans that longer ones cover on the screen."""
        timeline = self._timeline
        for series in (timeline.marks, timeline.prompts, timeline.counts, timeline.costs, timeline.tokens):
            if len(series) > 2 * MAX_MARKS:
                del series[1:-1:2]
        spans = timeline.spans
        if len(spans) <= 2 * MAX_SPANS:
            return
        kept = heaviest_spans(spans, MAX_SPANS)
        self._omitted += len(spans) - len(kept)
        timeline.spans[:] = kept


class TimelineCache:
    """The timelines of the most recently requested runs. Blocking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._timelines: OrderedDict[str, RunTimeline] = OrderedDict()

    def read(self, file: SharedFile, is_cancelled: IsCancelled) -> bytes:
        """Return the timeline of a run, as JSON."""
        with self._lock:
            timeline = self._timelines.setdefault(file.generation, RunTimeline(file.generation))
            self._timelines.move_to_end(file.generation)
            while len(self._timelines) > _CACHED_RUNS:
                self._timelines.popitem(last=False)
        with timeline.lock:
            if file.generation:
                timeline.read_on(file, is_cancelled)
            return encode(timeline.as_json(file.end))


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
    agents: list[dict[str, Any]] = [{"id": None, "name": "Main agent"}]
    numbers: dict[str | None, int] = {None: 0}
    for span in spans:
        if span.kind is SpanKind.SUBAGENT and span.parent is not None and span.parent not in numbers:
            numbers[span.parent] = len(agents)
            name = f"{span.name}: {span.detail}" if span.detail else span.name
            agents.append({"id": span.parent, "name": name[: 2 * _MAX_DETAIL]})
    return agents, numbers
