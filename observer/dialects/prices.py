"""Prices of tokens by model, and what the tokens of a message cost. Pure.

A table maps the beginnings of models' names to prices. What no table has is not known, so that a sum without it is the
least that was spent.
"""

import re
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct, ValidationError, convert

from observer.errors import UsageError
from observer.format.fields import FieldAccess
from observer.format.timestamps import parse_timestamp, utc_datetime

_MILLION = 1e6
_EXAMPLE = '"gpt-5" = { input = 1.25, cache_read = 0.125, output = 10 }, in US dollars per million tokens'
_HEADER = ("date", "sources", "whole_names")
_VERSION = re.compile(r"(?:[-@](?:\d{8}|\d{4}-\d\d-\d\d|latest))?(?:\[1m\])?")
"""What may follow the whole name of a model: the day of its version, and that its context is long."""

_Usd = Annotated[float, Meta(ge=0, le=1e6)]


class Price(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices in US dollars of a million tokens of each kind, as events name them; None if a price is not known.

    `thinking` is a part of the output, and costs as much if it has no price of its own. `cache_write_1h` is the price
    of what is cached for an hour, by default `cache_write`. The prices hold for messages that read at most `up_to`
    tokens, as larger ones cost more, and from the day `since` on.
    """

    input: _Usd | None = None
    output: _Usd | None = None
    cache_read: _Usd | None = None
    cache_write: _Usd | None = None
    thinking: _Usd | None = None
    cache_write_1h: _Usd | None = None
    up_to: Annotated[int, Meta(ge=1)] | None = None
    since: date | None = None


class Billing(Struct, frozen=True):
    """What a message costs beside the number of its tokens: `hour_writes` of those written to the cache stay an hour.

    One without a list price, such as one in a fast mode, costs more than the table says. One whose cost the program
    has `stated_usd`, in US dollars, costs that.
    """

    hour_writes: int = 0
    has_list_price: bool = True
    stated_usd: float | None = None


LIST_PRICE = Billing()


class Cost(Struct, frozen=True):
    """A cost in US dollars; if it `is_minimum`, at least that much."""

    usd: float
    is_minimum: bool = False


class PriceTable(Struct, frozen=True):
    """Prices by the beginnings of models' names; with `whole_names` only a version may follow such a name.

    `date` says when they were read from their `sources`.
    """

    models: dict[str, Price]
    whole_names: bool = False
    date: str = ""
    sources: list[str] = []

    def find(self, model: str) -> Price | None:
        """Return the price under the longest name that the model's begins with; None if there is none."""
        names = [name for name in self.models if model.startswith(name) and self._fits(model[len(name) :])]
        return self.models[max(names, key=len)] if names else None

    def _fits(self, rest: str) -> bool:
        return not self.whole_names or _VERSION.fullmatch(rest) is not None


class Prices(Struct, frozen=True):
    """Tables of prices; the first one that has a model decides."""

    tables: tuple[PriceTable, ...] = ()

    def find(self, model: str) -> Price | None:
        """Return the price of a model; None if no table has it."""
        return next((price for table in self.tables if (price := table.find(model)) is not None), None)


def parse_prices(content: dict[str, object], name: str) -> PriceTable:
    """Return the table in the content of a TOML file. Raises UsageError, which names the file and what is wrong."""
    models: dict[str, Price] = {}
    for model, prices in content.items():
        if model in _HEADER:
            continue
        try:
            models[model] = convert(prices, Price)
        except ValidationError as error:
            raise UsageError(f'{name}: the prices of "{model}" are invalid ({error}); write {_EXAMPLE}') from None
    try:
        header = convert({"models": {}} | {key: content[key] for key in _HEADER if key in content}, PriceTable)
    except ValidationError as error:
        raise UsageError(f"{name} is not a file of prices ({error})") from None
    return PriceTable(models, header.whole_names, header.date, header.sources)


def cost_of_tokens(
    tokens: FieldAccess, price: Price, billing: Billing = LIST_PRICE, timestamp: str | None = None
) -> Cost | None:
    """Return what the tokens of one message cost, which was written at `timestamp`.

    None if the price is not known. Raises nothing, whatever the tokens are.

    >>> from observer.format.fields import Fields
    >>> tokens = Fields({"input": 1000, "output": 500, "cache_read": 20_000})
    >>> cost_of_tokens(tokens, Price(input=1.25, output=10, cache_read=0.125))
    Cost(usd=0.00875, is_minimum=False)
    """
    if price.since is not None and _is_before(timestamp, price.since):
        return None
    counts = {kind: tokens.count(kind) for kind in ("input", "cache_read", "cache_write", "output", "thinking")}
    thinking = min(counts["thinking"] or 0, counts["output"] or 0)
    hour_writes = min(billing.hour_writes, counts["cache_write"] or 0)
    parts = [
        (counts["input"], price.input),
        (counts["cache_read"], price.cache_read),
        ((counts["cache_write"] or 0) - hour_writes, price.cache_write),
        (hour_writes, price.cache_write if price.cache_write_1h is None else price.cache_write_1h),
        ((counts["output"] or 0) - thinking, price.output),
        (thinking, price.output if price.thinking is None else price.thinking),
    ]
    known = [count * usd / _MILLION for count, usd in parts if count and usd is not None]
    unknown = any(count and usd is None for count, usd in parts)
    if unknown and not known:
        return None
    read = sum(counts[kind] or 0 for kind in ("input", "cache_read", "cache_write"))
    is_large = price.up_to is not None and read > price.up_to
    is_minimum = unknown or is_large or counts["output"] is None or not billing.has_list_price
    return Cost(sum(known), is_minimum)


def _is_before(timestamp: str | None, day: date) -> bool:
    time = utc_datetime(parse_timestamp(timestamp))
    return time is not None and time.date() < day
