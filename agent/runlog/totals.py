"""Adds up what heartbeats and the last line of a run report: its cost, tokens, features and blocked calls. Pure."""

from agent.events import Blocked, Event, Heartbeat, Progress, SessionEnd, Tokens, ToolResult, ToolStatus

_MAX_COMMAND_CHARS = 200
_USD_DIGITS = 6


class Totals:
    """The totals of a run so far. A number that nothing has reported yet is None."""

    def __init__(self) -> None:
        self.passing: int | None = None
        self.total: int | None = None
        self.blocked: list[Blocked] = []
        self._costs: dict[str, float] = {}
        self._tokens: dict[str, Tokens] = {}
        self._ended_cost_usd: float | None = None
        self._ended_tokens: Tokens | None = None

    @property
    def cost_usd(self) -> float | None:
        """The cost in US dollars, as far as it is known, of all sessions so far."""
        costs = [cost for cost in (self._ended_cost_usd, *self._costs.values()) if cost is not None]
        return round(sum(costs), _USD_DIGITS) if costs else None

    @property
    def tokens(self) -> Tokens | None:
        """The tokens of all sessions so far."""
        counts = [*([self._ended_tokens] if self._ended_tokens else []), *self._tokens.values()]
        return sum(counts[1:], counts[0]) if counts else None

    def spent(self, session_id: str, cost_usd: float | None, tokens: Tokens) -> None:
        """Note what a session that is running has cost so far, and the tokens that it has used."""
        if cost_usd is not None:
            self._costs[session_id] = cost_usd
        self._tokens[session_id] = tokens

    def apply(self, event: Event) -> None:
        """Update the totals with an event of the run."""
        if isinstance(event, SessionEnd):
            self._end(event)
        elif isinstance(event, Progress):
            self.passing, self.total = event.passing, event.total
        elif isinstance(event, ToolResult) and event.status is ToolStatus.BLOCKED:
            self.blocked.append(_blocked_call(event))

    def add_to_heartbeat(self, heartbeat: Heartbeat) -> Heartbeat:
        """Set the totals in `heartbeat` and return it."""
        heartbeat.passing, heartbeat.total = self.passing, self.total
        heartbeat.cost_usd, heartbeat.tokens = self.cost_usd, self.tokens
        return heartbeat

    def _end(self, end: SessionEnd) -> None:
        self._costs.pop(end.session_id or "", None)
        self._tokens.pop(end.session_id or "", None)
        if end.cost_usd is not None:
            self._ended_cost_usd = (self._ended_cost_usd or 0.0) + end.cost_usd
        if end.tokens is not None:
            self._ended_tokens = self._ended_tokens + end.tokens if self._ended_tokens else end.tokens


def _blocked_call(result: ToolResult) -> Blocked:
    """Return a blocked call as the run's last line lists it."""
    command = result.command and result.command[:_MAX_COMMAND_CHARS]
    return Blocked(
        tool_use_id=result.tool_use_id, name=result.name, rule=result.rule, command=command, reason=result.reason
    )
