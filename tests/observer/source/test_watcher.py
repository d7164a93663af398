"""Decides when to read again, and how often without change events."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from observer.source.file_reader import FileReader
from observer.source.lateness import MAX_PAUSE_S, ON_TIME_LOOKS, Lateness
from observer.source.watcher import (
    FLOWING,
    IDLE,
    NICENESS,
    QUIET,
    Hint,
    PollInterval,
    Watcher,
    become_viewer,
    poll_interval_after,
    with_jitter,
)
from tests.helpers import LIMIT_S

pytestmark = pytest.mark.usefixtures("told_either_way")


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


class LateThread:
    """Takes the place of what the system tells of this thread: at each look it has waited for `late_s` more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.late_s = 0.0
        self._seconds = 0.0
        monkeypatch.setattr("observer.source.watcher.ProcessorWait.seconds", lambda _: self.seconds())

    def seconds(self) -> float:
        self._seconds += self.late_s
        return self._seconds


@pytest.fixture
def thread(monkeypatch: pytest.MonkeyPatch) -> LateThread:
    return LateThread(monkeypatch)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses of viewers, which last no time."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("observer.source.watcher.asyncio.sleep", sleep)
    return pauses


async def come_late(watcher: Watcher, run: Path, thread: LateThread) -> None:
    """Let looks after changes come late until the watcher gives up change events."""
    thread.late_s = 1.0
    while await watcher.wait(quiet_s=0) is Hint.CHANGE:
        asyncio.get_running_loop().call_later(0.002, run.touch)


async def test_who_comes_late_looks_on_a_timer_with_jitter_and_waits_for_events_again_when_on_time(
    tmp_path: Path, thread: LateThread, slept: list[float]
) -> None:
    run = tmp_path / "run"
    async with Watcher(run) as watcher:
        await come_late(watcher, run, thread)
        for _ in range(20):
            assert await watcher.wait(quiet_s=0) is Hint.TIMER
        pauses = slept[-10:]
        assert len(set(pauses)) == len(pauses)
        assert all(0.75 * MAX_PAUSE_S <= pause <= 1.25 * MAX_PAUSE_S for pause in pauses)
        thread.late_s = 0.0
        hints = [await watcher.wait(quiet_s=0) for _ in range(ON_TIME_LOOKS + 1)]
        assert hints == [*[Hint.TIMER] * ON_TIME_LOOKS, Hint.CHANGE]
        run.touch()
        assert await watcher.wait(quiet_s=60) is Hint.CHANGE


async def test_who_comes_late_watches_nothing(tmp_path: Path, thread: LateThread, slept: list[float]) -> None:
    run = tmp_path / "run"
    run.touch()
    reader = FileReader(run)
    async with Watcher(run) as watcher:
        watcher.attach(reader, "run")
        await come_late(watcher, run, thread)
        assert await watcher.wait(quiet_s=0) is Hint.TIMER
        assert watcher._directory_events is None
        assert not watcher._open_files.are_watched
    reader.close()
    assert slept


async def test_without_change_events_who_comes_late_polls_less_often(
    tmp_path: Path, thread: LateThread, slept: list[float]
) -> None:
    thread.late_s = 1.0
    async with Watcher(tmp_path / "nowhere" / "run") as watcher:
        for _ in range(20):
            assert await watcher.wait(quiet_s=0) is Hint.TIMER
    assert slept[0] == FLOWING.poll / 1000
    assert slept[-1] >= 0.75 * MAX_PAUSE_S


async def pausing(path: Path, monkeypatch: pytest.MonkeyPatch) -> Watcher:
    """Return a watcher that came late, and pauses for longer than any test lasts."""
    monkeypatch.setattr("observer.source.watcher.with_jitter", lambda _: 2 * LIMIT_S)
    watcher = Watcher(path)
    watcher._lateness = Lateness(waits_for_events=False, pause_s=MAX_PAUSE_S)
    return watcher


async def test_a_viewer_that_pauses_is_released_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    become_viewer()
    async with await pausing(tmp_path / "run", monkeypatch) as watcher:
        waiting = asyncio.create_task(watcher.wait(quiet_s=0))
        await asyncio.sleep(0)  # it waits now
        waiting.cancel()

    async with asyncio.timeout(LIMIT_S):
        await asyncio.get_running_loop().shutdown_default_executor()


async def test_pauses_leave_the_threads_of_a_program_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with AsyncExitStack() as stack:
        watchers = [
            await stack.enter_async_context(await pausing(tmp_path / f"{number}", monkeypatch)) for number in range(40)
        ]
        waiting = [asyncio.create_task(watcher.wait(quiet_s=0)) for watcher in watchers]
        await asyncio.sleep(0)  # they wait now
        async with asyncio.timeout(LIMIT_S):
            await asyncio.to_thread(tmp_path.stat)
        for one in waiting:
            one.cancel()


async def test_a_program_becomes_a_viewer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    increments: list[int] = []
    monkeypatch.setattr("observer.source.watcher.lower_priority", increments.append)
    become_viewer()
    become_viewer()
    assert increments == [NICENESS]
