"""Change events are only hints: whatever becomes of them, every line comes (rows 22 to 24 of the faults)."""

import asyncio
import os
import time
from pathlib import Path

import pytest
import watchfiles._rust_notify
from watchfiles._rust_notify import WatchfilesRustInternalError

from observer.source.items import NoticeKind
from tests.helpers import append, patient
from tests.observer.following import following

pytestmark = pytest.mark.usefixtures("told_either_way")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run.ndjson"


async def test_a_write_between_the_read_and_the_watch_is_noticed(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run.write_bytes(b"one\n")
    watch = watchfiles._rust_notify.RustNotify

    def write_first(*arguments: object) -> object:
        append(run, b"in between\n")
        return watch(*arguments)  # type: ignore[arg-type] # passed on as they came

    monkeypatch.setattr(watchfiles._rust_notify, "RustNotify", write_first)
    async with following(run) as follower:
        await follower.has(b"one", b"in between")


async def test_without_a_change_watcher_it_polls_and_reports_it_once(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object) -> None:
        raise RuntimeError("Too many open files (os error 24)")

    monkeypatch.setattr(watchfiles._rust_notify, "RustNotify", exhausted)
    run.touch()
    async with following(run) as follower:
        await follower.says(NoticeKind.POLLING)
        for number in range(20):  # many writes within the same second
            append(run, b"%d\n" % number)
            await follower.has(*(b"%d" % before for before in range(number + 1)))
        assert follower.notices == [NoticeKind.POLLING]


class Silent:
    """A watcher of a file system that sends no events, or whose queue overflowed."""

    def __init__(self, *_: object) -> None:
        pass

    def watch(self, _debounce: int, _step: int, timeout: int, stop: asyncio.Event) -> str:
        for _ in range(timeout // 5):
            if stop.is_set():
                return "stop"
            time.sleep(0.005)
        return "timeout"

    def close(self) -> None:
        pass


@pytest.mark.usefixtures("directories_alone")
async def test_without_change_events_lines_arrive_by_the_timer_and_then_by_polling(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchfiles._rust_notify, "RustNotify", Silent)
    run.touch()
    async with following(run) as follower:
        for number in range(6):
            await follower.at_end()
            append(run, b"%d\n" % number)
            async with asyncio.timeout(patient(2)):
                await follower.has(*(b"%d" % before for before in range(number + 1)))
        await follower.says(NoticeKind.POLLING)


async def test_where_directories_send_no_events_open_files_do(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchfiles._rust_notify, "RustNotify", Silent)
    run.touch()
    async with following(run) as follower:
        for number in range(20):
            append(run, b"%d\n" % number)
            await follower.has(*(b"%d" % before for before in range(number + 1)))


async def test_where_open_files_send_no_events_directories_do(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observer.source.inotify.FileEvents._read", lambda events: os.read(events._inotify.fd, 4096))
    run.touch()
    async with following(run) as follower:
        for number in range(10):
            append(run, b"%d\n" % number)
            await follower.has(*(b"%d" % before for before in range(number + 1)))
        assert NoticeKind.POLLING not in follower.notices


class Dying:
    """A watcher that dies each time it is used."""

    def __init__(self, *_: object) -> None:
        pass

    def watch(self, *_: object) -> str:
        raise WatchfilesRustInternalError("a name that is not UTF-8")

    def close(self) -> None:
        pass


async def test_a_watcher_that_dies_loses_nothing(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchfiles._rust_notify, "RustNotify", Dying)
    run.touch()
    async with following(run) as follower:
        for number in range(10):
            append(run, b"%d\n" % number)
            await follower.has(*(b"%d" % before for before in range(number + 1)))


async def test_a_sibling_whose_name_is_not_utf8_loses_nothing(run: Path) -> None:
    run.touch()
    async with following(run) as follower:
        for number in range(10):
            Path(os.fsdecode(os.fsencode(run.parent) + b"/\xff%d" % number)).touch()
            append(run, b"%d\n" % number)
            await follower.has(*(b"%d" % before for before in range(number + 1)))


@pytest.mark.faults
@pytest.mark.needs("sysctl")
async def test_an_overflowing_event_queue_loses_nothing(run: Path) -> None:
    limit = Path("/proc/sys/fs/inotify/max_queued_events")
    before = limit.read_text()
    limit.write_text("4")
    try:
        run.touch()
        async with following(run) as follower:
            await follower.at_end()
            for number in range(500):
                run.with_name(f"sibling{number}").touch()
                append(run, b"%d\n" % number)
            async with asyncio.timeout(patient(2)):
                await follower.has(*(b"%d" % number for number in range(500)))
    finally:
        limit.write_text(before)


@pytest.mark.faults
@pytest.mark.needs("sysctl")
async def test_when_inotify_instances_are_used_up_it_polls(run: Path) -> None:
    limit = Path("/proc/sys/fs/inotify/max_user_instances")
    before = limit.read_text()
    limit.write_text("0")
    try:
        run.touch()
        async with following(run) as follower:
            await follower.says(NoticeKind.POLLING)
            append(run, b"a\n")
            await follower.has(b"a")
    finally:
        limit.write_text(before)
