"""The share of one session in the totals of its conversation, as CLI 2.1.332 was seen to report them."""

from typing import Any

import pytest
from claude_agent_sdk import AssistantMessage, ResultMessage

from agent.events import Tokens
from agent.recorder.costs.message_tokens import MessageTokens
from agent.recorder.costs.spending import Spending, Total

PRICE = 0.000_006


def usage(input_: int, **fields: Any) -> dict[str, Any]:
    own = {
        "inputTokens": input_, "outputTokens": input_ // 10, "cacheReadInputTokens": 5, "cacheCreationInputTokens": 0,
        "thinkingTokens": 0, "costUSD": input_ * PRICE, "costBasis": "list",
    }  # fmt: skip
    return own | fields


def result(**models: Any) -> ResultMessage:
    named: Any = {name.replace("_", "-"): each for name, each in models.items()}
    cost = sum(each["costUSD"] for each in named.values())
    return ResultMessage("success", 5, 4, False, 1, "s1", total_cost_usd=cost, model_usage=named)


def message(id_: str, input_: int) -> AssistantMessage:
    return AssistantMessage([], "claude-x", message_id=id_, usage={"input_tokens": input_, "output_tokens": 1})


@pytest.fixture
def messages() -> MessageTokens:
    return MessageTokens()


@pytest.fixture
def spending(messages: MessageTokens) -> Spending:
    return Spending(messages)


def test_a_session_without_a_result_has_tokens_and_no_cost(spending: Spending, messages: MessageTokens) -> None:
    assert (spending.cost_usd, spending.tokens) == (None, Tokens())
    messages.message(message("m1", 1000))
    assert (spending.cost_usd, spending.tokens) == (None, Tokens(input=1000))


def test_the_last_total_of_a_conversation_contains_those_before(spending: Spending) -> None:
    spending.result(result(claude_x=usage(1000)))
    spending.result(result(claude_x=usage(2000, cacheReadInputTokens=8), claude_y=usage(500)))
    assert spending.cost_usd == pytest.approx(2500 * PRICE)
    assert spending.tokens == Tokens(input=2500, output=250, cache_read=13, thinking=0)


def test_messages_are_counted_until_a_result_does(spending: Spending, messages: MessageTokens) -> None:
    messages.message(message("m1", 1000))
    spending.result(result(claude_x=usage(1300)))  # with 300 tokens of a compaction, which is in no message
    messages.message(message("m1", 1000))
    messages.message(message("m2", 200))
    assert spending.tokens.input == 1500
    spending.result(result(claude_x=usage(1500)))
    assert spending.tokens.input == 1500


def test_what_a_resumed_conversation_had_cost_before_is_no_part_of_the_session(spending: Spending) -> None:
    spending.resumed(Total.of(2000 * PRICE, {"claude-x": usage(2000)}))
    spending.result(result(claude_x=usage(2000), claude_y=usage(700)))
    assert spending.cost_usd == pytest.approx(700 * PRICE)
    assert spending.tokens == Tokens(input=700, output=70, cache_read=5, thinking=0)


def test_a_cleared_conversation_is_added_to_the_next_one(spending: Spending) -> None:
    spending.resumed(Total.of(2000 * PRICE, {"claude-x": usage(2000)}))
    spending.result(result(claude_x=usage(3000)))
    spending.result(result())  # of /clear itself
    assert spending.cost_usd == pytest.approx(1000 * PRICE)
    spending.result(result(claude_x=usage(5000)))
    assert spending.cost_usd == pytest.approx(6000 * PRICE)
    assert spending.tokens.input == 6000


def test_a_conversation_may_be_cleared_before_its_first_turn(spending: Spending) -> None:
    spending.resumed(Total.of(2000 * PRICE, {"claude-x": usage(2000)}))
    spending.result(result())
    spending.result(result(claude_x=usage(100)))
    assert (spending.cost_usd, spending.tokens.input) == (pytest.approx(100 * PRICE), 100)


def test_no_cost_is_better_than_a_wrong_one(spending: Spending, messages: MessageTokens) -> None:
    spending.resumed(None)  # the CLI knows what the conversation had cost, and we do not
    messages.message(message("m1", 400))
    spending.result(result(claude_x=usage(2400)))
    assert (spending.cost_usd, spending.tokens) == (None, Tokens(input=400, output=None))


def test_a_price_that_the_cli_guesses_is_no_price(spending: Spending) -> None:
    spending.result(result(my_model=usage(1000, costBasis="unknown")))
    assert spending.cost_usd is None
    assert spending.tokens.input == 1000
