"""Computes what a run is doing from its events: the state after them, and the verdict at a given time. Pure."""

from collections.abc import Callable

from msgspec import Struct, field
from msgspec.structs import astuple

from observer.format.event import Event
from observer.format.timestamps import parse_timestamp
from observer.format.units import format_duration
from observer.runs.state.activity import Activity
from observer.runs.state.context_fill import ContextFill
from observer.runs.state.conversation import TodoItem, todo_of
from observer.runs.state.in_flight import OpenCalls, RunningTool, seconds_since
from observer.runs.state.run_totals import RunTotals
from observer.runs.state.tokens import Tokens
from observer.runs.state.verdict import Status, Verdict
from observer.runs.state.writer import Writer, parse_writer

STALL_AFTER_S = 600.0
"""Seconds without progress after which a run that only sends heartbeats is stalled."""
MISSED_BEATS = 3
"""Missed heartbeats after which a run is stalled: its writer hangs, or its machine is unreachable."""
USUAL_HEARTBEAT_S = 5.0
FORGOTTEN_AFTER_S = 86_400.0
"""Seconds of silence after which a question that is open does not explain the silence of an unknown writer any more."""
_LONGEST_HEARTBEAT_S = 3600.0
"""The longest interval of heartbeats that is believed."""
ENDING_TYPES = frozenset({"run_start", "complete"})
"""The types that decide whether a run has ended. After `complete`, any other event may say that it was resumed."""
UNKNOWN_OUTCOME = "unknown"
"""The outcome of a run whose `complete` does not state any."""

_AGENT_TYPES = {"initializer": "INITIALIZER", "coding": "CODING", "verifying": "VERIFYING", "single": "SINGLE"}


