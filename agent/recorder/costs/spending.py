"""What a session has cost, and the tokens that it has used. Pure.

The CLI counts a whole conversation: over its turns, over the sessions that resume or fork it, and with its subagents
and compactions. `/clear` begins another conversation, which has cost nothing yet. So the share of one session is what
its conversations have cost, without what the first one had cost before.

The cost is known after each turn. In between there are only the tokens of each message: the CLI reports no price of
tokens that were read from the prompt cache or written to it, and nearly all are.
"""

from typing import Any

from claude_agent_sdk import ResultMessage
from msgspec import Struct

from agent.events import Tokens
from agent.recorder.costs.message_tokens import MessageTokens
from agent.recorder.sdk.field_values import count_of, int_or_none

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
        return cls(cost_usd, sum(map(_model_tokens, models.values()), Tokens()))

    def is_before(self, other: "Total") -> bool:
        """Return whether it is smaller, so that the same conversation cannot have had `other` earlier."""
        return self.cost_usd < other.cost_usd or self.tokens.input < other.tokens.input


class Spending:
    """The cost and the tokens of one session. `messages` are its messages, which it counts until the turn is over."""

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

    def result(self, message: ResultMessage) -> None:
        """Process the result of a turn, which has the total of the conversation so far."""
        models: dict[str, Any] = dict(message.model_usage or {})
        total = Total.of(message.total_cost_usd or 0.0, models)
        if self._before is not None:
            if total.is_before(self._last):
                self._earlier, self._before = self._share(self._last, self._before), Total()
            self._last = total
            if message.model_usage is not None:
                self._messages.settle()
        guessed = any(usage.get("costBasis") == _GUESS for usage in models.values())
        self._cost_is_known = message.total_cost_usd is not None and not guessed

    @property
    def cost_usd(self) -> float | None:
        """The cost of the session until its last turn ended; None if it is not known."""
        if self._before is None or not self._cost_is_known:
            return None
        return round(self._share(self._last, self._before).cost_usd, _USD_DIGITS)

    @property
    def tokens(self) -> Tokens:
        """The tokens of the session so far."""
        messages = self._messages.total()
        return messages if self._before is None else self._share(self._last, self._before).tokens + messages

    def _share(self, total: Total, before: Total) -> Total:
        """Return what the session has cost when its conversation has cost `total`, and had cost `before`."""
        tokens = self._earlier.tokens + (total.tokens - before.tokens)
        return Total(self._earlier.cost_usd + total.cost_usd - before.cost_usd, tokens)


def _model_tokens(usage: dict[str, Any]) -> Tokens:
    return Tokens(
        input=count_of(usage.get("inputTokens")),
        output=count_of(usage.get("outputTokens")),
        cache_read=count_of(usage.get("cacheReadInputTokens")),
        cache_write=count_of(usage.get("cacheCreationInputTokens")),
        thinking=int_or_none(usage.get("thinkingTokens")),
    )
