"""A request to stop and the end of the time end a build, and the waits in it."""

import asyncio
import time
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from agent.events import Outcome, StopReason
from agent.harness import stop_request
from agent.harness.limits import BuildEnd
from agent.harness.stop_request import StopRequest
from tests.helpers import LIMIT_S

BUDGET = BuildEnd(Outcome.BUDGET, StopReason.MAX_BUDGET, "spent")


async def test_setting_the_event_stops_the_session_and_the_build() -> None:
    request, stop = StopRequest(), asyncio.Event()
    async with request.listening(stop, None):
        assert request.end is None
        stop.set()
        await request.event.wait()
    assert request.end == BuildEnd(Outcome.INTERRUPTED, StopReason.SIGNAL, "stopped on request")


async def test_the_end_of_the_time_stops_the_session_and_the_build() -> None:
    request = StopRequest()
    async with request.listening(asyncio.Event(), 0.01 / 3600):
        await request.event.wait()
    assert request.end is not None
    assert (request.end.outcome, request.end.reason) == (Outcome.BUDGET, StopReason.MAX_HOURS)


async def test_a_time_that_does_not_end_stops_nothing() -> None:
    request = StopRequest()
    async with request.listening(asyncio.Event(), 1e12):
        await asyncio.sleep(0)
    assert request.end is None


async def test_nothing_listens_after_the_block() -> None:
    async with StopRequest().listening(asyncio.Event(), 1):
        assert len(asyncio.all_tasks()) == 3
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_first_reason_counts_and_only_a_request_stops_the_session() -> None:
    request = StopRequest()
    request.after_session(BUDGET)
    assert not request.event.is_set()
    request.now(BuildEnd(Outcome.INTERRUPTED, StopReason.SIGNAL, "later"))
    assert request.event.is_set()
    assert request.end == BUDGET


async def test_a_wait_ends_at_its_time_or_with_a_request() -> None:
    request = StopRequest()
    start = time.monotonic()
    await request.sleep_until(datetime.now(UTC) + timedelta(seconds=0.1))
    assert time.monotonic() - start >= 0.09
    waiting = asyncio.create_task(request.sleep_until(datetime.now(UTC) + timedelta(hours=1)))
    await asyncio.sleep(0)
    assert not waiting.done()
    request.now(BUDGET)
    async with asyncio.timeout(LIMIT_S):
        await waiting


async def test_a_long_wait_checks_the_clock_again_because_timers_stop_while_a_machine_is_suspended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    times = [start, start, start, start + timedelta(hours=2)]

    class Clock:
        @staticmethod
        def now(_zone: tzinfo) -> datetime:
            return times.pop(0)

    monkeypatch.setattr(stop_request, "datetime", Clock)
    monkeypatch.setattr(stop_request, "_MAX_SLEEP_S", 0.001)
    async with asyncio.timeout(LIMIT_S):
        await StopRequest().sleep_until(start + timedelta(hours=1))
    assert times == []
