"""Durations, sizes, counts and money: a unit changes where the rounded figure would otherwise need another digit."""

import pytest

from observer.format.units import format_cost, format_count, format_duration, format_money, format_size, pluralize


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0ms"), (0.0994, "99ms"), (0.0995, "0.1s"), (9.94, "9.9s"), (9.95, "10s"), (59.4, "59s"), (60, "1m 00s"),
        (3599, "59m 59s"), (3600, "1h 00m"), (360_000, "100h 00m"),
    ],
)  # fmt: skip
def test_a_duration_has_two_or_three_digits(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(999, "999 B"), (1000, "1.0 kB"), (9949, "9.9 kB"), (9950, "10 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"),
     (5e15, "5000 TB")],
)  # fmt: skip
def test_a_size_is_in_powers_of_ten(count: float, text: str) -> None:
    assert format_size(count) == text


@pytest.mark.parametrize(
    ("count", "text"), [(999, "999"), (1000, "1.0k"), (999_949, "999.9k"), (999_950, "1.0M"), (25_000_000, "25.0M")]
)
def test_a_large_count_is_shortened(count: float, text: str) -> None:
    assert format_count(count) == text


def test_a_small_amount_of_money_keeps_its_digits() -> None:
    assert [format_money(dollars) for dollars in (0, 0.0042, 0.01, 12)] == ["$0.00", "$0.0042", "$0.01", "$12.00"]


def test_a_noun_is_in_the_plural_unless_there_is_exactly_one() -> None:
    assert [pluralize(count, "line") for count in (0, 1, 2)] == ["0 lines", "1 line", "2 lines"]


def test_a_cost_may_be_the_least_that_it_was_or_unknown() -> None:
    assert [format_cost(0.0), format_cost(0.23, is_minimum=True), format_cost(None, is_minimum=True)] == [
        "$0.00",
        "at least $0.23",
        "",
    ]
