"""What the agent is doing right now, for the heartbeat. Pure: the time is an argument, in seconds."""

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
    SessionEnd: "idle",
}
_CHANGES_MORE = frozenset((RateLimit, ToolUse, ToolResult, SubagentStart, SubagentComplete, SessionEnd))
"""What has to be looked into. All else, above all text, is far more frequent."""
_SIGNS_OF_LIFE = frozenset((*_STATE_AFTER, SubagentStart, SubagentProgress, SubagentComplete))


class Activity:
    """A fold over the events of a run: `note` each one, `touch` on any other sign of life, `beat` for a summary."""

    def __init__(self, now: float) -> None:
        self._started = now
        self._last_life = now
        self._state: HeartbeatState = "starting"
        self._in_flight: dict[str, tuple[str, float]] = {}
        self._subagents: set[str] = set()
        self._wait: tuple[HeartbeatState, str] | None = None

    def note(self, event: Event, now: float) -> None:
        """Take in an event of the run at time `now`."""
        kind = type(event)
        if kind in _SIGNS_OF_LIFE:
            self._last_life = now
        self._state = _STATE_AFTER.get(kind, self._state)
        if kind in _CHANGES_MORE:
            self._follow(event, now)

    def _follow(self, event: Event, now: float) -> None:
        match event:
            case RateLimit(status="rejected"):
                self._state = "rate_limited"
            case ToolUse():
                self._in_flight.setdefault(event.id, (event.name, now))
            case ToolResult():
                if event.tool_use_id not in self._subagents:  # a call that only launched one goes on with it
                    self._in_flight.pop(event.tool_use_id, None)
            case SubagentStart():
                self._subagents.add(event.tool_use_id or event.id)
                self._in_flight.setdefault(event.tool_use_id or event.id, ("Agent", now))
            case SubagentComplete():
                self._subagents.discard(event.tool_use_id or event.id)
                self._in_flight.pop(event.tool_use_id or event.id, None)
            case SessionEnd():
                self._in_flight.clear()
                self._subagents.clear()

    def tool_started(self, tool_use_id: str, name: str, now: float) -> None:
        """A tool that may have been announced earlier really starts."""
        self._in_flight[tool_use_id] = (name, now)
        self._last_life = now

    def touch(self, now: float) -> None:
        """The model or a tool gave a sign of life that is not an event."""
        self._last_life = now

    def wait(self, state: HeartbeatState, until: str) -> None:
        """Nothing will happen before `until` (RFC 3339), and `state` says why."""
        self._wait = state, until

    def wait_over(self, now: float) -> None:
        """It goes on."""
        self._wait = None
        self._last_life = now

    def beat(self, now: float, dropped: int) -> Heartbeat:
        """The heartbeat for this moment."""
        in_flight = [
            InFlight(id=tool_use_id, name=name, elapsed_s=round(now - since, 3))
            for tool_use_id, (name, since) in self._in_flight.items()
        ]
        state, until = self._wait or (self._state, None)
        return Heartbeat(
            elapsed_s=round(now - self._started, 3),
            idle_s=round(now - self._last_life, 3),
            state="in_tool" if in_flight else state,
            in_flight=in_flight,
            dropped=dropped,
            until=until,
        )
