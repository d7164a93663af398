"""When a build ends by itself, and how long it waits after a failure."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.events import Outcome, StopReason
from agent.harness.backoff import wait_after
from agent.harness.limits import BuildLimits, LimitCounter

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def reason(tally: LimitCounter) -> StopReason | None:
    ending = tally.ending()
    return ending.reason if ending else None


def test_without_limits_sessions_that_change_something_go_on() -> None:
    tally = LimitCounter(BuildLimits())
    for _ in range(1000):
        tally.worked(changed=True)
    assert tally.ending() is None


def test_idle_sessions_end_it_only_in_a_row() -> None:
    tally = LimitCounter(BuildLimits(max_idle_sessions=3))
    for changed in (False, False, True, False, False):
        tally.worked(changed=changed)
    assert tally.ending() is None
    tally.worked(changed=False)
    assert reason(tally) is StopReason.IDLE


def test_failures_end_it_only_in_a_row_and_the_last_one_is_told() -> None:
    tally = LimitCounter(BuildLimits(max_errors=2))
    tally.failed("the API said no")
    tally.worked(changed=True)
    tally.failed("the API said no")
    assert tally.ending() is None
    tally.failed("the CLI died")
    ending = tally.ending()
    assert ending is not None
    assert (ending.outcome, ending.reason) == (Outcome.FAILED, StopReason.ERRORS)
    assert "2 times in a row, last: the CLI died" in ending.message


def test_a_failure_after_work_begins_a_new_row() -> None:
    tally = LimitCounter(BuildLimits(max_errors=2))
    for _ in range(10):
        tally.failed("the limit is used up", changed=True)
    assert tally.ending() is None


def test_the_number_of_sessions_ends_it() -> None:
    tally = LimitCounter(BuildLimits(max_sessions=2))
    tally.worked(changed=True)
    assert tally.ending() is None
    tally.failed("something")
    assert reason(tally) is StopReason.MAX_SESSIONS


def test_the_budget_is_summed_and_what_is_left_goes_to_the_next_session() -> None:
    tally = LimitCounter(BuildLimits(max_budget_usd=5))
    tally.cost_usd = 3.5
    assert tally.budget_left_usd == 1.5
    assert tally.ending() is None
    tally.cost_usd = 5.2
    assert tally.budget_left_usd == 0
    ending = tally.ending()
    assert ending is not None
    assert (ending.outcome, ending.reason) == (Outcome.BUDGET, StopReason.MAX_BUDGET)
    assert ending.message == "$5.20 of $5.00 spent"


def test_waits_double_up_to_five_minutes() -> None:
    waits = [(wait_after(errors, None, NOW, 0).until - NOW).total_seconds() for errors in (1, 2, 3, 8, 9, 1000)]
    assert waits == [2, 4, 8, 256, 300, 300]


@pytest.mark.parametrize("chance", [0.0, 0.3, 1.0])
def test_chance_takes_off_up_to_half(chance: float) -> None:
    wait = wait_after(4, None, NOW, chance)
    assert wait.state == "retrying"
    assert wait.until - NOW == timedelta(seconds=16 * (1 - chance / 2))


def test_a_rate_limit_is_waited_for_until_it_resets() -> None:
    resets_at = NOW + timedelta(hours=4)
    wait = wait_after(3, resets_at, NOW, 0.5)
    assert wait.state == "rate_limited"
    assert resets_at < wait.until <= resets_at + timedelta(seconds=2)


def test_a_rate_limit_that_has_reset_already_is_like_any_failure() -> None:
    assert wait_after(1, NOW - timedelta(seconds=1), NOW, 0).state == "retrying"
