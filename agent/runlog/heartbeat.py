"""Collects the state that heartbeats report. Pure: the time is an argument, in seconds."""

from agent.events import (
    ApiRetry,
    Compaction,
    Event,
    Heartbeat,
    HeartbeatState,
    InFlight,
    RateLimit,
    SessionEnd,
    SessionStart,
    SubagentComplete,
    SubagentProgress,
    SubagentStart,
    Thinking,
    Thought,
    ToolInput,
    ToolResult,
    ToolUse,
)

_STATE_AFTER: dict[type[Event], HeartbeatState] = {
    SessionStart: "waiting_on_model",
    Thought: "writing",
    Thinking: "writing",
    ToolInput: "writing",
    ToolUse: "waiting_on_model",
    ToolResult: "waiting_on_model",
    ApiRetry: "retrying",
    Compaction: "waiting_on_model",
}
_TRACKED = frozenset((RateLimit, SessionStart, ToolUse, ToolResult, SubagentStart, SubagentComplete, SessionEnd))
"""Events whose fields matter. All others, mostly text, are far more frequent."""
_SIGNS_OF_LIFE = frozenset((*_STATE_AFTER, SessionEnd, SubagentStart, SubagentProgress, SubagentComplete))


class Activity:
    """The current activity of the agent: its state and the running tools, updated by each event of a run."""

    def __init__(self, now: float) -> None:
        self._started = now
        self._last_activity = now
        self._state: HeartbeatState = "starting"
        self._resets_at: str | None = None
        self._in_flight: dict[str, tuple[str, float]] = {}
        self._subagents: set[str] = set()
        self._sessions = 0
        self._waits: dict[str, tuple[HeartbeatState, str | None]] = {}

    def apply(self, event: Event, now: float) -> None:
        """Update the state with an event that was written at `now`."""
        kind = type(event)
        if kind in _SIGNS_OF_LIFE:
            self._last_activity = now
        self._state = _STATE_AFTER.get(kind, self._state)
        if kind in _TRACKED:
            self._track(event, now)

    def _track(self, event: Event, now: float) -> None:
        match event:
            case RateLimit(status="rejected"):
                self._state, self._resets_at = "rate_limited", event.resets_at
            case ToolUse():
                self._in_flight.setdefault(event.id, (event.name, now))
            case ToolResult():
                if event.tool_use_id not in self._subagents:  # a call of a subagent runs until that ends
                    self._in_flight.pop(event.tool_use_id, None)
            case SubagentStart():
                self._subagents.add(event.tool_use_id or event.id)
                self._in_flight.setdefault(event.tool_use_id or event.id, ("Agent", now))
            case SubagentComplete():
                self._subagents.discard(event.tool_use_id or event.id)
                self._in_flight.pop(event.tool_use_id or event.id, None)
            case SessionStart():
                self._sessions += 1
            case SessionEnd():
                self._sessions -= 1
                if self._sessions <= 0:  # otherwise another client of the same program is still at work
                    self._sessions, self._state = 0, "idle"
                    self._in_flight.clear()
                    self._subagents.clear()

    def tool_started(self, tool_use_id: str, name: str, now: float) -> None:
        """Count the time of a tool call from `now`, when it starts to run; it may have been announced earlier."""
        self._in_flight[tool_use_id] = (name, now)
        self._last_activity = now

    def set_elapsed(self, seconds: float, now: float) -> None:
        """Note that the run started `seconds` ago, also if it was written elsewhere at first."""
        self._started = now - seconds

    def touch(self, now: float) -> None:
        """Note a sign of life from the model or a tool that is not an event."""
        self._last_activity = now

    def begin_wait(self, key: str, state: HeartbeatState, until: str | None) -> None:
        """Report `state`, and that it lasts until `until` (RFC 3339) if that is known, as long as this wait lasts.

        Of several waits, the one that began last is reported.
        """
        self._waits.pop(key, None)
        self._waits[key] = state, until

    def end_wait(self, key: str, now: float) -> bool:
        """Report the state before that wait again; return whether there was such a wait."""
        if self._waits.pop(key, None) is None:
            return False
        self._last_activity = now
        return True

    def heartbeat(self, now: float, dropped: int) -> Heartbeat:
        """Return the heartbeat for this moment; `dropped` is the number of heartbeats that were skipped so far."""
        in_flight = [
            InFlight(id=tool_use_id, name=name, elapsed_s=round(now - since, 3))
            for tool_use_id, (name, since) in self._in_flight.items()
        ]
        own: HeartbeatState = "in_tool" if in_flight else self._state
        resets_at = self._resets_at if own == "rate_limited" else None
        state, until = next(reversed(self._waits.values()), (own, resets_at))
        return Heartbeat(
            elapsed_s=round(now - self._started, 3),
            idle_s=round(now - self._last_activity, 3),
            state=state,
            in_flight=in_flight,
            dropped=dropped,
            until=until,
        )
