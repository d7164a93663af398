"""The timeline of a run for the page: a fold that goes on where it was the last time, and never grows too large."""

import threading
import time
from collections import Counter, OrderedDict
from typing import Any

from observer.format.event import Event, decode, type_of
from observer.format.json import encode
from observer.format.lines import Line
from observer.runs.timeline import SPANNING, Span, SpanKind, Timeline
from observer.web.chunk_cache import lines_from
from observer.web.search_pool import IsCancelled
from observer.web.shared_file import SharedFile

MOST_SPANS = 20_000
MOST_MARKS = 4000
PATIENCE_S = 1.5
"""Seconds that a request waits for more; what is there by then is told, and the rest when it is asked for again."""
_KEPT = 3
"""Runs whose timelines are kept."""
_OF_STRETCH = 5
"""Spans of a stretch of time that are kept: a session, calls and subagents that overlap."""
_LONGEST_DETAIL = 80
_BLOCK = 1024 * 1024


class Spans:
    """One run's timeline as far as it was read. One thread at a time."""

    def __init__(self, generation: str) -> None:
        self.generation = generation
        self.lock = threading.Lock()
        self.offset = 0
        self._timeline = Timeline()
        self._left_out = 0

    def read_on(self, file: SharedFile, given_up: IsCancelled) -> None:
        """Read what came since the last time, for as long as somebody has the patience."""
        deadline = time.monotonic() + PATIENCE_S
        while self.offset < file.end and time.monotonic() < deadline and not given_up():
            found = lines_from(file, self.offset, block=_BLOCK)
            if found is None:
                return
            lines, self.offset = found
            for line in lines:
                if isinstance(line, Line) and type_of(line) in SPANNING and isinstance(event := decode(line), Event):
                    self._timeline.take(event, line.offset)
            self._thin()

    def told(self, size: int) -> dict[str, Any]:
        """Return what the page is told of a file of `size` bytes."""
        timeline = self._timeline
        began = timeline.began or 0.0
        agents, numbers = _agents(timeline.spans)

        def at(moment: float | None) -> int | None:
            return None if moment is None else round((moment - began) * 1000)

        return {
            "generation": self.generation,
            "size": size,
            "read_to": self.offset,
            "began": None if timeline.began is None else round(began * 1000),
            "ended": None if timeline.ended is None else round(timeline.ended * 1000),
            "spans": [
                (span.kind, span.name, at(span.began), at(span.ended), span.status, numbers.get(span.parent, 0),
                 span.line, span.id, span.detail[:_LONGEST_DETAIL])
                for span in timeline.spans
            ],
            "marks": [(mark.type, at(mark.at), mark.line, mark.text[:_LONGEST_DETAIL]) for mark in timeline.marks],
            "counts": [(at(moment), passing, total) for moment, passing, total in timeline.counts],
            "costs": [(at(moment), cost) for moment, cost in timeline.costs],
            "agents": agents,
            "left_out": self._left_out,
        }  # fmt: skip

    def _thin(self) -> None:
        """Let go of calls so short that others hide them, and of every second of too many figures."""
        timeline = self._timeline
        for series in (timeline.marks, timeline.counts, timeline.costs):
            if len(series) > 2 * MOST_MARKS:
                del series[1:-1:2]
        spans = timeline.spans
        if len(spans) <= 2 * MOST_SPANS:
            return
        kept = heaviest(spans, MOST_SPANS)
        self._left_out += len(spans) - len(kept)
        timeline.spans[:] = kept


class Timelines:
    """The timelines of the runs that were asked for last. Blocking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Spans] = OrderedDict()

    def of(self, file: SharedFile, given_up: IsCancelled) -> bytes:
        """Return the timeline of a run, as JSON."""
        with self._lock:
            spans = self._known.setdefault(file.generation, Spans(file.generation))
            self._known.move_to_end(file.generation)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        with spans.lock:
            if file.generation:
                spans.read_on(file, given_up)
            return encode(spans.told(file.end))


def heaviest(spans: list[Span], most: int) -> list[Span]:
    """Return at most so many of some spans, in their order: those of each stretch of time that are worth the most.

    What is drawn of a long run is a few pixels for each stretch, whether its calls were long or short.
    """
    first, last = min(span.began for span in spans), max(span.began for span in spans)
    length = (last - first) / (most // _OF_STRETCH - 1) or 1.0
    taken: Counter[int] = Counter()
    kept: list[int] = []
    for at in sorted(range(len(spans)), key=lambda at: _weight(spans[at]), reverse=True):
        stretch = int((spans[at].began - first) / length)
        if taken[stretch] < _OF_STRETCH:
            taken[stretch] += 1
            kept.append(at)
    return [spans[at] for at in sorted(kept)]


def _weight(span: Span) -> float:
    """How much a span is worth keeping: what is no tool call, or goes on, the most."""
    if span.kind is not SpanKind.TOOL or span.ended is None:
        return float("inf")
    return span.ended - span.began + (3600 if span.status != "success" else 0)


def _agents(spans: list[Span]) -> tuple[list[dict[str, Any]], dict[str | None, int]]:
    agents: list[dict[str, Any]] = [{"id": None, "name": "Main agent"}]
    numbers: dict[str | None, int] = {None: 0}
    for span in spans:
        if span.kind is SpanKind.SUBAGENT and span.parent is not None and span.parent not in numbers:
            numbers[span.parent] = len(agents)
            name = f"{span.name}: {span.detail}" if span.detail else span.name
            agents.append({"id": span.parent, "name": name[: 2 * _LONGEST_DETAIL]})
    return agents, numbers
