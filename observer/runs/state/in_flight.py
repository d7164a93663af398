"""Keeps the tool calls that have not ended, and whether one of them waits for a person. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.format.timestamps import parse_timestamp
from observer.runs.state.verdict import Status, Verdict

_ASKING = frozenset({"AskUserQuestion", "ExitPlanMode"})
"""Tools that wait for a person to answer."""


Session = tuple[str | None, int | None]
"""The phase and the iteration of a session, as its events have them; several can be open at the same time."""


class RunningTool(Struct, frozen=True):
    """A tool call that has not ended, when it started, in seconds since 1970, and its session; None if not known."""

    name: str
    since: float | None
    session: Session | None = None


class ToolInFlight(Struct, frozen=True):
    """A tool call that a heartbeat reports as running, and for how many seconds."""

    id: str
    name: str
    elapsed_s: float


class OpenCalls(Struct):
    """The tool calls that have not ended, by their IDs, and the sessions that have calls or have begun."""

    running: dict[str, RunningTool] = {}
    _sessions: set[Session] = set()
    _asked_since: float | None = None
    _asked_for: str | None = None

    def use(self, event: Event) -> None:
        """Add a `tool_use`."""
        session = _session_of(event)
        self._sessions.add(session)
        self.running[event.text("id")] = RunningTool(event.text("name"), parse_timestamp(event.timestamp), session)

    def result(self, event: Event) -> None:
        """Add a `tool_result`."""
        self.running.pop(event.text("tool_use_id"), None)

    def begin_session(self, event: Event) -> None:
        """Add a `session_start`: calls that the session had before get no result any more."""
        self.end_session(event)
        self._sessions.add(_session_of(event))

    def end_session(self, event: Event) -> None:
        """Add a `session_end`: the session's calls get no result any more; those of parallel sessions still run."""
        session = _session_of(event)
        self._sessions.discard(session)
        if self._sessions:
            self.running = {id_: tool for id_, tool in self.running.items() if tool.session != session}
        else:
            self.running, self._asked_since, self._asked_for = {}, None, None

    def heartbeat(self, event: Event, at: float) -> None:
        """Add a `heartbeat`, which lists all calls; `at` is its time in seconds since 1970."""
        is_asking = event.text("state") == "waiting_on_human"
        self._asked_since = (self._asked_since or at) if is_asking else None
        self._asked_for = asked_for(event) or None if is_asking else None
        known = self.running
        self.running = {
            tool.id: RunningTool(tool.name, at - tool.elapsed_s, known[tool.id].session if tool.id in known else None)
            for tool in running_tools(event)
        }

    def waiting_on_human(self, now: float) -> Status | None:
        """Return the status of a run that waits for a person: its heartbeat says so, or a tool that asks is running.

        The tool is named if it must be this one: it asks by nature, or no other is running.
        """
        tools = list(self.running.values())
        asking = [tool for tool in tools if tool.name in _ASKING]
        if self._asked_since is None and not asking:
            return None
        tool = asking[-1] if asking else tools[0] if len(tools) == 1 else None
        since = self._asked_since if tool is None else tool.since
        name = tool.name if tool else None
        return Status(Verdict.WAITING_ON_HUMAN, name, seconds_since(since, now), waiting_for=self._asked_for)


def running_tools(event: Event) -> list[ToolInFlight]:
    """Return the tool calls that a heartbeat lists as running."""
    return [
        ToolInFlight(tool.text("id"), tool.text("name"), tool.number("elapsed_s") or 0.0)
        for tool in event.items("in_flight")
    ]


def asked_for(event: Event) -> str:
    """Return in one line what the run waits for from a person, as a heartbeat states it; empty if it does not say."""
    return " ".join(event.text("waiting_for").split())


def seconds_since(since: float | None, now: float) -> float | None:
    """Return the seconds between two times, at least 0; None if the first is not known."""
    return None if since is None else max(0.0, now - since)


def _session_of(event: Event) -> Session:
    return event.phase, event.iteration
