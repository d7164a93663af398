"""Makes the lines of one run: what each contains follows from the events before it."""

import time
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from agent.errors import RunLogClosed
from agent.events import (
    EVENT_TYPES,
    Complete,
    Event,
    Heartbeat,
    HeartbeatState,
    Phase,
    RunStart,
    SessionStart,
    StopReason,
    Tokens,
)
from agent.runlog.encoder import CopiedLine, EncodedLine, LineEncoder
from agent.runlog.heartbeat import Activity
from agent.runlog.outcome import RunOutcome, SessionOutcomes
from agent.runlog.totals import Totals


class Origin(NamedTuple):
    """Where an event comes from: the subagent's tool_use id, if any, and the session; None for the run's own one."""

    parent: str | None = None
    phase: Phase | None = None
    iteration: int | None = None


_TYPES = {kind.type: kind for kind in EVENT_TYPES}


class RunLines:
    """Encodes the events of one run, and keeps the state and the totals that heartbeats and the last line report.

    Only one thread at a time may call it, the appender's; all threads may call `touch` and read the attributes. `phase`
    and `iteration` follow the `session_start` events; `closed` is true after `complete`.
    """

    def __init__(self, start: RunStart) -> None:
        self._start = start
        self._started = time.monotonic()
        self._activity = Activity(self._started)
        self._totals = Totals()
        self._sessions = SessionOutcomes()
        self.phase = Phase.STARTING
        self.iteration = 0
        self.closed = False
        self._first_copied_ns: int | None = None
        self._beat, self._dropped = self._started, 0

    def begin(self, encoder: LineEncoder, written: Iterable[CopiedLine] = (), now_ns: int = 0) -> None:
        """Encode with `encoder`, which knows the last line that the file has. To be called before the first event.

        `written` are the lines that the file has already, of a writer that died: the totals, and the duration up to
        `now_ns`, are those of the whole run.
        """
        self._encoder = encoder
        began_ns = now_ns
        for line in written:
            began_ns = min(began_ns, line.time_ns)
            if event := _typed(line):
                self._totals.apply(event)
                self._sessions.apply(event)
        elapsed_s = (now_ns - began_ns) / 1e9
        self._started -= elapsed_s
        self._activity.set_elapsed(elapsed_s, time.monotonic())

    @property
    def cost_usd(self) -> float | None:
        """The cost in US dollars of all sessions so far, as far as it is known; None if none is."""
        return self._totals.cost_usd

    def event(self, event: Event, origin: Origin) -> EncodedLine:
        """Return the line of an event. Raises RunLogClosed after `complete`."""
        self._check_open(event.type)
        if isinstance(event, SessionStart):
            self.phase, self.iteration = Phase(event.agent_type.lower()), event.iteration
        self._totals.apply(event)
        self._sessions.apply(event)
        self._activity.apply(event, time.monotonic())
        return self._encode(event, origin)

    def copy(self, line: CopiedLine) -> EncodedLine:
        """Return the line for one of another run file; if that is `complete`, it is the last of this one, too."""
        self._check_open(line.type)
        if line.phase in set(Phase):
            self.phase, self.iteration = Phase(line.phase), line.iteration
        now = time.monotonic()
        if self._first_copied_ns is None:
            self._first_copied_ns = line.time_ns
        self._activity.set_elapsed((line.time_ns - self._first_copied_ns) / 1e9, now)
        if event := _typed(line):
            self._totals.apply(event)
            self._sessions.apply(event)
            self._activity.apply(event, now)
        self.closed = line.type == Complete.type
        return self._encoder.copy(line)

    def heartbeat(self, dropped: int = 0) -> EncodedLine:
        """Return the line of a heartbeat for this moment; `dropped` is the number of skipped ones so far, if known."""
        self._beat, self._dropped = time.monotonic(), max(dropped, self._dropped)
        return self.event(self._heartbeat(self._dropped), Origin())

    def overdue_heartbeat(self) -> EncodedLine | None:
        """Return a heartbeat that says how many could not be written, as while the disk was full; None if all were."""
        missed = int((time.monotonic() - self._beat) // self._start.heartbeat_s) - 1
        return self.heartbeat(self._dropped + missed) if missed > 0 and not self.closed else None

    def complete(self, end: RunOutcome | None, reason: StopReason | None) -> EncodedLine | None:
        """Return the last line of the run, None if it was returned before. Without an `end`, its sessions tell it."""
        if self.closed:
            return None
        self.closed = True
        outcome, message = end or self._sessions.outcome()
        event = Complete(
            outcome=outcome,
            project_dir=self._start.project_dir,
            cost_usd=self._totals.cost_usd,
            duration_ms=round((time.monotonic() - self._started) * 1000),
            message=message,
            reason=reason,
            blocked=self._totals.blocked,
            passing=self._totals.passing,
            total=self._totals.total,
            tokens=self._totals.tokens,
        )
        return self._encode(event, Origin())

    def spent(self, session_id: str, cost_usd: float | None, tokens: Tokens) -> None:
        """Let heartbeats report what a running session has cost so far, and the tokens that it has used."""
        self._totals.spent(session_id, cost_usd, tokens)

    def touch(self) -> None:
        """Reset the `idle_s` of heartbeats."""
        self._activity.touch(time.monotonic())

    def tool_started(self, tool_use_id: str, name: str, now: float) -> None:
        """Count the time of a tool call from `now` on."""
        self._activity.tool_started(tool_use_id, name, now)

    def begin_wait(self, key: str, state: HeartbeatState, until: str | None) -> EncodedLine | None:
        """Let heartbeats report `state` from now on; return one."""
        self._activity.begin_wait(key, state, until)
        return None if self.closed else self.heartbeat()

    def end_wait(self, key: str) -> EncodedLine | None:
        """Let heartbeats no longer report that state; return one, None if there was no such wait."""
        ended = self._activity.end_wait(key, time.monotonic())
        return self.heartbeat() if ended and not self.closed else None

    def _heartbeat(self, dropped: int) -> Heartbeat:
        return self._totals.add_to_heartbeat(self._activity.heartbeat(time.monotonic(), dropped))

    def _check_open(self, type_: str) -> None:
        if self.closed:
            raise RunLogClosed(f"a {type_} event was emitted after the end of its run; open another run for it")

    def _encode(self, event: Event, origin: Origin) -> EncodedLine:
        phase = self.phase if origin.phase is None else origin.phase
        iteration = self.iteration if origin.iteration is None else origin.iteration
        return self._encoder.encode(event, phase, iteration, origin.parent)


def _typed(line: CopiedLine) -> Event | None:
    """Return the event of a line; None if this version does not know its type, or not that of a field."""
    kind = _TYPES.get(line.type)
    try:
        return msgspec.convert(line.data, kind, strict=False) if kind else None
    except msgspec.ValidationError:
        return None
