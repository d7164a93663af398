"""A followed file is renamed or compressed, or a link on the way to it is switched."""

import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from observer.format.line import Line
from observer.source.departure import Departure, departure_of, read_beyond
from observer.source.file_change import Identity, ReadPosition
from observer.source.followed_file import FollowedFile
from observer.source.items import Follow, Idle, Lines, Notice, NoticeKind, PartialLine
from tests.helpers import append, event
from tests.observer.following import Follower, following
from tests.observer.observing import FAILURE, THOUGHT, Observe, lock

Start = Callable[..., Observe]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "run.ndjson"
    path.write_bytes(b"one\ntwo\n")
    return path


def pack(path: Path, suffix: str = ".gz") -> Path:
    """Compress a file as gzip and zstd do: the original goes when the compressed one is complete."""
    data = path.read_bytes()
    packed = path.with_name(f"{path.name}{suffix}")
    packed.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else zstandard.compress(data))
    shutil.copystat(path, packed)
    path.unlink()
    return packed


def messages(follower: Follower) -> list[str]:
    return [item.message for item in follower.items if isinstance(item, Notice)]


def switch(link: Path, target: str) -> None:
    fresh = link.with_name("fresh")
    fresh.symlink_to(target)
    fresh.replace(link)


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".1.gz", "-20261129.gz"])
async def test_a_file_that_is_compressed_is_read_to_its_end_and_the_source_ends(run: Path, suffix: str) -> None:
    async with following(run) as follower:
        await follower.has(b"one", b"two")
        append(run, b"three\nhal")
        packed = pack(run, suffix)
        await follower.until(lambda: messages(follower) and isinstance(follower.items[-1], Idle))
        assert follower.lines == [b"one", b"two", b"three"]
        assert messages(follower) == [f"{run} was compressed to {packed}; it was read to its end"]
        assert PartialLine(Line(b"hal", 14)) in follower.items


async def test_with_f_a_new_file_is_waited_for(run: Path) -> None:
    async with following(run, Follow.NAME) as follower:
        await follower.has(b"one", b"two")
        packed = pack(run)
        await follower.says(NoticeKind.GONE)
        assert messages(follower) == [f"{run} was compressed to {packed}; waiting for it to come back"]
        run.write_bytes(b"new\n")
        await follower.has(b"one", b"two", b"new")


async def test_a_file_that_is_compressed_while_it_is_written_is_still_read(run: Path) -> None:
    descriptor = os.open(run, os.O_RDWR | os.O_APPEND)
    lock(descriptor)
    async with following(run) as follower:
        await follower.has(b"one", b"two")
        pack(run)
        await follower.says(NoticeKind.GONE)
        os.write(descriptor, b"three\n")
        await follower.has(b"one", b"two", b"three")
        assert messages(follower)[0].endswith("still reading what its writer adds")
        os.close(descriptor)
        await follower.until(lambda: len(messages(follower)) == 2)


async def test_a_run_behind_a_link_that_is_compressed_is_read_to_its_end(run: Path) -> None:
    link = run.with_name("latest.ndjson")
    link.symlink_to(run.name)
    async with following(link) as follower:
        await follower.has(b"one", b"two")
        packed = pack(run)
        await follower.says(NoticeKind.GONE)
        assert messages(follower) == [f"{link} was compressed to {packed}; it was read to its end"]


async def test_an_older_compressed_file_is_not_taken_for_it(run: Path) -> None:
    old = run.with_name("run.ndjson.1.gz")
    old.write_bytes(gzip.compress(b"older\n"))
    os.utime(old, (1, 1))
    async with following(run) as follower:
        await follower.has(b"one", b"two")
        run.unlink()
        await follower.says(NoticeKind.GONE)
        assert messages(follower) == [f"{run} was removed; waiting for it to come back"]


async def test_a_renamed_file_is_still_read_and_its_new_name_said(run: Path) -> None:
    rotated = run.with_name("run.ndjson.1")
    async with following(run) as follower:
        await follower.has(b"one", b"two")
        run.rename(rotated)
        await follower.says(NoticeKind.GONE)
        append(rotated, b"three\n")
        await follower.has(b"one", b"two", b"three")
        assert messages(follower) == [f"{run} was renamed to {rotated}; waiting for it to come back"]
        packed = pack(rotated)
        await follower.until(lambda: len(messages(follower)) == 2)
        assert messages(follower)[1] == f"{run} was compressed to {packed}; it was read to its end"


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
async def test_the_rest_of_a_file_that_was_not_open_is_read_from_the_compressed_one(run: Path, suffix: str) -> None:
    source = FollowedFile(run, follow=Follow.FILE)
    items = [item for _ in range(3) for item in await source.next(lambda: None)]
    source.park()
    append(run, b"three\nhal")
    pack(run, suffix)
    items += await source.next(lambda: None)
    lines = [line for item in items if isinstance(item, Lines) for line in item.lines]
    assert lines == [Line(b"one", 0), Line(b"two", 4), Line(b"three", 8)]
    assert PartialLine(Line(b"hal", 14)) in items
    assert await source.next(lambda: None) == [Idle(locked=False)]  # only once


async def test_what_only_the_compressed_file_has_is_shown_although_the_original_was_open_to_its_end(run: Path) -> None:
    async with following(run) as follower:
        await follower.has(b"one", b"two")
        run.with_name("run.ndjson.gz").write_bytes(gzip.compress(b"one\ntwo\nthree\nfour\n"))
        run.unlink()
        await follower.has(b"one", b"two", b"three", b"four")
        await follower.says(NoticeKind.GONE)


