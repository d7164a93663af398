"""The sessions of a run and their subagents, as a tree beside the log."""

from collections.abc import Sequence

from textual.strip import Strip

from observer.format.event import Record
from observer.format.line import Line, Oversize
from observer.format.units import format_cost, format_duration
from observer.runs.filters.filter import Filter
from observer.runs.timeline import Span, SpanKind, Timeline
from observer.runs.window.line_filter import LineFilter
from observer.runs.window.pages import lines_after
from observer.terminal.row import Row
from observer.terminal.theme import OUTCOME_ROLES, Role, RowStyle
from observer.terminal.ui.log_items import LogLook
from observer.terminal.ui.run_file import RunFile

SPAN_TYPES = frozenset({"session_start", "session_end", "subagent_start", "subagent_complete"})
_LINES_AT_ONCE = 1000
_GOOD = frozenset({"success", "completed"})


class AgentTree:
    """The sessions and subagents of a run, read up to `offset`. Blocking, for one thread at a time."""

    def __init__(self, file: RunFile, *, content: bool) -> None:
        self._file, self._content = file, content
        self.offset = 0
        self._timeline = Timeline()

    def read_on(self) -> bool:
        """Read for a second at most; return whether there is more."""
        file = self._file
        line_filter = LineFilter(Filter(types=SPAN_TYPES), content=self._content)
        page = lines_after(file.read, self.offset, file.end, _LINES_AT_ONCE, line_filter, self._take)
        has_more = page.last < file.end and page.last > self.offset
        self.offset = page.last
        return has_more

    def spans(self) -> list[Span]:
        """Return the sessions and subagents in the order of their starts; `line` is where the line of each begins."""
        return list(self._timeline.spans)

    def _take(self, line: Line | Oversize, _end: int) -> None:
        if (event := Record(line).event) is not None:
            self._timeline.take(event, line.offset)


class AgentItem:
    """A session or a subagent as an item of a view."""

    def __init__(self, span: Span, look: LogLook) -> None:
        self.span, self._look = span, look

    @property
    def key(self) -> object:
        """The place of its start."""
        return self.span.line

    @property
    def place(self) -> int:
        """The offset of its start."""
        return self.span.line

    @property
    def agent(self) -> str:
        """By what its events can be selected; `main` for a session."""
        return self.span.parent or "main" if self.span.kind is SpanKind.SUBAGENT else "main"

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.span.name}: {self.span.detail}" if self.span.detail else self.span.name

    def strips(self, width: int) -> Sequence[Strip]:
        """Return its line."""
        span, style = self.span, self._look.screen.glyphs
        sign, role = _sign(span, style)
        indent = "" if span.kind is SpanKind.SESSION else "  "
        took = "" if span.ended is None else format_duration(span.ended - span.began)
        facts = " ".join(part for part in (took, format_cost(span.cost_usd)) if part)
        row = Row(((Role.PLAIN, indent), (role, f"{sign} "), (Role.PLAIN, self.name)), truncate=True)
        return self._look.painter.strips([row], width, time=facts)


def agent_items(spans: Sequence[Span], look: LogLook) -> list[AgentItem]:
    """Return the items of sessions and subagents."""
    return [AgentItem(span, look) for span in spans]


def _sign(span: Span, style: RowStyle) -> tuple[str, Role]:
    if span.ended is None:
        return style.tool, Role.TOOL
    status = span.status or "ended"
    if status in _GOOD:
        return style.good, Role.GOOD
    return style.bad, OUTCOME_ROLES.get(status, Role.BAD)
