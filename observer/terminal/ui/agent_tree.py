"""The sessions of a run and their subagents, each below the one that started it."""

from msgspec import Struct

from observer.format.event import Record
from observer.format.line import Line, Oversize
from observer.format.timestamps import parse_timestamp
from observer.runs.filters.filter import Filter
from observer.runs.summary.subagents import Subagent, Subagents
from observer.runs.timeline import Span, Timeline
from observer.runs.window.line_filter import LineFilter
from observer.runs.window.pages import lines_after
from observer.terminal.ui.run_file import RunFile

SPAN_TYPES = frozenset({"session_start", "session_end", "subagent_start", "subagent_complete", "complete"})
_LINES_AT_ONCE = 1000


class Agent(Struct, frozen=True):
    """A session, which has the `depth` 0, or a subagent, one deeper than the one that started it.

    `selector` is by what its events can be selected; `offset` is where it begins in the file. `began` and `ended` are
    in seconds since 1970. `is_over` is whether it has ended, as `status` says, or was cut off.
    """

    name: str
    depth: int
    selector: str
    offset: int
    is_over: bool
    status: str | None
    began: float | None
    ended: float | None
    cost_usd: float | None = None


class AgentTree:
    """The sessions and subagents of a run, read up to `offset`. Blocking, for one thread at a time."""

    def __init__(self, file: RunFile, *, content: bool) -> None:
        self._file, self._content = file, content
        self.offset = 0
        self._sessions, self._subagents = Timeline(), Subagents()

    def read_on(self) -> bool:
        """Read for a second at most; return whether there is more."""
        file = self._file
        line_filter = LineFilter(Filter(types=SPAN_TYPES), content=self._content)
        page = lines_after(file.read, self.offset, file.end, _LINES_AT_ONCE, line_filter, self._take)
        has_more = page.last < file.end and page.last > self.offset
        self.offset = page.last
        return has_more

    def agents(self) -> list[Agent]:
        """Return sessions and subagents in the order of their starts, but each below the one that started it."""
        groups = [(span.line, [_session(span)]) for span in self._sessions.spans]
        for depth, subagent in self._subagents.tree():
            agent = _subagent(subagent, depth + 1)
            if depth == 0:
                groups.append((agent.offset, [agent]))
            else:
                groups[-1][1].append(agent)
        return [agent for _, group in sorted(groups, key=lambda group: group[0]) for agent in group]

    def _take(self, line: Line | Oversize, _end: int) -> None:
        if (event := Record(line).event) is None:
            return
        match event.type:
            case "subagent_start":
                self._subagents.start(event)
            case "subagent_complete":
                self._subagents.complete(event)
            case kind:
                self._sessions.take(event, line.offset)
                if kind != "session_start":
                    is_cut = event.text("outcome") != "success"
                    iteration = event.iteration if kind == "session_end" else None
                    self._subagents.end(iteration, parse_timestamp(event.timestamp), failed=is_cut)


def _session(span: Span) -> Agent:
    name = f"{span.name}: {span.detail}" if span.detail else span.name
    status = None if span.ended is None else span.status or "ended"
    return Agent(name, 0, "main", span.line, span.ended is not None, status, span.began, span.ended, span.cost_usd)


def _subagent(agent: Subagent, depth: int) -> Agent:
    kind = agent.agent_type or "subagent"
    name = f"{kind}: {agent.description}" if agent.description else kind
    offset = agent.offset or 0
    return Agent(name, depth, agent.call or "main", offset, agent.over, agent.status, agent.began, agent.ended)
