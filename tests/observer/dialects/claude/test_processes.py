"""Tests what a run has cost, and that each process that wrote a transcript is a session.

Tests observer.dialects.claude.processes, observer.dialects.claude.spending and observer.dialects.claude.usage.
"""

from typing import Any

import pytest

from observer.dialects.claude.claude_dialects import Transcript
from observer.dialects.claude.usage import MessageTokens
from observer.dialects.dialect import ForeignEvent
from observer.dialects.prices import Billing
from observer.format.fields import Fields
from tests.observer.dialects.claude.written import SESSION, File, brief, call, feed, of, text, usage


def asked(file: File, number: int, **more: Any) -> File:
    return file.prompt(f"Prompt {number}.").says(f"m{number}", text(f"Answer {number}."), stop="end_turn", **more)


def convert(file: File) -> list[ForeignEvent]:
    converter = Transcript().converter()
    return [*feed(converter, file.lines), *converter.end()]


def test_a_process_that_ends_in_good_order_ends_its_session_with_the_cost() -> None:
    events = convert(asked(File(), 1).cost(0.02, tokens=30))
    (end,) = of(events, "session_end")
    assert (end["outcome"], end["cost_usd"], end["turns"], end["duration_ms"]) == ("success", 0.02, 1, 2000)
    assert (end["result"], end["session_id"], end["message"]) == ("Answer 1.", SESSION, None)
    assert end["tokens"] == {"input": 30, "output": 7, "cache_read": 0, "cache_write": 0, "thinking": None}
    (complete,) = of(events, "complete")
    assert (complete["message"], complete["cost_usd"], complete["tokens"]) == ("done", 0.02, end["tokens"])


def test_a_session_that_resumes_another_costs_only_its_own_share() -> None:
    file = asked(asked(File(), 1).cost(0.02, tokens=30), 2).cost(0.05, tokens=70)
    file.records[-1]["totalDuration"] = 5000
    events = convert(file)
    assert brief(events)[-6:] == [
        "session_start",
        "prompt Prompt 2.",
        "thought Answer 2.",
        "message m2",
        "session_end success",
        "complete success",
    ]
    assert [start["iteration"] for start in of(events, "session_start")] == [1, 2]
    ends = of(events, "session_end")
    assert [(end["cost_usd"], end["tokens"]["input"], end["duration_ms"]) for end in ends] == [
        (0.02, 30, 2000), (0.03, 40, 3000),
    ]  # fmt: skip
    assert of(events, "complete")[0]["cost_usd"] == 0.05


def test_a_cost_that_begins_again_is_that_of_another_conversation() -> None:
    ends = of(convert(asked(asked(File(), 1).cost(0.05, tokens=70), 2).cost(0.01, tokens=5)), "session_end")
    assert [end["cost_usd"] for end in ends] == [0.05, 0.01]


def test_a_total_that_comes_twice_ends_no_second_session() -> None:
    events = convert(asked(File(), 1).cost(0.02).cost(0.02))
    assert len(of(events, "session_end")) == 1
    assert of(events, "complete")[0]["cost_usd"] == 0.02


def test_a_fork_does_not_count_what_it_has_copied() -> None:
    file = asked(File(), 1, requestSessionId="another")
    file = asked(file, 2).cost(0.59, tokens=999)
    file = asked(file, 3).cost(0.60, tokens=1049)
    events = convert(file)
    assert [message["tokens"] and message["tokens"]["input"] for message in of(events, "message")] == [None, 12, 12]
    first, second = of(events, "session_end")
    assert (first["cost_usd"], first["tokens"]["input"]) == (None, 12)
    assert (second["cost_usd"], second["tokens"]["input"]) == (0.01, 50)
    assert of(events, "complete")[0]["cost_usd"] is None


