"""Adds what a session costs to the events that state it, where the session's file has tokens but no price. Pure."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from observer.dialects.dialect import ForeignEvent
from observer.dialects.prices import Price, Prices, cost_of_tokens
from observer.format.fields import FieldAccess, Fields

_USD_DIGITS = 6
_KINDS = ("input", "output", "cache_read", "cache_write")
_SEARCH = "WebSearch"
"""The tool of which each call costs something that no message has."""


class _Sum(Struct):
    """What some messages cost. `usd` is None if no price is known, `tokens` the number of them that were counted."""

    usd: float | None = None
    is_minimum: bool = False
    tokens: int = 0

    def add(self, usd: float | None, *, is_minimum: bool) -> None:
        if usd is not None:
            self.usd = (self.usd or 0.0) + usd
        self.is_minimum = self.is_minimum or is_minimum


class CostMeter:
    """Counts what the messages of one session of another program cost, each with its own model.

    A cost that the program itself states is kept, and replaces what was counted until then.
    """

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self._known: dict[str, Price | None] = {}
        self._ended = _Sum()
        self._open = _Sum()

    def price(self, events: Sequence[ForeignEvent]) -> list[ForeignEvent]:
        """Return the next events, with costs where they have none: the ends of sessions and runs, and heartbeats.

        Messages state what the run has cost so far.
        """
        return [self._take(event) for event in events]

    def skip(self) -> None:
        """Note that events were left out here, the cost of which is not known."""
        self._open.is_minimum = True

    def _take(self, event: ForeignEvent) -> ForeignEvent:
        match event.type:
            case "message":
                self._count(event)
                return _with_cost(event, self._total(event), "total_cost_usd")
            case "compaction":  # what the summary cost stands nowhere
                self.skip()
            case "tool_use" if event.data.get("name") == _SEARCH:
                self.skip()
            case "session_end":
                return self._end_session(event)
            case "heartbeat" | "complete":
                return _with_cost(event, self._total(event))
        return event

    def _count(self, event: ForeignEvent) -> None:
        data = Fields(event.data)
        tokens = data.fields("tokens")
        if tokens is None:
            return
        self._open.tokens += (count := _number_of(tokens))
        if (stated := event.billing.stated_usd) is not None:
            self._open.add(stated, is_minimum=False)
            return
        price = self._price_of(data.text("model"))
        cost = None if price is None else cost_of_tokens(tokens, price, event.billing, event.timestamp)
        if cost is None:
            self._open.add(None, is_minimum=count > 0)
        else:
            self._open.add(cost.usd, is_minimum=cost.is_minimum)

    def _price_of(self, model: str) -> Price | None:
        if model not in self._known:
            self._known[model] = self._prices.find(model) if model else None
        return self._known[model]

    def _end_session(self, event: ForeignEvent) -> ForeignEvent:
        data, counted = Fields(event.data), self._open
        stated, tokens = data.number("cost_usd"), data.fields("tokens")
        total = counted.tokens if tokens is None else _number_of(tokens)
        if stated is not None:
            counted = _Sum(stated)
        elif total > counted.tokens:
            counted.is_minimum = True
        self._ended.add(counted.usd, is_minimum=counted.is_minimum)
        self._ended.tokens += total
        self._open = _Sum()
        return _with_cost(event, counted)

    def _total(self, event: ForeignEvent) -> _Sum:
        total = replace(self._ended)
        total.add(self._open.usd, is_minimum=self._open.is_minimum)
        tokens = Fields(event.data).fields("tokens")
        if tokens is not None and _number_of(tokens) > self._ended.tokens + self._open.tokens:
            total.is_minimum = True
        return total


def _number_of(tokens: FieldAccess) -> int:
    return sum(tokens.count(kind) or 0 for kind in _KINDS)


def _with_cost(event: ForeignEvent, cost: _Sum, key: str = "cost_usd") -> ForeignEvent:
    """Return an event with a cost, unless it states one or none is known."""
    if cost.usd is None or Fields(event.data).number(key) is not None:
        return event
    more: dict[str, object] = {key: round(cost.usd, _USD_DIGITS)}
    return replace(event, data=event.data | more | ({"cost_is_minimum": True} if cost.is_minimum else {}))