async def test_a_compressed_file_that_is_corrupt_does_not_hide_what_was_read(run: Path) -> None:
    async with following(run) as follower:
        await follower.has(b"one", b"two")
        run.with_name("run.ndjson.gz").write_bytes(gzip.compress(b"one\ntwo\nthree\n")[:-9])
        run.unlink()
        await follower.says(NoticeKind.GONE)
        assert "what that holds beyond is lost" in messages(follower)[0]


def test_what_does_not_continue_a_file_is_not_read(tmp_path: Path) -> None:
    packed = tmp_path / "run.ndjson.gz"
    packed.write_bytes(gzip.compress(b"other\ntwo\n"))
    position = ReadPosition(Identity(0, 0), 6, b"single")
    assert list(read_beyond(packed, position)) == []
    assert list(read_beyond(packed, ReadPosition(Identity(0, 0), 6, b"other\n"))) == [b"two\n"]
    assert list(read_beyond(packed, ReadPosition(Identity(0, 0), 0))) == [b"other\ntwo\n"]
    assert list(read_beyond(packed, ReadPosition(Identity(0, 0), 10, b"two\n"))) == []
    assert list(read_beyond(packed, ReadPosition(Identity(0, 0), 99, b"two\n"))) == []


def test_of_a_directory_that_is_gone_nothing_is_known(tmp_path: Path) -> None:
    assert departure_of(tmp_path / "no" / "run.ndjson", Identity(0, 0), 0.0) == Departure()


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """The link `current` to the first of two releases, each with a run."""
    for name in ("one", "two"):
        (tmp_path / name / "runs").mkdir(parents=True)
        (tmp_path / name / "runs" / "x.ndjson").write_bytes(f"{name}\n".encode())
    switch(tmp_path / "current", "one")
    return tmp_path


async def test_a_switched_link_in_the_middle_of_the_path_does_not_take_a_viewer_away(releases: Path) -> None:
    path = releases / "current" / "runs" / "x.ndjson"
    async with following(path) as follower:
        await follower.has(b"one")
        append(path, b"drained\n")
        switch(releases / "current", "two")
        await follower.says(NoticeKind.OTHER_RUN)
        append(releases / "one" / "runs" / "x.ndjson", b"still read\n")
        await follower.has(b"one", b"drained", b"still read")
        assert messages(follower) == [
            f"{path} now points to {releases}/two/runs/x.ndjson, another run; -F would follow it"
        ]


async def test_a_switched_link_in_the_middle_of_the_path_is_followed_with_f(releases: Path) -> None:
    path = releases / "current" / "runs" / "x.ndjson"
    async with following(path, Follow.NAME) as follower:
        await follower.has(b"one")
        append(path, b"drained\n")
        switch(releases / "current", "two")
        await follower.has(b"one", b"drained", b"two")
        append(path, b"three\n")
        await follower.has(b"one", b"drained", b"two", b"three")
        assert follower.notices == [NoticeKind.SWITCHED]


async def test_a_link_that_is_switched_to_nothing_is_not_called_removed(releases: Path) -> None:
    path = releases / "current" / "runs" / "x.ndjson"
    (releases / "two" / "runs" / "x.ndjson").unlink()
    async with following(path) as follower:
        await follower.has(b"one")
        switch(releases / "current", "two")
        await follower.says(NoticeKind.GONE)
        append(releases / "one" / "runs" / "x.ndjson", b"still read\n")
        await follower.has(b"one", b"still read")
        assert "now points to" in messages(follower)[0]


async def test_a_parked_file_is_read_on_where_it_is_although_a_link_was_switched(releases: Path) -> None:
    source = FollowedFile(releases / "current" / "runs" / "x.ndjson", follow=Follow.FILE)
    for _ in range(3):
        await source.next(lambda: None)
    source.park()
    switch(releases / "current", "two")
    append(releases / "one" / "runs" / "x.ndjson", b"still read\n")
    items = await source.next(lambda: None)
    assert [line for item in items if isinstance(item, Lines) for line in item.lines] == [Line(b"still read", 4)]
    source.close()


async def test_with_f_the_latest_run_is_followed_also_without_a_link(tmp_path: Path) -> None:
    latest = tmp_path / "latest.ndjson"
    (tmp_path / "a.ndjson").write_bytes(b"one\n")
    async with following(latest, Follow.NAME) as follower:
        await follower.has(b"one")
        append(tmp_path / "a.ndjson", b"drained\n")
        (tmp_path / "b.ndjson").write_bytes(b"two\n")
        await follower.has(b"one", b"drained", b"two")
        append(tmp_path / "b.ndjson", b"three\n")
        (tmp_path / "0.ndjson").write_bytes(b"linked\n")
        switch(latest, "0.ndjson")
        await follower.has(b"one", b"drained", b"two", b"three", b"linked")
        assert follower.notices == [NoticeKind.SWITCHED] * 2


async def test_with_f_a_first_run_is_waited_for_beside_compressed_ones(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(b"packed\n"))
    async with following(tmp_path / "latest.ndjson", Follow.NAME) as follower:
        await follower.says(NoticeKind.WAITING)
        (tmp_path / "b.ndjson").write_bytes(b"one\n")
        await follower.has(b"one")


@pytest.mark.parametrize(("lines", "code"), [(THOUGHT, 0), (THOUGHT + FAILURE, 1)])
def test_tail_shows_a_run_that_is_compressed_once_and_ends(
    observe: Start, tmp_path: Path, lines: bytes, code: int
) -> None:
    path = tmp_path / "run.ndjson"
    path.write_bytes(event("run_start", host="elsewhere"))
    viewer = observe("tail", "-o", "json", path)
    viewer.shows("elsewhere")
    with path.open("ab") as file:
        file.write(lines)
    data = path.read_bytes()
    pack(path)
    assert viewer.ends() == code
    assert viewer.out == data
