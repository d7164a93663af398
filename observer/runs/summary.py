"""Totals of a run: sessions, tools, subagents, tokens, progress, files and errors. A fold over its lines. Pure.

Text pieces, nine tenths of a run, are only counted, not decoded.
"""

from collections.abc import Iterable

from msgspec import Struct

from observer.format.event import Event, decode, type_of
from observer.format.lines import Line, Oversize
from observer.format.timestamps import parse_timestamp
from observer.runs.conversation import Prompt, describe_stop, failed_servers, prompt_of
from observer.runs.describe_conversation import session_errors, session_reason
from observer.runs.state import RunState
from observer.runs.tokens import Tokens, larger, parse_tokens, sum_tokens

_TEXT = frozenset({"thought", "thinking", "tool_input", "heartbeat", "subagent_progress"})
_STATE_TYPES = frozenset({
    "run_start", "session_start", "session_end", "subagent_start", "subagent_complete", "progress", "todo", "error",
    "complete",
})  # fmt: skip
_UNNAMED = "unknown"
"""The name of a tool or a model whose line has none."""
_WRITING = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})


class Session(Struct):
    """A session; the fields that its end reports are None until then. Times and durations are in seconds."""

    iteration: int | None
    agent_type: str
    began: float | None
    ended: float | None = None
    outcome: str | None = None
    turns: int | None = None
    duration_s: float | None = None
    cost_usd: float | None = None
    tokens: Tokens | None = None
    terminal_reason: str = ""
    errors: list[str] = []
    failed_servers: list[str] = []
    """MCP servers that it started without, each with its state."""


class Model(Struct):
    """The use of one model: its complete messages, and their tokens; None as long as no message states any."""

    messages: int = 0
    tokens: Tokens | None = None


class Said(Struct, frozen=True):
    """A prompt, when it was sent (seconds since 1970), and by which call if it was sent to a subagent."""

    at: float | None
    prompt: Prompt
    parent: str | None


class Stop(Struct, frozen=True):
    """A message that did not end in the usual way: the reason in words, and when (seconds since 1970)."""

    at: float | None
    reason: str
    parent: str | None


