"""Prices are looked up by the longest beginning of a model's name, and what is not known is never guessed."""

from datetime import date

import pytest

from observer.dialects.prices import (
    LIST_PRICE,
    Billing,
    Cost,
    Price,
    Prices,
    PriceTable,
    cost_of_tokens,
    parse_prices,
)
from observer.errors import UsageError
from observer.format.fields import Fields

MODEL = {"input": 2.0, "output": 20.0}


def usd(tokens: dict[str, object], price: Price, billing: Billing = LIST_PRICE, at: str | None = None) -> object:
    cost = cost_of_tokens(Fields(tokens), price, billing, at)
    return None if cost is None else (round(cost.usd, 6), cost.is_minimum)


def test_the_longest_beginning_of_a_name_wins() -> None:
    table = PriceTable({"gpt-": Price(input=1), "gpt-5": Price(input=2), "gpt-5.1-codex": Price(input=3)})
    found = [table.find(model) for model in ("gpt-4", "gpt-5", "gpt-5.1", "gpt-5.1-codex-max", "o3", "")]
    assert [price and price.input for price in found] == [1, 2, 2, 3, None, None]


def test_a_whole_name_may_be_followed_only_by_its_version() -> None:
    table = PriceTable({"gpt-5": Price(input=2)}, whole_names=True)
    versions = ["gpt-5", "gpt-5-2025-08-07", "gpt-5-20250807", "gpt-5@20250807", "gpt-5-latest", "gpt-5[1m]"]
    assert [model for model in versions if table.find(model) is None] == []
    others = ["gpt-5.1", "gpt-5-mini", "gpt-50", "gpt-5-2025", "my-gpt-5", "gpt"]
    assert [model for model in others if table.find(model) is not None] == []


def test_the_first_table_that_has_a_model_decides() -> None:
    own, default = (
        PriceTable({"gpt-5": Price(input=1)}),
        PriceTable({"gpt-5-codex": Price(input=9), "o3": Price(input=2)}),
    )
    prices = Prices((own, default))
    found = [prices.find(model) for model in ("gpt-5-codex", "o3", "unknown")]
    assert [price and price.input for price in found] == [1, 2, None]


@pytest.mark.parametrize(
    ("tokens", "cost"),
    [
        ({"input": 1_000_000}, (2.0, False)),
        ({"output": 500_000}, (10.0, False)),
        ({"input": 500_000, "output": 500_000, "thinking": 400_000}, (11.0, False)),
        ({"output": 0}, (0.0, False)),
        ({"output": 0, "cache_read": 5}, None),
        ({"input": 500_000, "output": 0, "cache_read": 5}, (1.0, True)),
        ({"input": 500_000, "output": None}, (1.0, True)),
        ({"input": "many", "output": -3}, (0.0, True)),
    ],
)
def test_what_has_no_price_makes_a_cost_the_least_that_it_was(tokens: dict[str, object], cost: object) -> None:
    assert usd({"output": 0} | tokens, Price(input=2, output=20)) == cost


def test_each_of_the_five_kinds_can_have_a_price_of_its_own() -> None:
    price = Price(input=1, output=2, cache_read=4, cache_write=8, thinking=16)
    tokens = {"input": 100, "output": 300, "cache_read": 1000, "cache_write": 10_000, "thinking": 200}
    assert usd(tokens, price) == ((100 + 100 * 2 + 200 * 16 + 1000 * 4 + 10_000 * 8) / 1e6, False)


def test_what_is_cached_for_an_hour_can_cost_more() -> None:
    tokens = {"output": 0, "cache_write": 1000}
    assert usd(tokens, Price(cache_write=5, cache_write_1h=8), Billing(hour_writes=400)) == (0.0062, False)
    assert usd(tokens, Price(cache_write=5), Billing(hour_writes=400)) == (0.005, False)
    assert usd(tokens, Price(cache_write=5, cache_write_1h=8), Billing(hour_writes=9000)) == (0.008, False)


def test_a_message_that_costs_more_than_the_list_says_costs_at_least_that() -> None:
    price = Price(input=1, output=1, cache_read=1, up_to=1000)
    assert usd({"output": 9000, "input": 1000}, price) == (0.01, False)
    assert usd({"output": 9000, "input": 500, "cache_read": 501}, price) == (0.010001, True)
    assert usd({"output": 0, "input": 100}, price, Billing(has_list_price=False)) == (0.0001, True)


def test_prices_are_not_known_before_the_day_from_which_they_hold() -> None:
    price = Price(input=1, output=1, since=date(2026, 10, 7))
    stamps = ["2026-10-06T23:59:59.999999Z", "2026-10-07T00:00:00.000000Z", None]
    tokens: dict[str, object] = {"input": 1_000_000, "output": 0}
    assert [usd(tokens, price, at=stamp) for stamp in stamps] == [None, (1.0, False), (1.0, False)]


def test_a_table_is_parsed_with_what_it_says_about_itself() -> None:
    content: dict[str, object] = {
        "date": "2026-10-24",
        "sources": ["https://example.com"],
        "whole_names": True,
        "m": MODEL,
    }
    table = PriceTable({"m": Price(input=2, output=20)}, True, "2026-10-24", ["https://example.com"])
    assert parse_prices(content, "p.toml") == table
    assert parse_prices({}, "p.toml") == PriceTable({})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"m": 5}, 'p.toml: the prices of "m" are invalid'),
        ({"m": {"inptu": 5}}, "unknown field `inptu`"),
        ({"m": {"input": "5"}}, "got `str` - at `$.input`"),
        ({"m": {"input": -1}}, ">= 0.0"),
        ({"m": {"input": float("nan")}}, ">= 0.0"),
        ({"m": {"input": float("inf")}}, "<= 1000000.0"),
        ({"m": {"since": "soon"}}, "$.since"),
        ({"date": 3}, "p.toml is not a file of prices"),
        ({"sources": "x"}, "p.toml is not a file of prices"),
    ],
)
def test_an_invalid_table_is_named_with_what_is_wrong(content: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_prices(content, "p.toml")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_cost_is_exact_unless_it_is_said_not_to_be() -> None:
    assert Cost(1.0) == Cost(1.0, is_minimum=False)
