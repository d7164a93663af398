"""The state and the totals that heartbeats report."""

import pytest

from agent.events import (
    AgentType,
    ApiRetry,
    Event,
    Info,
    Outcome,
    RateLimit,
    SessionEnd,
    SessionStart,
    SubagentComplete,
    SubagentStart,
    Thinking,
    Thought,
    ToolInput,
    ToolResult,
    ToolStatus,
    ToolUse,
)
from agent.runlog.heartbeat import Activity

START = SessionStart(iteration=1, agent_type=AgentType.SINGLE, session_id="s")
END = SessionEnd(outcome=Outcome.SUCCESS, turns=1, duration_ms=1)
THOUGHT = Thought(text="I see", message="m", block=0)
RETRY = ApiRetry(attempt=1, max_retries=3, delay_ms=500, status=529, error="overloaded")
SPAWNED = SubagentStart(id="agent", tool_use_id="a", agent_type="explorer", description="look around")
RETURNED = SubagentComplete(
    id="agent", tool_use_id="a", status="completed", duration_ms=1, tool_uses=1, tokens=1, summary=""
)


def call(tool_use_id: str, name: str = "Bash") -> ToolUse:
    return ToolUse(id=tool_use_id, name=name, input={})


def ended(tool_use_id: str) -> ToolResult:
    return ToolResult(tool_use_id=tool_use_id, name="", status=ToolStatus.SUCCESS, output="", output_bytes=0)


def limit(status: str, resets_at: str | None = None) -> RateLimit:
    return RateLimit(status=status, resets_at=resets_at, limit=None, utilization=None)


def after(*events: Event) -> Activity:
    """An activity that began at 0 s and met one event a second."""
    activity = Activity(0)
    for second, event in enumerate(events, 1):
        activity.apply(event, second)
    return activity


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], "starting"),
        ([START], "waiting_on_model"),
        ([START, THOUGHT], "writing"),
        ([START, Thinking(text="hm", message="m", block=0)], "writing"),
        ([START, ToolInput(id="a", name="Write", bytes=9)], "writing"),
        ([START, THOUGHT, call("a")], "in_tool"),
        ([START, THOUGHT, call("a"), ended("a")], "waiting_on_model"),
        ([START, RETRY], "retrying"),
        ([START, RETRY, THOUGHT], "writing"),
        ([START, limit("rejected")], "rate_limited"),
        ([START, THOUGHT, limit("allowed_warning")], "writing"),
        ([START, THOUGHT, Info(message="note")], "writing"),
        ([START, call("a"), END], "idle"),
    ],
)
def test_the_state_follows_the_events(events: list[Event], state: str) -> None:
    assert after(*events).heartbeat(99, 0).state == state


def test_a_rate_limit_lasts_until_its_reset_and_not_longer() -> None:
    reset = "2027-01-15T08:00:00Z"
    assert after(START, limit("rejected", reset)).heartbeat(9, 0).until == reset
    assert after(START, limit("rejected", reset), THOUGHT).heartbeat(9, 0).until is None


def test_calls_in_flight_are_named_with_their_time() -> None:
    heartbeat = after(START, call("a"), call("b", "Read")).heartbeat(10, 0)
    assert [(tool.id, tool.name, tool.elapsed_s) for tool in heartbeat.in_flight] == [
        ("a", "Bash", 8),
        ("b", "Read", 7),
    ]


def test_an_announced_call_counts_from_its_true_start() -> None:
    activity = after(START, call("a"))
    activity.tool_started("a", "Bash", 6)
    heartbeat = activity.heartbeat(10, 0)
    assert (heartbeat.in_flight[0].elapsed_s, heartbeat.idle_s) == (4, 4)


def test_a_subagent_is_in_flight_until_it_ends_though_its_call_returned_at_once() -> None:
    assert [tool.id for tool in after(START, call("a", "Agent"), SPAWNED, ended("a")).heartbeat(9, 0).in_flight] == [
        "a"
    ]
    assert after(START, call("a", "Agent"), SPAWNED, ended("a"), RETURNED).heartbeat(9, 0).in_flight == []


def test_idle_time_counts_from_the_last_sign_of_life_which_an_info_is_not() -> None:
    activity = after(START, THOUGHT, Info(message="note"))
    assert activity.heartbeat(10, 0).idle_s == 8
    activity.touch(9)
    assert (
        activity.heartbeat(10, 3).idle_s,
        activity.heartbeat(10, 3).elapsed_s,
        activity.heartbeat(10, 3).dropped,
    ) == (1, 10, 3)


def test_a_wait_reports_its_reason_and_its_end() -> None:
    activity = Activity(0.0)
    activity.apply(END, 1.0)
    activity.begin_wait("limit", "rate_limited", "2026-11-23T06:00:00Z")
    heartbeat = activity.heartbeat(100.0, 0)
    assert (heartbeat.state, heartbeat.until, heartbeat.idle_s) == ("rate_limited", "2026-11-23T06:00:00Z", 99.0)
    assert activity.end_wait("limit", 120.0)
    heartbeat = activity.heartbeat(121.0, 0)
    assert (heartbeat.state, heartbeat.until, heartbeat.idle_s) == ("idle", None, 1.0)


def test_a_wait_for_a_person_is_not_hidden_by_the_tool_that_waits() -> None:
    activity = after(START, call("a", "AskUserQuestion"))
    activity.begin_wait("a", "waiting_on_human", None)
    heartbeat = activity.heartbeat(10, 0)
    assert (heartbeat.state, [tool.id for tool in heartbeat.in_flight]) == ("waiting_on_human", ["a"])
    activity.end_wait("a", 11)
    assert activity.heartbeat(12, 0).state == "in_tool"


def test_of_several_waits_the_last_is_reported_until_each_has_ended() -> None:
    activity = after(START)
    activity.begin_wait("a", "waiting_on_human", None)
    activity.begin_wait("b", "pausing", None)
    assert activity.heartbeat(9, 0).state == "pausing"
    assert activity.end_wait("b", 10)
    assert activity.heartbeat(11, 0).state == "waiting_on_human"
    assert not activity.end_wait("b", 12), "it has ended before"
    assert activity.end_wait("a", 12)
    assert activity.heartbeat(13, 0).state == "waiting_on_model"


def test_the_end_of_one_session_does_not_hide_what_another_is_doing() -> None:
    activity = Activity(0)
    for event in (START, START, call("t1"), END):
        activity.apply(event, 1)
    assert [(activity.heartbeat(2, 0).state, len(activity.heartbeat(2, 0).in_flight))] == [("in_tool", 1)]
    activity.apply(ended("t1"), 2)
    assert activity.heartbeat(3, 0).state == "waiting_on_model"
    activity.apply(END, 3)
    assert activity.heartbeat(4, 0).state == "idle"
