"""Totals of a run: sessions, tools, subagents, tokens, progress, files and errors. A fold over its lines. Pure.

Text pieces, nine tenths of a run, are only counted, not decoded.
"""

from collections.abc import Iterable

from msgspec import Struct

from observer.format.event import Event, Malformed, Record, decode, keys_of
from observer.format.lines import Line, Oversize
from observer.format.timestamps import parse_timestamp
from observer.runs.calls import BLOCKED, Calls
from observer.runs.conversation import Prompt, prompt_of
from observer.runs.describe_conversation import session_errors, session_reason
from observer.runs.describe_tools import UNNAMED, tool_of
from observer.runs.features import Features
from observer.runs.state import RunState
from observer.runs.subagents import Subagents
from observer.runs.tokens import Tokens, larger, sum_tokens, tokens_of
from observer.runs.trouble import GOOD_STATUSES
from observer.runs.trouble_list import TroubleList

_PIECES = frozenset({"thought", "thinking"})
_UNKNOWN_MODEL = "unknown"
_COUNTED = _PIECES | {"tool_input", "heartbeat", "subagent_progress"}
_STATE_TYPES = frozenset({
    "run_start", "session_start", "session_end", "subagent_start", "subagent_complete", "progress", "todo", "error",
    "complete",
})  # fmt: skip


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


class Model(Struct):
    """The use of one model: its complete messages, and their tokens; None as long as no message states any."""

    messages: int = 0
    tokens: Tokens | None = None


class Said(Struct, frozen=True):
    """A prompt, when it was sent (seconds since 1970), and by which call if it was sent to a subagent."""

    at: float | None
    prompt: Prompt
    parent: str | None


class Tool(Struct):
    """The calls of one tool: how many, how many failed or were blocked, and their total duration in seconds.

    The duration is None as long as no result states one.
    """

    calls: int = 0
    errors: int = 0
    blocked: int = 0
    duration_s: float | None = None


