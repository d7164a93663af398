"""Tests when a build ends by itself, and how long it waits after a failure (`agent.harness.backoff`)."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.events import Outcome, StopReason
from agent.harness.backoff import wait_after
from agent.harness.limits import BuildLimits, LimitCounter

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def reason(counter: LimitCounter) -> StopReason | None:
    end = counter.reached()
    return end.reason if end else None


def test_without_limits_sessions_that_change_something_continue() -> None:
    counter = LimitCounter(BuildLimits())
    for _ in range(1000):
        counter.add_completed(changed=True)
    assert counter.reached() is None


def test_only_consecutive_idle_sessions_end_a_build() -> None:
    counter = LimitCounter(BuildLimits(max_idle_sessions=3))
    for changed in (False, False, True, False, False):
        counter.add_completed(changed=changed)
    assert counter.reached() is None
    counter.add_completed(changed=False)
    assert reason(counter) is StopReason.IDLE


def test_a_failed_session_does_not_reset_the_idle_sessions() -> None:
    counter = LimitCounter(BuildLimits(max_idle_sessions=2))
    counter.add_completed(changed=False)
    counter.add_failed("the API returned an error")
    assert counter.reached() is None
    counter.add_completed(changed=False)
    assert reason(counter) is StopReason.IDLE


def test_by_default_three_idle_sessions_or_five_failures_end_a_build() -> None:
    idle, failing = LimitCounter(BuildLimits()), LimitCounter(BuildLimits())
    for _ in range(2):
        idle.add_completed(changed=False)
    for _ in range(4):
        failing.add_failed("the API returned an error")
    assert (idle.reached(), failing.reached()) == (None, None)
    idle.add_completed(changed=False)
    failing.add_failed("the API returned an error")
    assert (reason(idle), reason(failing)) == (StopReason.IDLE, StopReason.ERRORS)


def test_only_consecutive_failures_end_a_build_and_the_last_one_is_named() -> None:
    counter = LimitCounter(BuildLimits(max_errors=2))
    counter.add_failed("the API returned an error")
    counter.add_completed(changed=True)
    counter.add_failed("the API returned an error")
    assert counter.reached() is None
    counter.add_failed("the CLI died")
    end = counter.reached()
    assert end is not None
    assert (end.outcome, end.reason) == (Outcome.FAILED, StopReason.ERRORS)
    assert "2 times in a row, last: the CLI died" in end.message


def test_a_failure_after_a_change_starts_a_new_streak() -> None:
    counter = LimitCounter(BuildLimits(max_errors=2))
    for _ in range(10):
        counter.add_failed("the rate limit is reached", changed=True)
    assert counter.reached() is None


def test_the_number_of_sessions_ends_a_build() -> None:
    counter = LimitCounter(BuildLimits(max_sessions=2))
    counter.add_completed(changed=True)
    assert counter.reached() is None
    counter.add_failed("something")
    assert reason(counter) is StopReason.MAX_SESSIONS


def test_an_interrupted_session_counts_as_a_session() -> None:
    counter = LimitCounter(BuildLimits(max_sessions=1))
    counter.add_interrupted()
    assert reason(counter) is StopReason.MAX_SESSIONS


def test_the_remaining_budget_is_that_of_the_next_session() -> None:
    counter = LimitCounter(BuildLimits(max_budget_usd=5))
    counter.cost_usd = 3.5
    assert counter.budget_left_usd == 1.5
    assert counter.reached() is None
    counter.cost_usd = 5
    assert reason(counter) is StopReason.MAX_BUDGET
    counter.cost_usd = 5.2
    assert counter.budget_left_usd == 0
    end = counter.reached()
    assert end is not None
    assert (end.outcome, end.reason) == (Outcome.BUDGET, StopReason.MAX_BUDGET)
    assert end.message == "$5.20 of $5.00 spent"


def test_less_than_a_cent_is_not_reported_as_nothing() -> None:
    counter = LimitCounter(BuildLimits(max_budget_usd=0.004))
    assert str(counter).endswith("$0.00")
    counter.cost_usd = 0.0042
    end = counter.reached()
    assert end is not None
    assert end.message == "$0.0042 of $0.0040 spent"
    assert str(counter).endswith("$0.0042")


def test_waits_double_up_to_five_minutes() -> None:
    waits = [(wait_after(errors, None, NOW, 0).until - NOW).total_seconds() for errors in (1, 2, 3, 8, 9, 1000)]
    assert waits == [2, 4, 8, 256, 300, 300]


@pytest.mark.parametrize("random", [0.0, 0.3, 1.0])
def test_jitter_shortens_a_wait_by_up_to_half(random: float) -> None:
    wait = wait_after(4, None, NOW, random)
    assert wait.state == "retrying"
    assert wait.until - NOW == timedelta(seconds=16 * (1 - random / 2))


def test_a_wait_after_a_rate_limit_lasts_until_it_resets() -> None:
    resets_at = NOW + timedelta(hours=4)
    wait = wait_after(3, resets_at, NOW, 0.5)
    assert wait.state == "rate_limited"
    assert resets_at < wait.until <= resets_at + timedelta(seconds=2)


def test_a_rate_limit_that_has_reset_is_like_any_failure() -> None:
    assert wait_after(1, NOW - timedelta(seconds=1), NOW, 0).state == "retrying"
