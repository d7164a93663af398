"""Totals of a run: sessions, tools, subagents, progress, files and errors. A fold over its lines. Pure.

Text pieces, nine tenths of a run, are only counted, not decoded.
"""

from collections.abc import Iterable

from msgspec import Struct

from observer.format.event import Event, decode, type_of
from observer.format.lines import Line, Oversize
from observer.format.timestamps import parse_timestamp
from observer.runs.state import RunState

_TEXT = frozenset({"thought", "thinking", "tool_input", "heartbeat", "subagent_progress"})
_STATE_TYPES = frozenset({
    "run_start", "session_start", "session_end", "subagent_start", "subagent_complete", "progress", "error", "complete",
})  # fmt: skip
_UNNAMED = "unknown"
"""The name of a tool whose line has none."""
_WRITING = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})


class Session(Struct):
    """A session; the fields that its end reports are None until then. Times and durations are in seconds."""

    iteration: int | None
    agent_type: str
    began: float | None
    outcome: str | None = None
    turns: int | None = None
    duration_s: float | None = None
    cost_usd: float | None = None


class Tool(Struct):
    """The calls of one tool: how many, how many failed or were blocked, and their total duration in seconds."""

    calls: int = 0
    errors: int = 0
    blocked: int = 0
    duration_s: float = 0.0


class Subagent(Struct):
    """A subagent, spawned by tool call `call`; `parent` is the call that spawned its parent, if that is one."""

    call: str
    parent: str | None
    agent_type: str
    description: str
    status: str | None = None
    duration_s: float | None = None
    tool_uses: int | None = None
    tokens: int | None = None


class Blocked(Struct, frozen=True):
    """A tool call that was refused."""

    name: str
    rule: str | None
    what: str


class Summary:
    """Takes the lines of a run with `take`; the other attributes are the totals so far."""

    def __init__(self) -> None:
        self.start: Event | None = None
        self.events = 0
        self.broken = 0
        self.sessions: list[Session] = []
        self.tools: dict[str, Tool] = {}
        self.subagents: dict[str, Subagent] = {}
        self.blocked: list[Blocked] = []
        self.counts: list[tuple[float, int, int]] = []
        """Progress: time, number of passing features, and number of all features."""
        self.files: dict[str, int] = {}
        """Files that were written, each with the number of writes."""
        self.errors = 0
        self.last_error: Event | None = None
        self.state = RunState()
        """The state of the run, from the events that concern the run as a whole."""

    def take(self, lines: Iterable[Line | Oversize]) -> None:
        """Add the next lines of the run."""
        for line in lines:
            if isinstance(line, Oversize):
                self.broken += 1
            elif type_of(line) in _TEXT:
                self.events += 1
            elif isinstance(event := decode(line), Event):
                self.events += 1
                self._event(event)
            elif event is not None:
                self.broken += 1

    def _event(self, event: Event) -> None:
        if event.type in _STATE_TYPES:
            self.state.apply(event)
        match event.type:
            case "tool_use":
                self._use(event)
            case "tool_result":
                self._result(event)
            case "run_start":
                self.start = event
            case "session_start":
                self.sessions.append(
                    Session(event.iteration, event.text("agent_type"), parse_timestamp(event.timestamp))
                )
            case "session_end" if self.sessions:
                self._session_end(self.sessions[-1], event)
            case "subagent_start":
                call = event.text("tool_use_id") or event.text("id")
                self.subagents[call] = Subagent(call, event.parent, event.text("agent_type"), event.text("description"))
            case "subagent_complete":
                self._subagent_complete(event)
            case "progress" if (at := parse_timestamp(event.timestamp)) is not None:
                passing, total = event.number("passing"), event.number("total")
                if passing is not None and total is not None:
                    self.counts.append((at, int(passing), int(total)))
            case "error":
                self.errors += 1
                self.last_error = event

    def _session_end(self, session: Session, event: Event) -> None:
        duration_ms, turns = event.number("duration_ms"), event.number("turns")
        session.outcome = event.text("outcome")
        session.turns = None if turns is None else int(turns)
        session.duration_s = None if duration_ms is None else duration_ms / 1000
        session.cost_usd = event.number("cost_usd")

    def _subagent_complete(self, event: Event) -> None:
        subagent = self.subagents.get(event.text("tool_use_id") or event.text("id"))
        if subagent is None:
            return
        duration_ms, uses, tokens = (event.number(key) for key in ("duration_ms", "tool_uses", "tokens"))
        subagent.status = event.text("status")
        subagent.duration_s = None if duration_ms is None else duration_ms / 1000
        subagent.tool_uses = None if uses is None else int(uses)
        subagent.tokens = None if tokens is None else int(tokens)

    def _use(self, event: Event) -> None:
        name = event.text("name") or _UNNAMED
        self.tools.setdefault(name, Tool()).calls += 1
        arguments = event.data.get("input")
        if name in _WRITING and isinstance(arguments, dict):
            paths = (arguments.get(key) for key in ("file_path", "notebook_path"))
            path = next((path for path in paths if isinstance(path, str) and path), None)
            if path is not None:
                self.files[path] = self.files.get(path, 0) + 1

    def _result(self, event: Event) -> None:
        name, status = event.text("name") or _UNNAMED, event.text("status")
        tool = self.tools.setdefault(name, Tool())
        tool.duration_s += (event.number("duration_ms") or 0.0) / 1000
        tool.errors += status == "error"
        if status == "blocked":
            tool.blocked += 1
            reason = event.text("command") or event.text("reason")
            self.blocked.append(Blocked(name, event.text("rule") or None, reason))