class Tool(Struct):
    """The calls of one tool: how many, how many failed or were blocked, and their total duration in seconds.

    The duration is None as long as no result states one.
    """

    calls: int = 0
    errors: int = 0
    blocked: int = 0
    duration_s: float | None = None


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
        self.prompts: list[Said] = []
        self.models: dict[str, Model] = {}
        self.spent: dict[str | None, Tokens] = {}
        """The tokens of the main agent (None) and of each subagent, by the call that spawned it."""
        self.used: list[tuple[float, int]] = []
        """When each message was complete, and the number of its tokens."""
        self.stops: list[Stop] = []
        self.counts: list[tuple[float, int, int]] = []
        """Progress: time, number of passing features, and number of all features."""
        self.files: dict[str, int] = {}
        """Files that were written, each with the number of writes; a call that failed or never ended wrote none."""
        self.errors = 0
        self.last_error: Event | None = None
        self.state = RunState()
        """The state of the run, from the events that concern the run as a whole."""
        self._writes: dict[str, str] = {}
        """The files of calls without a result, by call."""

    @property
    def tokens(self) -> Tokens | None:
        """The tokens of the run: the total that its events state, or the sum over its messages if that is further."""
        return larger(self.state.tokens, sum_tokens(self.spent.values()))

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
        if (prompt := prompt_of(event)) is not None:
            self.prompts.append(Said(parse_timestamp(event.timestamp), prompt, event.parent))
        elif add := _ADD.get(event.type):
            add(self, event)

    def _run_start(self, event: Event) -> None:
        self.start = event

    def _session_start(self, event: Event) -> None:
        began, servers = parse_timestamp(event.timestamp), failed_servers(event)
        self.sessions.append(Session(event.iteration, event.text("agent_type"), began, failed_servers=servers))

    def _session_end(self, event: Event) -> None:
        """Add what the end of a session states to the one that it ends: two may run at the same time."""
        active = [session for session in self.sessions if session.outcome is None]
        same = [session for session in active if session.iteration == event.iteration]
        session = next(reversed(same or active or self.sessions), None)
        if session is None:
            return
        duration_ms, turns = event.number("duration_ms"), event.number("turns")
        session.ended, session.outcome = parse_timestamp(event.timestamp), event.text("outcome")
        session.turns = None if turns is None else int(turns)
        session.duration_s = None if duration_ms is None else duration_ms / 1000
        session.cost_usd = event.number("cost_usd")
        session.tokens = parse_tokens(event.data.get("tokens"))
        session.terminal_reason, session.errors = session_reason(event), session_errors(event)

    def _message(self, event: Event) -> None:
        tokens = parse_tokens(event.data.get("tokens"))
        model = self.models.setdefault(event.text("model") or _UNNAMED, Model())
        model.messages += 1
        model.tokens = sum_tokens([model.tokens, tokens])
        if tokens is not None:
            spent = self.spent.get(event.parent)
            self.spent[event.parent] = tokens if spent is None else spent + tokens
            if (at := parse_timestamp(event.timestamp)) is not None:
                self.used.append((at, tokens.total))
        if reason := describe_stop(event):
            self.stops.append(Stop(parse_timestamp(event.timestamp), reason, event.parent))

    def _subagent_start(self, event: Event) -> None:
        call = event.text("tool_use_id") or event.text("id")
        self.subagents[call] = Subagent(call, event.parent, event.text("agent_type"), event.text("description"))

    def _subagent_complete(self, event: Event) -> None:
        subagent = self.subagents.get(event.text("tool_use_id") or event.text("id"))
        if subagent is None:
            return
        duration_ms, uses, tokens = (event.number(key) for key in ("duration_ms", "tool_uses", "tokens"))
        subagent.status = event.text("status")
        subagent.duration_s = None if duration_ms is None else duration_ms / 1000
        subagent.tool_uses = None if uses is None else int(uses)
        subagent.tokens = None if tokens is None else int(tokens)

    def _progress(self, event: Event) -> None:
        at, passing, total = parse_timestamp(event.timestamp), event.number("passing"), event.number("total")
        if at is not None and passing is not None and total is not None:
            self.counts.append((at, int(passing), int(total)))

    def _error(self, event: Event) -> None:
        self.errors += 1
        self.last_error = event

    def _use(self, event: Event) -> None:
        name = event.text("name") or _UNNAMED
        self.tools.setdefault(name, Tool()).calls += 1
        arguments = event.data.get("input")
        if name in _WRITING and isinstance(arguments, dict):
            paths = (arguments.get(key) for key in ("file_path", "notebook_path"))
            path = next((path for path in paths if isinstance(path, str) and path), None)
            if path is not None and event.text("id"):
                self._writes[event.text("id")] = path

    def _result(self, event: Event) -> None:
        name, status = event.text("name") or _UNNAMED, event.text("status")
        tool = self.tools.setdefault(name, Tool())
        if (duration_ms := event.number("duration_ms")) is not None:
            tool.duration_s = (tool.duration_s or 0.0) + duration_ms / 1000
        tool.errors += status == "error"
        path = self._writes.pop(event.text("tool_use_id"), None)
        if path is not None and status == "success":
            self.files[path] = self.files.get(path, 0) + 1
        if status == "blocked":
            tool.blocked += 1
            reason = event.text("command") or event.text("reason")
            self.blocked.append(Blocked(name, event.text("rule") or None, reason))


_ADD = {
    "run_start": Summary._run_start,
    "session_start": Summary._session_start,
    "session_end": Summary._session_end,
    "message": Summary._message,
    "tool_use": Summary._use,
    "tool_result": Summary._result,
    "subagent_start": Summary._subagent_start,
    "subagent_complete": Summary._subagent_complete,
    "progress": Summary._progress,
    "error": Summary._error,
}
