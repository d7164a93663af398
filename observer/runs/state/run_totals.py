"""The cost and the tokens of a run so far, from the totals that its events state. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.runs.state.tokens import Tokens, larger, sum_tokens, tokens_of


class RunTotals(Struct):
    """What a run has cost so far, and its tokens; None as long as they are not known.

    With `cost_is_minimum`, it has cost at least that much. The totals that heartbeats state include sessions that are
    still running; without heartbeats, a session counts when it ends.
    """

    cost_usd: float | None = None
    cost_is_minimum: bool = False
    tokens: Tokens | None = None
    _ended_usd: float = 0.0
    _ended_is_minimum: bool = False
    _ended_tokens: Tokens | None = None

    def take(self, event: Event) -> None:
        """Take over the totals of the run that a `heartbeat` or `complete` states."""
        self._take_cost(event, "cost_usd")
        self.tokens = tokens_of(event) or self.tokens

    def message(self, event: Event) -> None:
        """Take over the cost so far that a `message` states."""
        self._take_cost(event, "total_cost_usd")

    def end_session(self, event: Event) -> None:
        """Add what a session cost, unless the last heartbeat has included it already."""
        if (cost := event.number("cost_usd")) is not None:
            self._ended_usd += cost
            self._ended_is_minimum = self._ended_is_minimum or event.flag("cost_is_minimum")
            if self._ended_usd >= (self.cost_usd or 0.0):
                self.cost_usd, self.cost_is_minimum = self._ended_usd, self._ended_is_minimum
        if (tokens := tokens_of(event)) is not None:
            self._ended_tokens = sum_tokens([self._ended_tokens, tokens])
            self.tokens = larger(self.tokens, self._ended_tokens)

    def _take_cost(self, event: Event, key: str) -> None:
        if (cost := event.number(key)) is not None:
            self.cost_usd, self.cost_is_minimum = cost, event.flag("cost_is_minimum")
