"""Following a file whatever happens to it: rows 15 to 26 of the faults a follower meets.

Tests `observer.source.followed_file`, `observer.source.open_run_file`, `observer.source.regular_file`,
`observer.source.file_reader`, `observer.source.items` and `observer.source.lock` too.
"""

import asyncio
import errno
import itertools
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observer.errors import UnreadableError
from observer.format.line import Line, Oversize
from observer.format.lines import LineSplitter
from observer.source.file import FileSource
from observer.source.file_change import FileChange
from observer.source.file_reader import CHUNK, FileReader
from observer.source.followed_file import FollowedFile
from observer.source.items import ContextLines, Follow, Idle, Item, Lines, Notice, NoticeKind, PartialLine
from observer.source.line_reader import BLOCK
from observer.source.locate import DisplayNames
from observer.source.off_loop import off_loop
from observer.source.open_run_file import open_run_file
from observer.source.seek import StartPosition
from tests.helpers import RUN, append
from tests.observer.following import following
from tests.observer.observing import lock

pytestmark = pytest.mark.usefixtures("told_either_way")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run.ndjson"


async def read_once(path: Path, last: int | None = None) -> list[Item]:
    return [item async for item in FileSource(path, follow=Follow.NOT, start=StartPosition(last=last)).items()]


async def test_a_line_appended_byte_by_byte_arrives_once(run: Path) -> None:
    run.touch()
    async with following(run) as follower:
        for byte in "ä日\n👍\n".encode():
            append(run, bytes([byte]))
            await asyncio.sleep(0.001)
        await follower.has("ä日".encode(), "👍".encode())


@pytest.mark.parametrize("alive", [True, False])
async def test_one_read_reaches_the_end_of_what_a_live_writer_has_written(run: Path, *, alive: bool) -> None:
    """The end of a dead writer's file is checked again, because another writer may have resumed the run."""
    with run.open("ab", buffering=0) as writer:
        if alive:
            lock(writer.fileno())
        source = FollowedFile(run)
        await source.next(lambda: None)  # opens it
        writer.write(b"one\n")
        found = await source.next(lambda: None)
        source.close()
    assert found == [Lines([Line(b"one", 0)]), *([Idle(locked=True, modified=run.stat().st_mtime)] if alive else [])]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
async def test_following_any_pieces_yields_the_same_as_one_read(tmp_path: Path, pieces: list[bytes]) -> None:
    run = tmp_path / os.urandom(8).hex()
    run.touch()
    expected = [line.data for line in LineSplitter().feed(b"".join(pieces)) if isinstance(line, Line)]
    async with following(run) as follower:
        for piece in pieces:
            append(run, piece)
            await asyncio.sleep(0)
        await follower.has(*expected)


async def test_a_line_of_20_mb_is_an_ordinary_line(run: Path) -> None:
    run.write_bytes(b"x" * 20_000_000 + b"\nnext\n")
    async with following(run) as follower:
        await follower.has(b"x" * 20_000_000, b"next")


async def test_a_line_of_100_mb_is_reported_by_its_length(run: Path) -> None:
    with run.open("wb") as file:
        file.write(b"x")
        file.seek(100_000_000)
        file.write(b"\nnext\n")

    items = [line for item in await read_once(run) if isinstance(item, Lines) for line in item.lines]

    assert items == [Oversize(0, 100_000_000), Line(b"next", 100_000_001)]


async def test_a_hole_of_100_mb_costs_no_line_and_is_reported_once(run: Path) -> None:
    """`copytruncate` under a writer that does not append leaves as many NUL bytes as it had written."""
    with run.open("wb") as file:
        file.seek(100_000_000)
        file.write(b'{"seq":6}\n' + bytes(70_000) + b'{"seq":7}\n' + bytes(10))

    items = await read_once(run)

    assert [line for item in items if isinstance(item, Lines) for line in item.lines] == [
        Line(b'{"seq":6}', 100_000_000), Line(b'{"seq":7}', 100_070_010),
    ]  # fmt: skip
    (notice,) = [item for item in items if isinstance(item, Notice)]
    assert "begins with NUL bytes" in notice.message
    assert not any(isinstance(item, PartialLine) for item in items)


async def test_a_missing_file_is_reported_and_waited_for(run: Path) -> None:
    async with following(run) as follower:
        await follower.says(NoticeKind.WAITING)
        append(run, b"a\n")
        await follower.has(b"a")
        assert follower.notices == [NoticeKind.WAITING, NoticeKind.FOUND]


