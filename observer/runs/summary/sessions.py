"""The sessions of a run, with what their ends report, for summaries. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.format.timestamps import parse_timestamp
from observer.runs.state.tokens import Tokens, tokens_of
from observer.runs.words.describe_conversation import session_errors, session_reason


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
    cost_is_minimum: bool = False
    tokens: Tokens | None = None
    terminal_reason: str = ""
    errors: list[str] = []
    offset: int | None = None
    """Where it begins in the file."""


class Sessions:
    """All sessions of a run, in the order in which they began."""

    def __init__(self) -> None:
        self.all: list[Session] = []

    def start(self, event: Event) -> None:
        """Add the session that a `session_start` begins."""
        began, offset = parse_timestamp(event.timestamp), event.line.offset
        self.all.append(Session(event.iteration, event.text("agent_type"), began, offset=offset))

    def end(self, event: Event) -> None:
        """Add what a `session_end` states to the session that it ends."""
        session = self._ended_by(event)
        duration_ms = event.number("duration_ms")
        session.ended, session.outcome = parse_timestamp(event.timestamp), event.text("outcome")
        session.turns = event.integer("turns")
        session.duration_s = None if duration_ms is None else duration_ms / 1000
        session.cost_usd, session.cost_is_minimum = event.number("cost_usd"), event.flag("cost_is_minimum")
        session.tokens = tokens_of(event)
        session.terminal_reason, session.errors = session_reason(event), session_errors(event)

    def _ended_by(self, event: Event) -> Session:
        """Return the session that a `session_end` ends: two may run at the same time, and one may end twice."""
        active = [session for session in self.all if session.outcome is None]
        same = [session for session in active if session.iteration == event.iteration]
        again = [session for session in self.all if session.iteration == event.iteration]
        session = next(reversed(same or active or again), None)
        if session is None:  # its start is not in the file
            session = Session(event.iteration, (event.phase or "").upper(), None, offset=event.line.offset)
            self.all.append(session)
        return session
