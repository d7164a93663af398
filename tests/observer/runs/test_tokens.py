"""Numbers of tokens: whatever a file states, the sums are right and nothing is made up."""

from typing import Any

import pytest

from observer.runs.tokens import Tokens, describe_parts, describe_total, larger, parse_tokens, sum_tokens

SOME = Tokens(input=12, output=41, cache_read=9210, cache_write=385)


@pytest.mark.parametrize(
    "value", [None, 7, "many", [], {}, {"x": 1}, {"input": "1"}, {"output": True}, {"input": None}]
)
def test_what_states_no_number_is_unknown_and_not_zero(value: Any) -> None:
    assert parse_tokens(value) is None
    assert describe_total(None) == describe_parts(None) == ""


def test_a_number_that_cannot_be_one_counts_as_zero() -> None:
    assert parse_tokens({"input": -5, "output": 10**40, "cache_read": 2.9, "thinking": 1}) == Tokens(
        cache_read=2, thinking=1
    )


def test_what_was_read_includes_the_cache_and_thinking_is_a_part_of_what_was_written() -> None:
    tokens = SOME + Tokens(thinking=30)
    assert (tokens.read, tokens.total) == (9607, 9648)
    assert (describe_total(tokens), describe_parts(tokens)) == ("9.6k tokens", "9.6k tokens in, 41 out")


def test_a_sum_is_unknown_only_if_all_its_parts_are() -> None:
    assert sum_tokens([]) is sum_tokens([None, None]) is None
    assert sum_tokens([None, SOME, Tokens(output=1)]) == SOME + Tokens(output=1)
    assert (SOME + SOME).thinking is None


def test_of_two_counts_the_one_that_is_further_along_is_used() -> None:
    assert larger(None, None) is None
    assert larger(SOME, None) == larger(None, SOME) == larger(Tokens(), SOME) == SOME