async def test_a_missing_directory_is_waited_for_and_can_be_deleted_and_recreated(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "run.ndjson"
    async with following(run) as follower:
        await follower.says(NoticeKind.WAITING)
        run.parent.mkdir()
        append(run, b"a\n")
        await follower.has(b"a")
        run.unlink()
        run.parent.rmdir()
        await follower.says(NoticeKind.GONE)
        run.parent.mkdir()
        append(run, b"b\n")
        await follower.has(b"a", b"b")
        append(run, b"c\n")
        await follower.has(b"a", b"b", b"c")


async def test_a_truncated_file_is_read_from_its_start_again(run: Path) -> None:
    run.write_bytes(b"one\ntwo\n")
    async with following(run) as follower:
        await follower.has(b"one", b"two")
        os.truncate(run, 0)
        await follower.says(NoticeKind.TRUNCATED)
        append(run, b"new\n")
        await follower.has(b"one", b"two", b"new")


async def test_a_file_truncated_and_grown_past_the_old_offset_is_noticed(run: Path) -> None:
    run.write_bytes(b"one\n")
    async with following(run) as follower:
        await follower.has(b"one")
        run.write_bytes(b"another\nand more\n")
        await follower.has(b"one", b"another", b"and more")
        assert NoticeKind.TRUNCATED in follower.notices


async def test_a_renamed_file_is_read_to_its_end_before_the_new_one(run: Path) -> None:
    run.write_bytes(b"one\n")
    old = run.with_name("old")
    async with following(run) as follower:
        await follower.has(b"one")
        run.rename(old)
        append(old, b"last of the old\n")
        append(run, b"first of the new\n")
        await follower.has(b"one", b"last of the old", b"first of the new")
        assert follower.notices[-1] is NoticeKind.REPLACED


async def test_a_recreated_file_is_new_even_if_its_inode_is_reused(run: Path) -> None:
    run.write_bytes(b"same\n")
    async with following(run) as follower:
        await follower.has(b"same")
        run.unlink()
        run.write_bytes(b"same\n")
        await follower.has(b"same", b"same")


async def test_the_partial_line_of_a_replaced_file_is_yielded_as_such(run: Path) -> None:
    run.write_bytes(b"one\nhal")
    async with following(run) as follower:
        await follower.has(b"one")
        run.rename(run.with_name("old"))
        run.write_bytes(b"new\n")
        await follower.has(b"one", b"new")
        assert PartialLine(Line(b"hal", 4)) in follower.items


def switch(link: Path, target: str) -> None:
    fresh = link.with_name("fresh")
    fresh.symlink_to(target)
    fresh.replace(link)


async def test_a_switched_symlink_is_announced_and_the_run_is_still_followed(tmp_path: Path) -> None:
    first, second, link = tmp_path / "1.ndjson", tmp_path / "2.ndjson", tmp_path / "latest.ndjson"
    first.write_bytes(b"one\n")
    second.write_bytes(b"two\n")
    switch(link, "1.ndjson")
    async with following(link) as follower:
        await follower.has(b"one")
        append(first, b"drained\n")
        switch(link, "2.ndjson")
        await follower.says(NoticeKind.OTHER_RUN)
        append(first, b"still read\n")
        await follower.has(b"one", b"drained", b"still read")
        assert follower.notices == [NoticeKind.OTHER_RUN]


async def test_a_switched_symlink_is_followed_on_request(tmp_path: Path) -> None:
    first, second, link = tmp_path / "1.ndjson", tmp_path / "2.ndjson", tmp_path / "latest.ndjson"
    first.write_bytes(b"one\n")
    second.write_bytes(b"two\n")
    switch(link, "1.ndjson")
    async with following(link, Follow.NAME) as follower:
        await follower.has(b"one")
        append(first, b"drained\n")
        switch(link, "2.ndjson")
        await follower.has(b"one", b"drained", b"two")
        append(second, b"three\n")
        await follower.has(b"one", b"drained", b"two", b"three")


async def test_a_link_to_a_file_that_is_rotated_is_waited_for_beside_other_runs(tmp_path: Path) -> None:
    file, link = tmp_path / f"{RUN[:-6]}000001.ndjson", tmp_path / "latest.ndjson"
    (tmp_path / f"{RUN}.ndjson").write_bytes(b"of another run, the newest by name\n")
    file.write_bytes(b"one\n")
    link.symlink_to(file.name)
    async with following(link, Follow.NAME) as follower:
        await follower.has(b"one")
        file.rename(tmp_path / "rotated")
        await follower.says(NoticeKind.GONE)
        file.write_bytes(b"two\n")
        await follower.has(b"one", b"two")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
async def test_a_directory_or_fifo_in_its_place_is_reported_and_does_not_block(
    run: Path, make: Callable[[Path], None]
) -> None:
    run.write_bytes(b"one\n")
    away = run.with_name("away")
    async with following(run) as follower:
        await follower.has(b"one")
        run.rename(away)
        make(run)
        await follower.says(NoticeKind.NOT_A_FILE)
        run.rmdir() if stat.S_ISDIR(run.stat().st_mode) else run.unlink()
        away.rename(run)
        append(run, b"two\n")
        await follower.has(b"one", b"two")


async def test_a_file_that_has_its_name_again_before_another_one_is_opened_is_not_read_twice(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.write_bytes(b"one\n")
    away, other = run.with_name("away"), run.with_name("other")
    source = FollowedFile(run)
    assert await source.next(lambda: None) == []
    assert isinstance((await source.next(lambda: None))[0], Lines)
    run.rename(away)
    other.touch()
    other.rename(run)

    def come_back(*arguments: Any, **options: Any) -> object:
        away.rename(run)
        return open_run_file(*arguments, **options)

    monkeypatch.setattr("observer.source.followed_file.open_run_file", come_back)
    assert await source.next(lambda: None) == []
    append(run, b"two\n")
    assert (await source.next(lambda: None))[0] == Lines([Line(b"two", 4)])
    source.close()


async def test_a_directory_cannot_be_followed(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="is a directory"):
        await read_once(tmp_path)


async def test_the_message_about_a_fifo_suggests_standard_input(run: Path) -> None:
    os.mkfifo(run)
    with pytest.raises(UnreadableError, match="pass it as standard input"):
        await read_once(run)


async def test_a_missing_file_is_an_error_without_follow(run: Path) -> None:
    with pytest.raises(UnreadableError, match="does not exist"):
        await read_once(run)


@pytest.mark.parametrize(("last", "expected"), [(0, []), (1, [b"c"]), (2, [b"b", b"c"]), (9, [b"a", b"b", b"c"])])
async def test_the_last_lines_come_first(run: Path, last: int, expected: list[bytes]) -> None:
    run.write_bytes(b"a\nb\nc\n")
    async with following(run, last=last) as follower:
        await follower.at_end()
        append(run, b"d\n")
        await follower.has(*expected, b"d")


async def test_a_partial_last_line_is_shown_completely_when_starting_live(run: Path) -> None:
    run.write_bytes(b"a\nhal")
    async with following(run, last=0) as follower:
        await follower.at_end()
        append(run, b"f\n")
        await follower.has(b"half")


async def test_starting_in_the_middle_yields_context(run: Path) -> None:
    run.write_bytes(b"start\nb\nc\nd\n")

    items = await read_once(run, last=1)

    assert items[0] == ContextLines([Line(b"start", 0), Line(b"b", 6), Line(b"c", 8)])


@given(st.lists(st.integers(min_value=0, max_value=3 * BLOCK), max_size=5), st.integers(min_value=0, max_value=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_seeking_backwards_selects_the_same_lines_as_reading_everything(
    tmp_path: Path, sizes: list[int], last: int
) -> None:
    path = tmp_path / "seek"
    lines = [b"x" * size for size in sizes]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    file = FileReader(path)
    start = file.seek(StartPosition(last=last))
    file.close()

    kept = lines[max(0, len(lines) - last) :]
    assert path.read_bytes()[start:] == b"".join(line + b"\n" for line in kept)


ONE_WATCHER = 3
"""Descriptors of a change watcher: inotify, epoll and eventfd. It may be set up or not when they are counted."""
ONE_SWITCH = 1
"""In the middle of a switch the old file and the new one are open."""


async def test_a_thousand_replacements_leak_no_descriptor(run: Path) -> None:
    async def replace(numbers: range) -> None:
        for number in numbers:
            fresh = run.with_name("fresh")
            fresh.write_bytes(b"%d\n" % number)
            fresh.replace(run)
        await follower.until(lambda: b"%d" % numbers[-1] in follower.lines)

    run.write_bytes(b"0\n")
    async with following(run) as follower:
        await follower.at_end()
        await replace(range(1, 51))
        before = len(os.listdir("/proc/self/fd"))
        for start in range(51, 1051, 50):
            await replace(range(start, start + 50))
        assert len(os.listdir("/proc/self/fd")) <= before + ONE_WATCHER + ONE_SWITCH


class Threads:
    """Takes the place of the function that lets another thread do something, and notes what that is."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def __call__(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        self.calls.append(function.__name__)
        return await off_loop(function, *args, **options)


async def test_little_that_an_event_tells_of_is_read_on_the_loop_and_all_else_in_a_thread(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = Threads()
    monkeypatch.setattr("observer.source.followed_file.off_loop", threads)
    run.touch()
    source = FollowedFile(run)

    async def reads_in_thread(data: bytes, *, just_written: bool) -> bool:
        append(run, data)
        threads.calls.clear()
        assert await source.next(lambda: None, just_written=just_written) is not None
        return "read_next" in threads.calls

    await source.next(lambda: None)
    assert await reads_in_thread(b"one\n", just_written=False)
    assert not await reads_in_thread(b"two\n", just_written=True)
    assert await reads_in_thread(bytes(100_000), just_written=True)
    assert not await reads_in_thread(b"three\n", just_written=True)
    source.park()
    assert await reads_in_thread(b"four\n", just_written=True)
    source.close()


async def test_a_slow_disk_is_not_waited_for_on_the_loop(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run.write_bytes(b"new\n")
    reader = FileReader(run)
    assert reader.is_quick(just_written=True)
    assert not reader.is_quick(just_written=False)  # it may have to be read from the disk
    ticks = itertools.count()
    monkeypatch.setattr("observer.source.file_reader.time.monotonic", lambda: next(ticks) * 0.1)
    reader.read_next()
    append(run, b"newer\n")
    assert not reader.is_quick(just_written=True)
    assert reader.read_appended() == b""
    monkeypatch.setattr("observer.source.file_reader.time.monotonic", lambda: 0.0)
    reader.read_next()
    assert reader.is_quick(just_written=False)  # there is nothing to be read
    reader.close()


def test_what_was_just_appended_is_read_alone_if_it_is_little_and_all_there_is_to_say(run: Path) -> None:
    run.write_bytes(b"one\n")
    reader = FileReader(run)
    assert reader.read_appended() == b"one\n"
    assert reader.read_appended() == b""
    append(run, b"two\n")
    run.rename(run.with_name("elsewhere"))
    assert reader.read_appended() == b"two\n"  # of the open file, whatever its name
    run.with_name("elsewhere").write_bytes(b"overwritten, and longer than before\n")
    assert reader.read_appended() == b""
    assert reader.read_next().change is FileChange.TRUNCATED
    reader.close()


def test_much_that_was_appended_is_read_in_large_pieces(run: Path) -> None:
    run.write_bytes(b"x" * (CHUNK // 2))
    reader = FileReader(run)
    assert reader.read_appended() == b""
    assert len(reader.read_next().data) == CHUNK // 2
    reader.park()
    assert reader.read_appended() == b""


async def test_a_file_in_memory_is_read_on_the_loop_and_others_run_meanwhile(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.write_bytes(b"line\n" * 1000)
    source = FollowedFile(run, chunk=1000)
    await source.next(lambda: None)
    monkeypatch.setattr("observer.source.file_reader.is_in_memory", lambda _, offset: offset < 3000)
    monkeypatch.setattr("observer.source.followed_file.off_loop", None)
    others = asyncio.create_task(asyncio.sleep(0))

    for _ in range(3):
        assert isinstance((await source.next(lambda: None))[0], Lines)
    assert others.done()
    with pytest.raises(TypeError, match="not callable"):  # what must be waited for is left to a thread
        await source.next(lambda: None)
    source.close()


@pytest.mark.parametrize(("is_missing", "lines"), [(False, [b"b"]), (True, [b"a", b"b"])])
async def test_a_file_is_read_from_the_start_position_also_if_it_could_not_be_read_at_first(
    run: Path, is_missing: bool, lines: list[bytes]
) -> None:
    if not is_missing:
        append(run, b"a\nb\n")
    errors: dict[Path, OSError] = {} if is_missing else {run: PermissionError(errno.EACCES, "Permission denied")}
    source = FollowedFile(run, start=StartPosition(last=1), names=DisplayNames({}, errors.get))
    items = await source.next(lambda: None)
    errors[run] = PermissionError(errno.EACCES, "Permission denied")
    items += await source.next(lambda: None)
    if is_missing:
        append(run, b"a\nb\n")
    errors.clear()
    while not isinstance(items[-1], Lines):
        items += await source.next(lambda: None)
    source.close()
    notices = [item.message for item in items if isinstance(item, Notice)]
    assert [line.data for line in items[-1].lines if isinstance(line, Line)] == lines
    assert notices[-1] == f"{run} exists now" if is_missing else f"{run} can be read now"
