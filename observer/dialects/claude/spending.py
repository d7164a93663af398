"""What a session has cost, and the tokens that it has used. Pure.

The CLI counts a whole conversation: over its turns, over the sessions that resume or fork it, and with its subagents
and compactions. `/clear` begins another conversation, which has cost nothing yet. So the share of one session is what
its conversations have cost, without what the first one had cost before.
"""

from typing import Any

from msgspec import Struct

from observer.dialects.claude.usage import MessageTokens, Tokens, model_tokens
from observer.format.fields import Fields, as_fields

_USD_DIGITS = 6
_GUESS = "unknown"
"""The `costBasis` of a model whose price the CLI does not know; it takes that of its default model."""


class Total(Struct, frozen=True):
    """A cost in US dollars, and numbers of tokens."""

    cost_usd: float = 0.0
    tokens: Tokens = Tokens()

    @classmethod
    def of(cls, cost_usd: float, models: dict[str, Any]) -> "Total":
        """Return the total of a conversation; `models` has the tokens of each model, in the names of the CLI."""
        return cls(cost_usd, sum((model_tokens(as_fields(usage)) for usage in models.values()), Tokens()))

    def is_before(self, other: "Total") -> bool:
        """Return whether it is smaller, so that the same conversation cannot have had `other` earlier."""
        return self.cost_usd < other.cost_usd or self.tokens.input < other.tokens.input


class Spending:
    """The cost and the tokens of one session. `messages` are its messages, which it counts until a total has them."""

    def __init__(self, messages: MessageTokens) -> None:
        self._messages = messages
        self._before: Total | None = Total()
        self._last = Total()
        self._earlier = Total()
        """What the session's conversations before the current one have cost."""
        self._cost_is_known = False

    def resumed(self, before: Total | None) -> None:
        """Note what the conversation had cost before this session; None if that is not known."""
        self._before, self._last = before, before or Total()

    def forked(self) -> None:
        """Note that this session is a fork of another one, and that what that had cost is not known."""
        if self._last == Total():
            self._before = None

    def begin_session(self) -> None:
        """Begin another session of the same conversation, which continues from the last total."""
        self._before, self._earlier, self._cost_is_known = self._last, Total(), False
        self._messages.settle()

    def report(self, cost_usd: float | None, models: dict[str, Any] | None, *, is_guess: bool = False) -> None:
        """Process the total of the conversation so far; with `is_guess`, the CLI does not know the price of a model."""
        total = Total.of(cost_usd or 0.0, models or {})
        if self._before is not None:
            if total.is_before(self._last):
                self._earlier, self._before = self._share(self._last, self._before), Total()
            if models is not None:
                self._messages.settle()
        self._last = total
        guessed = any(as_fields(usage).text("costBasis") == _GUESS for usage in (models or {}).values())
        self._cost_is_known = cost_usd is not None and not guessed and not is_guess

    @property
    def cost_usd(self) -> float | None:
        """The cost of the session until the last total; None if it is not known."""
        if self._before is None or not self._cost_is_known:
            return None
        return round(self._share(self._last, self._before).cost_usd, _USD_DIGITS)

    @property
    def tokens(self) -> Tokens | None:
        """The tokens of the session so far, None if they are not known."""
        messages = self._messages.total()
        if messages is None or self._before is None:
            return messages
        return self._share(self._last, self._before).tokens + messages

    def _share(self, total: Total, before: Total) -> Total:
        """Return what the session has cost when its conversation has cost `total`, and had cost `before`."""
        tokens = self._earlier.tokens + (total.tokens - before.tokens)
        return Total(self._earlier.cost_usd + total.cost_usd - before.cost_usd, tokens)


def cost_before(result: Fields) -> Total | None:
    """Return what a resumed conversation had cost before the first turn, if this is the result of that."""
    match result.data:
        case {
            "result_index": 0,
            "total_cost_usd": float() | int() as cost,
            "modelUsage": dict(models),
            "model_usage_since_last_result": dict(own),
        }:
            costs = (as_fields(usage).number("costUSD") or 0.0 for usage in own.values())
            share, total = Total.of(sum(costs), own), Total.of(cost, models)
            return Total(total.cost_usd - share.cost_usd, total.tokens - share.tokens)
    return None
