"""Numbers of tokens: whatever a file states, the sums are right and nothing is made up."""

from typing import Any

import pytest
from msgspec import to_builtins

from observer.format.fields import Fields
from observer.runs.state.tokens import (
    Tokens,
    count_output,
    count_thinking,
    count_total,
    describe_parts,
    describe_spent,
    describe_total,
    larger,
    sum_tokens,
    token_counts,
    tokens_of,
)

SOME = Tokens(input=12, output=41, cache_read=9210, cache_write=385)


@pytest.mark.parametrize(
    "value", [None, 7, "many", [], {}, {"x": 1}, {"input": "1"}, {"output": True}, {"input": None}]
)
def test_what_states_no_number_is_unknown_and_not_zero(value: Any) -> None:
    assert tokens_of(Fields({"tokens": value})) is None
    assert describe_total(None) == describe_parts(None) == ""


def test_a_number_that_cannot_be_one_counts_as_zero() -> None:
    assert tokens_of(
        Fields({"tokens": {"input": -5, "output": 10**40, "cache_read": 2.0, "cache_write": 2.9}})
    ) == Tokens(cache_read=2)


def test_what_was_read_includes_the_cache_and_thinking_is_a_part_of_what_was_written() -> None:
    tokens = SOME + Tokens(output=0, thinking=30)
    assert (tokens.read, tokens.total) == (9607, 9648)
    assert (describe_total(tokens), describe_parts(tokens)) == ("9.6k tokens", "9.6k tokens in, 41 out")


def test_a_sum_is_unknown_only_if_all_its_parts_are() -> None:
    assert sum_tokens([]) is sum_tokens([None, None]) is None
    assert sum_tokens([None, SOME, Tokens(output=1)]) == SOME + Tokens(output=1)
    assert (SOME + SOME).thinking is None


def test_of_two_counts_the_one_that_is_further_along_is_used() -> None:
    assert larger(None, None) is None
    assert larger(SOME, None) == larger(None, SOME) == larger(Tokens(), SOME) == SOME


UNKNOWN = {"input": 12, "output": None, "cache_read": 9210, "cache_write": 385, "thinking": None}


def test_an_output_that_is_not_stated_is_unknown_and_not_zero() -> None:
    tokens = tokens_of(Fields({"tokens": UNKNOWN}))
    assert tokens is not None
    assert to_builtins(token_counts(tokens)) == UNKNOWN
    assert (describe_parts(tokens), count_output(tokens), count_thinking(tokens)) == ("9.6k tokens in", "?", "")
    assert describe_total(tokens) == "9.6k+ tokens"
    both = sum_tokens([tokens, tokens])
    assert both is not None
    assert (both.output, count_output(both)) == (None, "?")


@pytest.mark.parametrize("unknown_at", [0, 1, 2])
def test_a_sum_of_which_a_part_is_unknown_is_at_least_what_is_known(unknown_at: int) -> None:
    parts = [Tokens(input=1000, output=10, thinking=2)] * 2
    parts.insert(unknown_at, Tokens(input=1000))
    tokens = sum_tokens(parts)
    assert tokens is not None
    assert (count_total(tokens), count_output(tokens), count_thinking(tokens)) == ("3.0k+", "20+", "4+")
    assert describe_parts(tokens) == "3.0k tokens in, 20+ out"


def test_what_is_known_in_full_has_no_mark() -> None:
    tokens = SOME + SOME
    assert (count_output(tokens), count_thinking(tokens), describe_total(tokens)) == ("82", "", "19.3k tokens")


def test_a_subagent_used_what_its_messages_state_or_what_its_end_states_if_that_is_more() -> None:
    assert describe_spent(None, None) == ""
    assert describe_spent(None, 900) == "900 tokens"
    assert describe_spent(Tokens(input=800), 900) == "900 tokens"
    assert describe_spent(Tokens(input=800, output=200), 900) == "800 tokens in, 200 out"
