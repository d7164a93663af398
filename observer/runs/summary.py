"""What a whole run amounts to: sessions, tools, subagents, progress, files, errors. A fold over its lines. Pure.

Text pieces, nine tenths of a run, only count; of the other lines only the fields that are needed are decoded.
"""

from collections.abc import Iterable

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from observer.format.event import Event, decode, type_of
from observer.format.lines import Line, Oversize
from observer.format.timestamps import parse_timestamp
from observer.runs.state import RunState

_TEXT = frozenset({"thought", "thinking", "tool_input", "heartbeat", "subagent_progress"})
_WHOLE = frozenset({
    "run_start", "session_start", "session_end", "subagent_start", "subagent_complete", "progress", "error", "complete",
})  # fmt: skip
_WRITING = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})


class Session(Struct):
    """A conversation; what its end tells is None while it goes on. Times and durations are in seconds."""

    iteration: int | None
    agent_type: str
    began: float | None
    outcome: str | None = None
    turns: int | None = None
    took: float | None = None
    cost_usd: float | None = None


class Tool(Struct):
    """What became of the calls of one tool, and how long they took together, in seconds."""

    calls: int = 0
    errors: int = 0
    blocked: int = 0
    took: float = 0.0


class Subagent(Struct):
    """A subagent; `parent` is the tool call that spawned the one that spawned it, None below the main agent."""

    call: str
    parent: str | None
    agent_type: str
    description: str
    status: str | None = None
    took: float | None = None
    tool_uses: int | None = None
    tokens: int | None = None


class Blocked(Struct, frozen=True):
    """A call that was refused."""

    name: str
    rule: str | None
    what: str


class Summary:
    """Feed it the lines of a run with `take`; everything else is there to be read."""

    def __init__(self) -> None:
        self.start: Event | None = None
        self.events = 0
        self.broken = 0
        self.sessions: list[Session] = []
        self.tools: dict[str, Tool] = {}
        self.subagents: dict[str, Subagent] = {}
        self.blocked: list[Blocked] = []
        self.counts: list[tuple[float, int, int]] = []
        """Progress: when, how many pass, of how many."""
        self.files: dict[str, int] = {}
        """Files that were written, with how often."""
        self.errors = 0
        self.last_error: Event | None = None
        self.state = RunState()
        """Of the events that tell of the run as a whole."""

    def take(self, lines: Iterable[Line | Oversize]) -> None:
        """Take in the next lines of the run."""
        for line in lines:
            kind = type_of(line) if isinstance(line, Line) else ""
            if not kind:
                self.broken += isinstance(line, Oversize) or bool(line.data.strip())
                continue
            self.events += 1
            if kind in _TEXT or isinstance(line, Oversize):
                continue
            if kind == "tool_use":
                self._use(line)
            elif kind == "tool_result":
                self._result(line)
            elif kind in _WHOLE and isinstance(event := decode(line), Event):
                self._event(event)

    def _event(self, event: Event) -> None:
        self.state = self.state.apply(event)
        match event.type:
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
        took, turns = event.number("duration_ms"), event.number("turns")
        session.outcome = event.text("outcome")
        session.turns = None if turns is None else int(turns)
        session.took = None if took is None else took / 1000
        session.cost_usd = event.number("cost_usd")

    def _subagent_complete(self, event: Event) -> None:
        found = self.subagents.get(event.text("tool_use_id") or event.text("id"))
        if found is None:
            return
        took, uses, tokens = (event.number(key) for key in ("duration_ms", "tool_uses", "tokens"))
        found.status = event.text("status")
        found.took = None if took is None else took / 1000
        found.tool_uses = None if uses is None else int(uses)
        found.tokens = None if tokens is None else int(tokens)

    def _use(self, line: Line) -> None:
        try:
            found = _USE.decode(line.data).data
        except (DecodeError, UnicodeDecodeError):
            return
        self.tools.setdefault(found.name, Tool()).calls += 1
        path = found.input.file_path or found.input.notebook_path
        if found.name in _WRITING and path:
            self.files[path] = self.files.get(path, 0) + 1

    def _result(self, line: Line) -> None:
        try:
            found = _RESULT.decode(line.data).data
        except (DecodeError, UnicodeDecodeError):
            return
        tool = self.tools.setdefault(found.name, Tool())
        tool.took += (found.duration_ms or 0.0) / 1000
        tool.errors += found.status == "error"
        if found.status == "blocked":
            tool.blocked += 1
            self.blocked.append(Blocked(found.name, found.rule, found.command or found.reason or ""))


class _Input(Struct, frozen=True):
    file_path: str | None = None
    notebook_path: str | None = None


class _UseData(Struct, frozen=True):
    name: str = ""
    input: _Input = _Input()


class _Use(Struct):
    data: _UseData


class _ResultData(Struct):
    name: str = "unknown"
    status: str = ""
    duration_ms: float | None = None
    rule: str | None = None
    command: str | None = None
    reason: str | None = None


class _Result(Struct):
    data: _ResultData


_USE = Decoder(_Use)
_RESULT = Decoder(_Result)
