"""Several runs as one source: by time, each with its name, new ones joining.

Tests `observer.source.merged_member` too.
"""

import asyncio
import errno
import gzip
import json
import os
import sys
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import psutil
import pytest

from observer.errors import UnreadableError
from observer.format.line import Line
from observer.source.directory_events import DirectoryEvents
from observer.source.items import NO_RUN, ContextLines, Idle, Lines, Notice, NoticeKind, Tagged
from observer.source.lateness import Lateness
from observer.source.merged import MergedSource
from observer.source.seek import StartPosition
from tests.helpers import LIMIT_S, append, wait_until_async
from tests.observer.observing import lock
from tests.observer.source.test_translated import STREAM

pytestmark = pytest.mark.usefixtures("told_either_way")


def line(second: int, text: str) -> bytes:
    stamp = f"2026-11-23T01:00:{second:02}.000000Z"
    return json.dumps({"timestamp": stamp, "type": "info", "data": {"message": text}}).encode() + b"\n"


def run(folder: Path, name: str, *lines: bytes) -> Path:
    path = folder / f"{name}.ndjson"
    path.write_bytes(b"".join(lines))
    return path


def told(item: Tagged) -> list[tuple[str, str]]:
    if not isinstance(item.item, Lines):
        return []
    return [
        (item.origin, json.loads(found.data)["data"]["message"]) for found in item.item.lines if isinstance(found, Line)
    ]


async def read(source: MergedSource) -> list[Tagged]:
    return [item async for item in source.items() if isinstance(item, Tagged)]


async def messages(source: MergedSource) -> list[tuple[str, str]]:
    return [pair for item in await read(source) for pair in told(item)]


async def test_lines_are_interleaved_by_time(tmp_path: Path) -> None:
    run(tmp_path, "a", line(1, "one"), line(4, "four"), line(5, "five"))
    run(tmp_path, "b", line(2, "two"), line(3, "three"), line(6, "six"))
    found = await messages(MergedSource([], [tmp_path], follow=False))
    assert found == [("a", "one"), ("b", "two"), ("b", "three"), ("a", "four"), ("a", "five"), ("b", "six")]


async def test_a_line_without_a_time_stays_where_it_is_in_its_run(tmp_path: Path) -> None:
    run(tmp_path, "a", line(1, "one"), b'{"type":"info","data":{"message":"when?"}}\n', line(3, "three"))
    run(tmp_path, "b", line(2, "two"))
    found = await messages(MergedSource([], [tmp_path], follow=False))
    assert [text for _, text in found] == ["one", "when?", "two", "three"]


async def test_compressed_runs_are_read_with_the_others(tmp_path: Path) -> None:
    run(tmp_path, "a", line(2, "two"))
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(line(1, "one") + line(3, "three")))
    found = await messages(MergedSource([], [tmp_path], follow=False))
    assert found == [("b", "one"), ("a", "two"), ("b", "three")]


