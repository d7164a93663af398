"""Computes the sessions, tool calls and subagents of a run as spans of time: a fold over its events. Pure."""

from enum import StrEnum

from msgspec import Struct

from observer.format.event import Event
from observer.format.timestamps import parse_timestamp
from observer.runs.state.tokens import tokens_of
from observer.runs.words.describe_tools import UNNAMED, tool_of

MARKS = frozenset({"error", "api_retry", "rate_limit", "compaction"})
"""Types of events that are marked on a timeline as points in time."""
SPANNING = frozenset({
    "run_start", "session_start", "session_end", "tool_use", "tool_result", "subagent_start", "subagent_complete",
    "prompt", "message", "progress", "heartbeat", "info", "complete", *MARKS,
})  # fmt: skip
"""The types that a timeline needs: all except text, which is nine tenths of a run."""


class SpanKind(StrEnum):
    """The kind of a span."""

    SESSION = "session"
    TOOL = "tool"
    SUBAGENT = "subagent"


class Span(Struct, kw_only=True):
    """A span of time from `began` to `ended` (seconds since 1970); `ended` is None if the end is not known.

    `id` is the ID of the tool call or subagent, or the number of the session. `parent` is the tool call that spawned
    the subagent it belongs to, None for the main agent. `status` is the status or outcome of its end. `line` and
    `end_line` are the numbers of the lines of its start and its end.
    """

    kind: SpanKind
    name: str
    began: float
    line: int
    id: str = ""
    parent: str | None = None
    ended: float | None = None
    end_line: int | None = None
    status: str | None = None
    detail: str = ""
    cost_usd: float | None = None


class Mark(Struct, frozen=True):
    """A point in time, `at` in seconds since 1970."""

    type: str
    at: float
    line: int
    text: str


class Timeline:
    """Takes events with `take`.

    `counts` holds (time, passing, total); of what was used so far, `costs` holds (time, US dollars) and `tokens` (time,
    number). With `cost_is_minimum`, the last cost is at least that much. `prompts` are those to the main agent, with
    the first line of their text.
    """

    def __init__(self) -> None:
        self.began: float | None = None
        self.ended: float | None = None
        self.spans: list[Span] = []
        self.marks: list[Mark] = []
        self.prompts: list[Mark] = []
        self.counts: list[tuple[float, int, int]] = []
        self.costs: list[tuple[float, float]] = []
        self.cost_is_minimum = False
        self.tokens: list[tuple[float, int]] = []
        self._open: dict[tuple[SpanKind, str], Span] = {}
        self._ended_usd = 0.0
        self._counted = 0

    def take(self, event: Event, line: int) -> None:
        """Add the next event; `line` is the number of its line in the file, counted from 1."""
        at = parse_timestamp(event.timestamp)
        if at is None:
            return
        self.began = at if self.began is None else min(self.began, at)
        self.ended = at if self.ended is None else max(self.ended, at)
        match event.type:
            case "session_start":
                name = event.text("agent_type").lower() or "session"
                number = _session_number(event)
                name = _numbered(name, event.iteration)
                self._begin(Span(kind=SpanKind.SESSION, id=number, name=name, began=at, line=line))
            case "session_end":
                self._end(SpanKind.SESSION, _session_number(event), event, at, line)
            case "tool_use":
                self._begin(_tool(event, at, line))
            case "tool_result":
                self._end(SpanKind.TOOL, event.text("tool_use_id"), event, at, line)
            case "subagent_start" if not self._is_repeated(event):
                self._begin(_subagent(event, at, line))
            case "subagent_complete":
                self._end(SpanKind.SUBAGENT, event.text("id"), event, at, line)
            case "prompt" if event.parent is None:
                text = event.text("text").strip().partition("\n")[0]
                self.prompts.append(Mark("prompt", at, line, text))
            case kind if kind in MARKS or (kind == "info" and event.text("kind") == "stuck"):
                text = event.words("message") or event.words("error") or event.text("status")
                self.marks.append(Mark(kind, at, line, text))
        self._count(event, at)

    def _is_repeated(self, event: Event) -> bool:
        """Return whether a subagent that has not ended starts once more: the same line twice."""
        span = self._open.get((SpanKind.SUBAGENT, event.text("id")))
        return span is not None and bool(span.id) and span.parent == (event.text("tool_use_id") or None)

    def _begin(self, span: Span) -> None:
        self.spans.append(span)
        self._open[span.kind, span.id] = span

    def _end(self, kind: SpanKind, name: str, event: Event, at: float, line: int) -> None:
        span = self._open.pop((kind, name), None)
        if span is None:
            return
        span.ended, span.end_line = at, line
        if kind is SpanKind.TOOL and span.name == UNNAMED:
            span.name = tool_of(event)
        span.status = event.text("status") or event.text("outcome") or None
        span.cost_usd = event.number("cost_usd")

    def _count(self, event: Event, at: float) -> None:
        if event.type == "progress":
            passing, total = event.count("passing"), event.count("total")
            if passing is not None and total is not None:
                self.counts.append((at, passing, total))
        self._spend(event, at)

    def _spend(self, event: Event, at: float) -> None:
        """Add a point where the cost or the number of tokens has grown; sessions and messages state only their own."""
        data = event.data
        if "tokens" not in data and "cost_usd" not in data and "total_cost_usd" not in data:  # nearly all
            return
        cost, tokens = event.number("total_cost_usd" if event.type == "message" else "cost_usd"), tokens_of(event)
        if event.type == "session_end" and cost is not None:
            self._ended_usd += cost
            cost = self._ended_usd
        if cost is not None and cost > (self.costs[-1][1] if self.costs else 0.0):
            self.costs.append((at, cost))
        if cost is not None:
            self.cost_is_minimum = event.flag("cost_is_minimum")
        if tokens is None or event.type == "session_end":
            return
        count = tokens.total
        if event.type == "message":
            self._counted += count
            count = self._counted
        if count > (self.tokens[-1][1] if self.tokens else 0):
            self.tokens.append((at, count))


def _tool(event: Event, at: float, line: int) -> Span:
    name, arguments = tool_of(event), event.fields("input")
    values = () if arguments is None else arguments.data.values()
    detail = next((value for value in values if isinstance(value, str)), "")
    return Span(
        kind=SpanKind.TOOL, name=name, id=event.text("id"), parent=event.parent, began=at, line=line, detail=detail
    )


def _subagent(event: Event, at: float, line: int) -> Span:
    return Span(
        kind=SpanKind.SUBAGENT,
        name=event.text("agent_type") or "subagent",
        id=event.text("id"),
        parent=event.text("tool_use_id") or None,
        began=at,
        line=line,
        detail=event.words("description"),
    )


def _session_number(event: Event) -> str:
    return str(event.iteration) if event.iteration else ""


def _numbered(name: str, iteration: int | None) -> str:
    return f"{name} {iteration}" if iteration else name