class RunState(Struct):
    """The state of a run after its events so far: `apply` adds the next event, `status_at` returns the verdict.

    Times are in seconds since 1970 on the clock of the writer, which may differ from ours: `now_after` converts.
    Unknown values are None. `writer` is the process that writes it, `outcome` comes from `complete` and is None while
    the run is active, "unknown" if that states none. `todo` is the main agent's last list of things to do.
    `known_from` is the `seq` of the first event of a file whose beginning is gone, as in a stream with a limit.
    `unread` says why what was read holds no event; it counts only while there is none.

    >>> from observer import load_run
    >>> state = RunState()
    >>> for event in load_run("docs/example.ndjson").events[:7]:
    ...     state.apply(event)
    >>> state.status_at(state.now_after(2), writer_alive=None)
    Status(verdict=<Verdict.IN_TOOL: 'in tool'>, tool='Bash', seconds=2.0)
    """

    run: str | None = None
    writer: Writer = Writer()
    project_dir: str | None = None
    about: str = ""
    started: float | None = None
    stamp: str | None = None
    heartbeat_s: float | None = None
    agent_type: str | None = None
    iteration: int | None = None
    passing: int | None = None
    total: int | None = None
    totals: RunTotals = field(default_factory=RunTotals)
    context: ContextFill = field(default_factory=ContextFill)
    outcome: str | None = None
    todo: list[TodoItem] = []
    known_from: int | None = None
    _begun: bool = False
    unread: str | None = None
    _activity: Activity = field(default_factory=Activity)
    _duration_s: float | None = None
    _calls: OpenCalls = field(default_factory=OpenCalls)
    _parsed_stamp: str | None = None
    _last_seen: float | None = None
    """The time in `_parsed_stamp`: a list asks each run several times for that of its `stamp`."""

    @property
    def host(self) -> str | None:
        """The machine of the writer."""
        return self.writer.host

    @property
    def cost_usd(self) -> float | None:
        """The cost of the run so far."""
        return self.totals.cost_usd

    @property
    def cost_is_minimum(self) -> bool:
        """Whether the run has cost at least `cost_usd`, and perhaps more."""
        return self.totals.cost_is_minimum

    @property
    def tokens(self) -> Tokens | None:
        """The tokens of the run so far."""
        return self.totals.tokens

    @property
    def running(self) -> dict[str, RunningTool]:
        """The tool calls that have not ended, by their IDs."""
        return self._calls.running

    @property
    def last_seen(self) -> float | None:
        """The time of the last event, in seconds since 1970."""
        if self._parsed_stamp is not self.stamp:
            self._parsed_stamp, self._last_seen = self.stamp, parse_timestamp(self.stamp)
        return self._last_seen

    def now_after(self, silent_s: float) -> float:
        """Return the time on the writer's clock when its last event arrived `silent_s` seconds ago.

        How far its clock is from ours does not matter then. If no event has a time, its clock starts with the last one.
        """
        return (self.last_seen or 0.0) + silent_s

    def elapsed(self, now: float, status: Status | None = None) -> float | None:
        """Return the duration of the run up to `now`, in seconds; None when its start is not known.

        A run that has ended, or has crashed or is unknown according to `status`, lasted until its last event.
        """
        if status is not None and status.verdict in {Verdict.CRASHED, Verdict.UNKNOWN}:
            now = self.last_seen or now
        if self.outcome is not None and self._duration_s is not None:
            return self._duration_s
        if self.started is None:
            return None
        end = (self.last_seen or now) if self.outcome is not None else now
        return max(0.0, end - self.started)

    def begin(self, kind: str, seq: int | None, lines_before: int = 0) -> None:
        """Note the type and `seq` of the file's first event, and how many lines without an event stand before it.

        Those may be the events that are missing. `apply` does it too, and only the first call counts.
        """
        if not self._begun:
            self._begun = True
            self.known_from = seq if kind != "run_start" and seq is not None and seq > 1 + lines_before else None

    def apply(self, event: Event) -> None:
        """Add the next event; a `run_start` resets the state first. A run that is over goes on only if resumed."""
        if not self._begun:
            self.begin(event.type, event.seq)
        if event.type == "run_start":
            self._start(event)
            return
        self.stamp = event.timestamp or self.stamp
        if self.outcome is not None and not _resumes(event):
            return
        self.outcome = None
        self.run = self.run or event.run
        self._activity.take(event, self.stamp)
        if event.iteration:
            self.iteration = event.iteration
            self.agent_type = _AGENT_TYPES.get(event.phase or "", self.agent_type)
        if more := _MORE.get(event.type):
            more(self, event)

    def status_at(self, now: float, *, writer_alive: bool | None, stall_after_s: float = STALL_AFTER_S) -> Status:
        """Return the verdict at `now`, seconds since 1970. `writer_alive` is None if that is not known."""
        if self.outcome is not None:
            ended = {"success": Verdict.COMPLETE, "interrupted": Verdict.INTERRUPTED, UNKNOWN_OUTCOME: Verdict.ENDED}
            return Status(ended.get(self.outcome, Verdict.FAILED))
        if not self._begun:
            return Status(Verdict.UNKNOWN, missing=f"no event: {self.unread}" if self.unread else "no event yet")
        if writer_alive is False:
            return Status(Verdict.CRASHED)
        silent_s = now - self.now_after(0.0)
        waiting = self._calls.waiting_on_human(now)
        longest_s = MISSED_BEATS * self.heartbeat_s if self.heartbeat_s else stall_after_s
        if writer_alive is None and silent_s < -longest_s:
            return Status(Verdict.UNKNOWN, missing=f"the time of its file is {format_duration(-silent_s)} ahead")
        if self.heartbeat_s and silent_s > longest_s:
            return Status(Verdict.STALLED, seconds=silent_s)
        if writer_alive is None and not self.heartbeat_s:
            limit_s = 0.0 if self.writer.is_unseen else FORGOTTEN_AFTER_S if waiting is not None else longest_s
            if silent_s >= limit_s and not self._activity.is_pausing(now):
                return Status(Verdict.UNKNOWN, seconds=silent_s, missing=self._missing())
        if waiting is not None:
            return waiting
        if self.running:
            tool = list(self.running.values())[-1]
            return Status(Verdict.IN_TOOL, tool.name, seconds_since(tool.since, now))
        return self._activity.status_at(now, stall_after_s if self.heartbeat_s else None)

    def _missing(self) -> str:
        """Return in words what would tell whether the writer of a run without heartbeats is alive."""
        if self.writer.is_unseen:
            return "its last turn has not ended, and its process cannot be seen"
        host = self.writer.host
        return f"no heartbeat, and its writer on {host} cannot be seen" if host else "no heartbeat and no writer known"

    def _start(self, event: Event) -> None:
        fresh = RunState(
            run=event.run,
            writer=parse_writer(event),
            project_dir=event.text("project_dir") or None,
            about=event.text("about"),
            started=parse_timestamp(event.timestamp),
            stamp=event.timestamp,
            heartbeat_s=_heartbeat_interval(event),
            _begun=True,
        )
        fresh._activity.take(event, event.timestamp)
        for name, value in zip(self.__struct_fields__, astuple(fresh), strict=True):
            setattr(self, name, value)

    def _complete(self, event: Event) -> None:
        self.outcome = event.text("outcome") or UNKNOWN_OUTCOME
        self._calls = OpenCalls()
        duration_ms = event.number("duration_ms")
        self._duration_s = None if duration_ms is None else duration_ms / 1000
        self._count(event)
        self.totals.take(event)

    def _count(self, event: Event) -> None:
        passing, total = event.count("passing"), event.count("total")
        if passing is not None and total is not None:
            self.passing, self.total = passing, total

    def _session_start(self, event: Event) -> None:
        self.agent_type = event.text("agent_type") or self.agent_type
        self.iteration = event.integer("iteration") or self.iteration
        self._calls.begin_session(event)

    def _session_end(self, event: Event) -> None:
        self._calls.end_session(event)
        self.context.end_session(event)
        self.totals.end_session(event)

    def _message(self, event: Event) -> None:
        self.totals.message(event)
        self.context.message(event)

    def _todo(self, event: Event) -> None:
        if event.parent is None:
            self.todo = todo_of(event)

    def _heartbeat(self, event: Event) -> None:
        now = parse_timestamp(event.timestamp)
        self.heartbeat_s = self.heartbeat_s or USUAL_HEARTBEAT_S
        self._count(event)
        self.totals.take(event)
        self._activity.heartbeat(event, now)
        if now is None:
            return
        self.started = self.started or now - (event.number("elapsed_s") or 0.0)
        self._calls.heartbeat(event, now)

    def _info(self, event: Event) -> None:
        """Take over who writes the run from now on, if another process has resumed it that says so."""
        if event.text("kind") == "resumed" and event.text("lock"):
            self.writer = parse_writer(event)


_MORE: dict[str, Callable[[RunState, Event], None]] = {
    "complete": RunState._complete,
    "progress": RunState._count,
    "session_start": RunState._session_start,
    "session_end": RunState._session_end,
    "tool_use": lambda state, event: state._calls.use(event),
    "tool_result": lambda state, event: state._calls.result(event),
    "heartbeat": RunState._heartbeat,
    "info": RunState._info,
    "message": RunState._message,
    "todo": RunState._todo,
    "rate_limit": lambda state, event: state._activity.rate_limit(event),
}


def _resumes(event: Event) -> bool:
    """Return whether an event after `complete` decides anew whether the run has ended; others are late, and do not."""
    kind = event.type
    return kind in {"complete", "session_start"} or (kind == "info" and event.text("kind") == "resumed")


def _heartbeat_interval(event: Event) -> float | None:
    interval = event.number("heartbeat_s")
    return interval if interval is not None and 0 < interval <= _LONGEST_HEARTBEAT_S else None