class Summary:
    """Takes the lines of a run with `take`; the other attributes are the totals so far."""

    def __init__(self) -> None:
        self.start: Event | None = None
        self.end: Event | None = None
        """The last `complete` event."""
        self.events = 0
        self.malformed = 0
        """Lines without an event."""
        self.first_malformed = ""
        """Which of them is the first, and why it has none, in words."""
        self._lines = 0
        self.sessions: list[Session] = []
        self.tools: dict[str, Tool] = {}
        self.subagents = Subagents()
        self.calls = Calls()
        self.features = Features()
        self.troubles = TroubleList()
        self.prompts: list[Said] = []
        self.models: dict[str, Model] = {}
        self.spent: dict[str | None, Tokens] = {}
        """The tokens of the main agent (None) and of each subagent, by the call that spawned it."""
        self.used: list[tuple[float, int]] = []
        """When each message was complete, and the number of its tokens."""
        self.counts: list[tuple[float, int, int]] = []
        """Progress: time, number of passing features, and number of all features."""
        self.last_error: Event | None = None
        self.state = RunState()
        """The state of the run, from the events that concern the run as a whole."""
        self._project = ""

    @property
    def tokens(self) -> Tokens | None:
        """The tokens of the run: the total that its events state, or the sum over its messages if that is further."""
        return larger(self.state.tokens, sum_tokens(self.spent.values()))

    def take(self, lines: Iterable[Line | Oversize]) -> None:
        """Add the next lines of the run."""
        retries = self.troubles.retries
        for line in lines:
            self._lines += 1
            record = Record(line)
            if isinstance(line, Line) and (kind := record.type) in _COUNTED:
                self.events += 1
                if kind == "heartbeat" or retries or self.events == 1:
                    self._count(kind, line)
            elif (event := record.event) is not None:
                self.events += 1
                self._event(event)
            elif record.decoded is not None or isinstance(line, Oversize):
                self.malformed += 1
                if not self.first_malformed:
                    reason = record.decoded.reason if isinstance(record.decoded, Malformed) else "too long"
                    self.first_malformed = f"the first broken line is line {self._lines:,}: {reason}"

    def _count(self, kind: str, line: Line) -> None:
        if self.events == 1 and (keys := keys_of(line)) is not None:
            self.state.begin(kind, keys.seq, self._lines - 1)
        if kind == "heartbeat":
            self.calls.heartbeat(line)
        elif kind in _PIECES and self.troubles.retries and isinstance(event := decode(line), Event):
            self.troubles.answered(event.parent)

    def _event(self, event: Event) -> None:
        self.state.begin(event.type, event.seq, self._lines - 1)
        self.troubles.take(event)
        if event.type in _STATE_TYPES:
            self.state.apply(event)
        if (prompt := prompt_of(event)) is not None:
            self.prompts.append(Said(parse_timestamp(event.timestamp), prompt, event.parent))
        elif add := _ADD.get(event.type):
            add(self, event)

    def _run_start(self, event: Event) -> None:
        self.start, self._project = event, event.text("project_dir")

    def _session_start(self, event: Event) -> None:
        self.sessions.append(Session(event.iteration, event.text("agent_type"), parse_timestamp(event.timestamp)))

    def _session_end(self, event: Event) -> None:
        """Add what the end of a session states to the one that it ends: two may run at the same time."""
        self._end_calls(event.iteration, event, failed=event.text("outcome") not in {"success", ""})
        active = [session for session in self.sessions if session.outcome is None]
        same = [session for session in active if session.iteration == event.iteration]
        again = [session for session in self.sessions if session.iteration == event.iteration]
        session = next(reversed(same or active or again), None)
        if session is None:  # its start is not in the file
            session = Session(event.iteration, (event.phase or "").upper(), None)
            self.sessions.append(session)
        duration_ms = event.number("duration_ms")
        session.ended, session.outcome = parse_timestamp(event.timestamp), event.text("outcome")
        session.turns = event.integer("turns")
        session.duration_s = None if duration_ms is None else duration_ms / 1000
        session.cost_usd = event.number("cost_usd")
        session.tokens = tokens_of(event)
        session.terminal_reason, session.errors = session_reason(event), session_errors(event)

    def _message(self, event: Event) -> None:
        tokens = tokens_of(event)
        model = self.models.setdefault(event.text("model") or _UNKNOWN_MODEL, Model())
        model.messages += 1
        model.tokens = sum_tokens([model.tokens, tokens])
        if tokens is not None:
            spent = self.spent.get(event.parent)
            self.spent[event.parent] = tokens if spent is None else spent + tokens
            if (at := parse_timestamp(event.timestamp)) is not None:
                self.used.append((at, tokens.total))

    def _subagent_start(self, event: Event) -> None:
        self.subagents.start(event)

    def _subagent_complete(self, event: Event) -> None:
        self.subagents.complete(event)

    def _end_calls(self, iteration: int | None, event: Event, *, failed: bool) -> None:
        """End what belongs to the session with this number, or to all sessions."""
        at = parse_timestamp(event.timestamp)
        self.calls.end(iteration, at, failed=failed)
        self.subagents.end(iteration, at, failed=failed)

    def _progress(self, event: Event) -> None:
        self.features.take(event)
        at, passing, total = parse_timestamp(event.timestamp), event.count("passing"), event.count("total")
        if at is not None and passing is not None and total is not None:
            self.counts.append((at, passing, total))

    def _complete(self, event: Event) -> None:
        self.end = event
        self.calls.complete(event)
        self.features.count(event)

    def _info(self, event: Event) -> None:
        if event.text("kind") == "resumed":  # what a process that was killed was doing is over
            self.state.apply(event)
            self._end_calls(None, event, failed=False)

    def _error(self, event: Event) -> None:
        self.last_error = event

    def _use(self, event: Event) -> None:
        self.tools.setdefault(tool_of(event), Tool()).calls += 1
        self.calls.use(event, self._project)
        if event.parent is None:
            self.subagents.cut.clear()

    def _result(self, event: Event) -> None:
        status, call = event.text("status"), self.calls.result(event)
        name = tool_of(event) if call is None or event.text("name") else call.name
        tool = self.tools.setdefault(name, Tool())
        if call is not None and call.name == UNNAMED != name:
            self._rename(tool)
        if (duration_ms := event.number("duration_ms")) is not None:
            tool.duration_s = (tool.duration_s or 0.0) + duration_ms / 1000
        tool.errors += status not in GOOD_STATUSES and status != BLOCKED
        tool.blocked += status == BLOCKED

    def _rename(self, tool: Tool) -> None:
        """Count a call that did not name its tool as one of `tool`, which its result names."""
        tool.calls += 1
        unnamed = self.tools[UNNAMED]
        unnamed.calls -= 1
        if unnamed == Tool():
            del self.tools[UNNAMED]


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
    "info": Summary._info,
    "complete": Summary._complete,
}
