"""Decides when to read again, and how often without change events."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from observer.source.watcher import FLOWING, IDLE, QUIET, Hint, PollInterval, Watcher, poll_interval_after, with_jitter
from tests.helpers import LIMIT_S


@pytest.mark.parametrize(("quiet_s", "pace"), [(0.0, FLOWING), (0.4, FLOWING), (5.0, QUIET), (60.0, IDLE)])
def test_the_longer_a_file_is_quiet_the_longer_the_interval(quiet_s: float, pace: PollInterval) -> None:
    assert poll_interval_after(quiet_s) is pace


async def test_the_first_wait_requests_a_read_once_the_watch_is_established(tmp_path: Path) -> None:
    async with Watcher(tmp_path / "run") as wake:
        assert await wake.wait(quiet_s=0) is Hint.CHANGE
        assert await wake.wait(quiet_s=0) is Hint.TIMER


async def test_a_change_of_the_file_wakes_and_of_a_sibling_does_not(tmp_path: Path) -> None:
    run = tmp_path / "run"
    async with Watcher(run) as wake:
        await wake.wait(quiet_s=0)
        (tmp_path / "sibling").touch()
        assert await wake.wait(quiet_s=0) is Hint.TIMER
        run.touch()
        assert await wake.wait(quiet_s=60) is Hint.CHANGE


async def test_without_a_directory_there_is_only_the_timer(tmp_path: Path) -> None:
    async with Watcher(tmp_path / "nowhere" / "run") as wake:
        assert await wake.wait(quiet_s=0) is Hint.TIMER


def test_polling_intervals_differ_by_up_to_a_quarter() -> None:
    intervals = {with_jitter(8.0) for _ in range(200)}
    assert len(intervals) > 100
    assert 6.0 <= min(intervals) < 6.5
    assert 9.5 < max(intervals) <= 10.0


async def test_followers_that_poll_sleep_for_an_interval_with_jitter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("observer.source.watcher.shared_poll_interval", lambda _followers: 8.0)
    monkeypatch.setattr("observer.source.watcher.asyncio.sleep", sleep)
    async with Watcher(tmp_path / "run") as watcher:
        for _ in range(20):
            assert await watcher.wait(quiet_s=0) is Hint.TIMER
    assert len(set(slept)) == 20
    assert all(6.0 <= seconds <= 10.0 for seconds in slept)


@pytest.mark.parametrize(("followers", "is_idle"), [(49, False), (50, True)])
async def test_from_fifty_on_followers_run_only_when_the_processor_is_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, followers: int, is_idle: bool
) -> None:
    calls: list[None] = []
    monkeypatch.setattr("observer.source.watcher.FollowerCount.count", lambda *_: followers)
    monkeypatch.setattr("observer.source.watcher.shared_poll_interval", lambda _followers: 0.01)
    monkeypatch.setattr("observer.source.watcher.use_idle_priority", lambda: calls.append(None))
    async with Watcher(tmp_path / "run") as watcher:
        assert await watcher.wait(quiet_s=0) is Hint.TIMER
    assert calls == [None] * is_idle


async def test_a_viewer_that_waits_for_its_turn_is_released_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("observer.source.watcher.shared_poll_interval", lambda _viewers: 2 * LIMIT_S)
    monkeypatch.setattr("observer.source.watcher.is_follower", lambda: True)
    async with Watcher(tmp_path / "run") as wake:
        waiting = asyncio.create_task(wake.wait(quiet_s=0))
        await asyncio.sleep(0)  # it waits now
        waiting.cancel()

    async with asyncio.timeout(LIMIT_S):
        await asyncio.get_running_loop().shutdown_default_executor()


async def test_turns_in_a_crowd_leave_the_threads_of_a_program_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("observer.source.watcher.shared_poll_interval", lambda _viewers: 2 * LIMIT_S)
    async with AsyncExitStack() as stack:
        wakes = [await stack.enter_async_context(Watcher(tmp_path / f"{number}")) for number in range(40)]
        turns = [asyncio.create_task(wake.wait(quiet_s=0)) for wake in wakes]
        await asyncio.sleep(0)  # they wait now
        async with asyncio.timeout(LIMIT_S):
            await asyncio.to_thread(tmp_path.stat)
        for turn in turns:
            turn.cancel()