@pytest.mark.parametrize("translate", [True, False])
async def test_compressed_sessions_of_other_programs_are_translated_unless_their_own_lines_are_wanted(
    tmp_path: Path, translate: bool
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.ndjson.gz").write_bytes(gzip.compress(STREAM))
    run(tmp_path, "c", line(1, "one"))
    items = await read(MergedSource([], [tmp_path], follow=False, translate=translate))
    for name in ("a", "b"):
        lines = [
            found.data
            for item in items
            if item.origin == name and isinstance(item.item, Lines)
            for found in item.item.lines
            if isinstance(found, Line)
        ]
        types = [json.loads(data)["type"] for data in lines]
        if translate:
            assert (types[0], types[-1]) == ("run_start", "complete")
            assert "message" in types
        else:
            assert lines == STREAM.splitlines()


async def test_the_last_lines_are_the_last_of_all_runs_together(tmp_path: Path) -> None:
    run(tmp_path, "a", *(line(n, f"a{n}") for n in range(0, 20, 2)))
    run(tmp_path, "b", *(line(n, f"b{n}") for n in range(1, 20, 2)))
    items = await read(MergedSource([], [tmp_path], start=StartPosition(last=3), follow=False))
    assert [text for item in items for _, text in told(item)] == ["b17", "a18", "b19"]
    before = [found for item in items if isinstance(item.item, ContextLines) for found in item.item.lines]
    assert len(before) >= 17


async def test_only_the_files_that_are_named_are_read(tmp_path: Path) -> None:
    one, two = run(tmp_path, "a", line(1, "one")), run(tmp_path, "b", line(2, "two"))
    run(tmp_path, "c", line(3, "three"))
    assert [text for _, text in await messages(MergedSource([one, two], follow=False))] == ["one", "two"]


async def test_two_files_with_the_same_name_are_distinguished(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    one, two = run(tmp_path, "a", line(1, "one")), run(tmp_path / "x", "a", line(2, "two"))
    assert [name for name, _ in await messages(MergedSource([one, two], follow=False))] == ["a", str(two)]


@asynccontextmanager
async def following(
    source: MergedSource,
) -> AsyncIterator[tuple[list[Tagged], Callable[[Callable[[], object]], object]]]:
    items: list[Tagged] = []
    more = asyncio.Event()

    async def collect() -> None:
        async for item in source.items():
            items.append(item)
            more.set()

    async def until(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                more.clear()
                await more.wait()

    task = asyncio.create_task(collect())
    try:
        yield items, until
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_appended_lines_arrive_and_new_runs_join_from_their_start(tmp_path: Path) -> None:
    first = run(tmp_path, "a", line(1, "old"))
    async with following(MergedSource([], [tmp_path], start=StartPosition(last=0))) as (items, until):
        await until(lambda: any(isinstance(item.item, Idle) for item in items))
        append(first, line(2, "new"))
        await until(lambda: ("a", "new") in [pair for item in items for pair in told(item)])
        run(tmp_path, "b", line(3, "joins"))
        (tmp_path / "notes.txt").write_text("no run")
        await until(lambda: ("b", "joins") in [pair for item in items for pair in told(item)])
        texts = [text for item in items for _, text in told(item)]
        assert texts == ["new", "joins"]
        found = [item for item in items if isinstance(item.item, Notice) and item.item.kind is NoticeKind.FOUND]
        assert [item.origin for item in found] == ["b"]


async def test_a_directory_that_does_not_exist_yet_is_waited_for(tmp_path: Path) -> None:
    later = tmp_path / "later"
    async with following(MergedSource([], [later])) as (items, until):
        await until(lambda: [item for item in items if isinstance(item.item, Notice)])
        later.mkdir()
        run(later, "a", line(1, "one"))
        await until(lambda: ("a", "one") in [pair for item in items for pair in told(item)])


async def test_a_last_line_without_newline_is_merged_by_time_like_any_other(tmp_path: Path) -> None:
    run(tmp_path, "a", line(1, "one"), line(3, "three")[:-1])
    run(tmp_path, "b", line(2, "two"), line(4, "four")[:-1])

    found = await messages(MergedSource([], [tmp_path], follow=False))
    last = await messages(MergedSource([], [tmp_path], start=StartPosition(last=2), follow=False))

    assert [text for _, text in found] == ["one", "two", "three", "four"]
    assert [text for _, text in last] == ["three", "four"]


async def test_a_run_with_several_names_is_shown_once(tmp_path: Path) -> None:
    path = run(tmp_path, "a", line(1, "one"))
    (tmp_path / "latest.ndjson").symlink_to("a.ndjson")
    paths = [path, tmp_path / "latest.ndjson", tmp_path / ".." / tmp_path.name / "a.ndjson"]

    assert await messages(MergedSource(paths, [tmp_path], follow=False)) == [("a", "one")]


async def test_a_run_with_a_compressed_copy_beside_it_is_shown_once(tmp_path: Path) -> None:
    run(tmp_path, "a", line(1, "one"))
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(line(1, "one")))

    assert await messages(MergedSource([], [tmp_path], follow=False)) == [("a", "one")]


async def test_a_corrupt_compressed_run_does_not_hide_the_others(tmp_path: Path) -> None:
    run(tmp_path, "a", line(1, "one"))
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(line(2, "two"))[:-12])
    items = await read(MergedSource([], [tmp_path], follow=False))

    assert [text for item in items for _, text in told(item)] == ["one"]
    (said,) = [item.item for item in items if isinstance(item.item, Notice)]
    assert (said.kind, "b.ndjson.gz is truncated" in said.message) == (NoticeKind.UNREADABLE, True)


async def test_a_directory_without_runs_is_an_error_without_follow(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="contains no run files"):
        await read(MergedSource([], [tmp_path], follow=False))


async def test_finished_runs_need_no_descriptors_and_little_memory(tmp_path: Path) -> None:
    for number in range(120):
        os.utime(run(tmp_path, f"{number:03}", line(number % 60, f"{number:700}") * 80), (1, 1))
    opened = shown = 0
    before = len(os.listdir("/proc/self/fd"))  # of this process, in which other tests ran before
    tracemalloc.start()
    async for item in MergedSource([], [tmp_path], follow=False).items():
        opened = max(opened, len(os.listdir("/proc/self/fd")))
        shown += len(told(item))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert shown == 120 * 80
    assert opened - before < 20
    assert most < 4_000_000  # of about 7 MB on the disk


async def test_a_parked_file_that_is_written_again_is_followed_again(tmp_path: Path) -> None:
    path = run(tmp_path, "a", line(1, "one"))
    async with following(MergedSource([], [tmp_path])) as (items, until):
        await until(lambda: any(isinstance(item.item, Idle) for item in items))
        append(path, line(2, "two"))
        await until(lambda: ("a", "two") in [pair for item in items for pair in told(item)])
        path.unlink()
        path.write_bytes(line(3, "three"))
        await until(lambda: ("a", "three") in [pair for item in items for pair in told(item)])


async def test_it_says_once_that_and_why_it_polls_for_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(DirectoryEvents, "open", refuse)
    path = run(tmp_path, "a", line(1, "one"))
    async with following(MergedSource([], [tmp_path])) as (items, until):
        await until(lambda: any(isinstance(item.item, Notice) for item in items))
        append(path, line(2, "two"))
        await until(lambda: ("a", "two") in [pair for item in items for pair in told(item)])
    notices = [item for item in items if isinstance(item.item, Notice)]
    assert [(item.origin, item.item.kind) for item in notices if isinstance(item.item, Notice)] == [
        (NO_RUN, NoticeKind.POLLING)
    ]
    assert "Too many open files" in str(notices[0].item)


async def test_a_link_to_a_busy_run_is_followed_without_delay_beside_others(tmp_path: Path) -> None:
    real = run(tmp_path, "real", line(1, "one"))
    other = run(tmp_path, "other", line(1, "one"))
    (tmp_path / "latest.ndjson").symlink_to("real.ndjson")
    async with following(MergedSource([tmp_path / "latest.ndjson", other])) as (items, until):
        await until(lambda: sum(isinstance(item.item, Idle) for item in items) >= 2)
        for number in range(2, 30):  # the writer never pauses for the timer to come
            append(real, line(number, f"{number}"))
            await until(lambda number=number: ("latest", f"{number}") in [p for item in items for p in told(item)])


async def test_changes_of_a_quiet_run_are_noticed_while_another_is_written_continuously(tmp_path: Path) -> None:
    quiet, busy = run(tmp_path, "quiet", line(1, "one")), run(tmp_path, "busy", line(1, "one"))
    writer = os.open(quiet, os.O_RDWR)
    lock(writer)
    async with following(MergedSource([quiet, busy])) as (items, until):
        await until(lambda: sum(isinstance(item.item, Idle) for item in items) >= 2)
        writing = asyncio.create_task(write_for_ever(busy))
        os.close(writer)
        await until(lambda: Tagged("quiet", Idle(locked=False, modified=quiet.stat().st_mtime)) in items)
        writing.cancel()


async def write_for_ever(path: Path) -> None:
    while True:
        append(path, line(2, "two"))
        await asyncio.sleep(0.005)


async def test_nothing_is_lost_of_a_file_that_is_renamed_or_removed_just_after_it_was_written(tmp_path: Path) -> None:
    """Its writer holds no lock: another program, or one on another machine."""
    path = run(tmp_path, "a", line(1, "one"))
    async with following(MergedSource([], [tmp_path])) as (items, until):
        await until(lambda: any(isinstance(item.item, Idle) for item in items))
        append(path, line(2, "two") + line(3, "three")[:20])
        await until(lambda: ("a", "two") in [pair for item in items for pair in told(item)])
        append(path, line(3, "three")[20:] + line(4, "four"))
        path.rename(tmp_path / "a.old")
        run(tmp_path, "a", line(5, "five"))
        await until(lambda: ("a", "five") in [pair for item in items for pair in told(item)])
        append(path, line(6, "six"))
        path.unlink()
        await until(lambda: ("a", "six") in [pair for item in items for pair in told(item)])

    assert [text for item in items for _, text in told(item)] == ["one", "two", "three", "four", "five", "six"]


async def test_in_a_crowd_idle_files_are_closed_and_reopened(tmp_path: Path) -> None:
    for number in range(100):
        path = run(tmp_path, f"{number:03}", line(1, f"{number}"))
        os.utime(path, (1, 1))
    async with following(MergedSource([], [tmp_path])) as (items, until):
        await until(lambda: sum(isinstance(item.item, Idle) for item in items) >= 100)
        held = [file.path for file in psutil.Process().open_files()]
        append(path, line(2, "again"))
        await until(lambda: ("099", "again") in [pair for item in items for pair in told(item)])

    assert not [name for name in held if name.startswith(str(tmp_path))]


def are_open(folder: Path) -> int:
    return sum(file.path.startswith(str(folder)) for file in psutil.Process().open_files())


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress])
async def test_more_runs_than_the_descriptor_limit_are_all_read(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    lines = [[line(second, f"{number} {second} ".ljust(4000, "x")) for second in range(3)] for number in range(30)]
    for number, told_by in enumerate(lines):
        (tmp_path / f"{number:02}.ndjson{'.gz' if pack is gzip.compress else ''}").write_bytes(pack(b"".join(told_by)))
    shown, most = [], 0
    async for item in MergedSource([], [tmp_path], follow=False, max_open=8).items():
        shown += told(item)
        most = max(most, are_open(tmp_path))

    assert len(shown) == len(set(shown)) == 90
    assert [text.split()[1] for _, text in shown] == sorted(text.split()[1] for _, text in shown)
    assert 0 < most <= 9


async def test_of_more_runs_than_the_descriptor_limit_none_is_forgotten(tmp_path: Path) -> None:
    paths = [run(tmp_path, f"{number:02}", line(1, f"{number}")) for number in range(30)]
    writer = os.open(paths[0], os.O_RDWR)
    lock(writer)
    async with following(MergedSource([], [tmp_path], max_open=8)) as (items, until):
        await until(lambda: sum(isinstance(item.item, Idle) for item in items) >= 30)
        assert are_open(tmp_path) <= 8 + 2  # the one that is read just now, and the writer's own
        for number, path in enumerate(paths):
            append(path, line(2, f"again {number}"))
        await until(lambda: sum(text.startswith("again") for item in items for _, text in told(item)) == 30)
        assert are_open(tmp_path) <= 8 + 2
        os.close(writer)
        await until(lambda: Tagged("00", Idle(locked=False, modified=paths[0].stat().st_mtime)) in items)


async def test_a_compressed_run_that_arrives_in_pieces_is_read_when_complete(tmp_path: Path) -> None:
    run(tmp_path, "a", line(1, "one"))
    packed = gzip.compress(line(2, "two") + line(3, "three"))
    async with following(MergedSource([], [tmp_path], settled_s=0.2, sweep_s=0.3)) as (items, until):
        await until(lambda: any(isinstance(item.item, Idle) for item in items))
        path = tmp_path / "b.ndjson.gz"
        path.write_bytes(packed[:20])
        append(path, packed[20:])
        await until(lambda: ("b", "three") in [pair for item in items for pair in told(item)])

    assert not [item for item in items if isinstance(item.item, Notice) and item.item.kind is NoticeKind.UNREADABLE]


async def test_a_run_created_before_the_watch_started_joins_before_the_next_sweep(tmp_path: Path) -> None:
    source = MergedSource([], [tmp_path], sweep_s=10 * LIMIT_S)
    async with aclosing(source.items()) as items:
        assert isinstance((await anext(items)).item, Notice)  # there is none yet, and nothing is watched yet
        run(tmp_path, "a", line(1, "one"))
        async with asyncio.timeout(LIMIT_S):
            while not told(await anext(items)):
                pass


@pytest.fixture
def polls(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """The polls for events of directories. None finds any: watchfiles 1.0 may lose one that comes just then."""
    polls: list[None] = []
    monkeypatch.setattr(DirectoryEvents, "poll", lambda _: polls.append(None) or [])
    return polls


@pytest.mark.parametrize("told_either_way", ["directories alone"], indirect=True)
async def test_a_new_run_of_which_the_event_is_lost_joins_at_the_next_sweep(tmp_path: Path, polls: list[None]) -> None:
    run(tmp_path, "a", line(1, "one"))
    async with following(MergedSource([], [tmp_path], sweep_s=0.2)) as (items, until):
        await wait_until_async(lambda: polls)
        run(tmp_path, "b", line(2, "two"))
        await until(lambda: ("b", "two") in [pair for item in items for pair in told(item)])


async def test_a_new_run_joins_before_the_next_sweep_while_a_late_viewer_watches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Lateness(waits_for_events=False, pause_s=0.05)
    monkeypatch.setattr("observer.source.watcher.Lateness", lambda: late)
    monkeypatch.setattr(Lateness, "after", lambda lateness, _: lateness)
    run(tmp_path, "a", line(1, "one"))
    async with following(MergedSource([], [tmp_path], sweep_s=10 * LIMIT_S)) as (items, until):
        await until(lambda: sum(isinstance(item.item, Idle) for item in items) > 1)
        run(tmp_path, "b", line(2, "two"))
        await until(lambda: ("b", "two") in [pair for item in items for pair in told(item)])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of new names at once")
@pytest.mark.parametrize("told_either_way", ["open files"], indirect=True)
async def test_a_new_run_beside_a_living_one_joins_without_a_poll(tmp_path: Path, polls: list[None]) -> None:
    run(tmp_path, "a", line(1, "one"))
    async with following(MergedSource([], [tmp_path], sweep_s=10 * LIMIT_S)) as (items, until):
        await wait_until_async(lambda: polls)
        run(tmp_path, "b", line(2, "two"))
        await until(lambda: ("b", "two") in [pair for item in items for pair in told(item)])


@pytest.mark.parametrize("runs", [[], ["a", "b"]])
async def test_idle_runs_yield_an_item_now_and_then(tmp_path: Path, runs: list[str]) -> None:
    for name in runs:
        run(tmp_path, name, line(1, "old"))
    async with following(MergedSource([], [tmp_path])) as (items, until):
        await until(lambda: sum(isinstance(item.item, Idle) for item in items) > len(runs) + 1)