@pytest.mark.parametrize("fields", [{"hasUnknownModelCost": True}, {"totalCostUSD": None}, {"totalCostUSD": "x"}])
def test_a_cost_that_is_a_guess_or_is_missing_is_not_known(fields: dict[str, Any]) -> None:
    assert of(convert(asked(File(), 1).cost(0.5, **fields)), "session_end")[0]["cost_usd"] is None


def test_a_process_that_ends_in_the_middle_of_a_turn_was_interrupted() -> None:
    events = convert(File().prompt("Begin.").says("m1", call("t1")).cost(0.02))
    (end,) = of(events, "session_end")
    assert (end["outcome"], end["message"]) == ("interrupted", "interrupted before the agent was done")
    assert of(events, "complete")[0]["outcome"] == "interrupted"


def test_a_file_without_a_cost_has_the_tokens_of_its_messages() -> None:
    file = asked(asked(File(), 1, output=1), 2).says("m2", text("More."), stop="end_turn", output=50)
    (complete,) = of(convert(file), "complete")
    assert (complete["cost_usd"], complete["tokens"]["input"], complete["tokens"]["output"]) == (None, 24, 51)
    assert of(convert(file), "session_end") == []


def test_a_run_is_that_of_the_first_directory_wherever_the_agent_goes() -> None:
    events = convert(asked(asked(File(), 1), 2, cwd="/elsewhere", sessionId="other"))
    (complete,) = of(events, "complete")
    assert (complete["project_dir"], of(events, "session_start")[0]["session_id"]) == ("/home/me/thing", SESSION)


def test_a_cost_that_is_known_stays_so_whatever_is_copied_later() -> None:
    file = asked(asked(File(), 1).cost(0.02), 2, requestSessionId="another").cost(0.05, tokens=70)
    assert [end["cost_usd"] for end in of(convert(file), "session_end")] == [0.02, 0.03]


def test_a_title_behind_the_end_begins_no_session() -> None:
    events = convert(asked(File(), 1).cost(0.02).bare("ai-title", aiTitle="Counting"))
    assert brief(events)[-3:] == ["session_end success", "info title", "complete success"]


@pytest.mark.parametrize(
    ("counts", "billing"),
    [
        ({}, Billing()),
        ({"speed": "standard", "service_tier": "standard", "server_tool_use": {"web_search_requests": 0}}, Billing()),
        ({"cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 3}}, Billing(hour_writes=3)),
        ({"speed": "fast"}, Billing(has_list_price=False)),
        ({"service_tier": "priority"}, Billing(has_list_price=False)),
        ({"server_tool_use": {"web_search_requests": 2}}, Billing(has_list_price=False)),
        ({"speed": None, "cache_creation": 5, "server_tool_use": [1]}, Billing()),
    ],
)
def test_what_a_message_costs_beside_its_tokens_is_told_by_its_usage(counts: dict[str, Any], billing: Billing) -> None:
    tokens = MessageTokens(final=True)
    tokens.message(Fields({"id": "m", "model": "claude-x", "usage": usage(5, **counts)}))
    assert tokens.billing("m") == billing
    assert tokens.billing("unknown") == Billing()


def test_the_end_of_a_message_tells_what_it_costs_beside_its_tokens() -> None:
    file = asked(File(), 1)
    file.records[-1]["message"]["usage"]["speed"] = "fast"
    (end,) = (event for event in convert(file) if event.type == "message")
    assert end.billing == Billing(has_list_price=False)


def test_a_message_costs_what_its_records_say_whatever_the_prices_are() -> None:
    file = File().prompt("Count.").says("m1", text("One."), costUSD=0.5).says("m1", text("Two."), costUSD=0.12)
    file.says("m2", text("Three."), stop="end_turn", costUSD=0.34).says("m3", text("Four."), stop="end_turn")
    stated = {event.data["id"]: event.billing.stated_usd for event in convert(file) if event.type == "message"}
    assert stated == {"m1": 0.12, "m2": 0.34, "m3": None}
