"""The kernel tells the event loop of each change of an open file, whatever its name, on one descriptor for all."""

import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from observer.source.inotify import FileEvents
from tests.helpers import append, wait_until_async

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has inotify")


class OpenPath:
    """A file that is opened and watched, and how often its listener was called."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self.path = path
        with path.open("rb") as file:  # a watch outlives the descriptor
            self.watch = FileEvents.of_running_loop().add(file.fileno(), self.listen)
        self.calls = 0

    def listen(self, name: str) -> None:
        assert not name
        self.calls += 1

    async def is_told_of(self, change: Callable[[], object]) -> None:
        self.calls = 0
        change()
        await wait_until_async(lambda: self.calls)

    def end(self) -> None:
        FileEvents.of_running_loop().remove(self.watch, self.listen)


def count_descriptors() -> int:
    """Return how many descriptors of inotify this process has."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{name}") == "anon_inode:inotify"
        except FileNotFoundError:  # the one with which the directory was read
            continue
    return count


async def test_writes_names_and_permissions_are_told(tmp_path: Path) -> None:
    file = OpenPath(tmp_path / "a")
    moved = tmp_path / "b"

    await file.is_told_of(lambda: append(file.path, b"x"))
    await file.is_told_of(lambda: os.truncate(file.path, 0))
    await file.is_told_of(lambda: file.path.chmod(0o600))
    await file.is_told_of(lambda: file.path.rename(moved))
    await file.is_told_of(lambda: append(moved, b"y"))
    await file.is_told_of(lambda: (tmp_path / "other").rename(moved) if (tmp_path / "other").touch() is None else None)
    file.end()


async def test_that_a_writer_closes_the_file_is_told(tmp_path: Path) -> None:
    file = OpenPath(tmp_path / "a")
    with file.path.open("ab", buffering=0) as writer:
        await file.is_told_of(lambda: writer.write(b"x"))
        await file.is_told_of(writer.close)
    file.end()


async def test_many_files_take_one_descriptor_which_the_last_one_closes(tmp_path: Path) -> None:
    before = count_descriptors()
    files = [OpenPath(tmp_path / f"{number}") for number in range(3)]
    assert count_descriptors() == before + 1
    for file in files:
        await file.is_told_of(lambda file=file: append(file.path, b"x"))  # type: ignore[misc]
        file.end()
    assert count_descriptors() == before


async def test_of_two_listeners_of_one_file_the_other_remains(tmp_path: Path) -> None:
    first, second = OpenPath(tmp_path / "a"), OpenPath(tmp_path / "a")
    await first.is_told_of(lambda: append(first.path, b"x"))
    assert second.calls
    first.end()
    first.end()  # once more changes nothing
    first.calls = 0
    await second.is_told_of(lambda: append(first.path, b"x"))
    assert not first.calls
    second.end()


async def test_a_file_that_is_removed_is_told_and_its_watch_can_still_be_ended(tmp_path: Path) -> None:
    before = count_descriptors()
    removed, kept = OpenPath(tmp_path / "a"), OpenPath(tmp_path / "b")
    await removed.is_told_of(removed.path.unlink)
    await kept.is_told_of(lambda: append(kept.path, b"x"))
    removed.end()
    kept.end()
    assert count_descriptors() == before


async def test_after_too_many_events_all_files_may_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inotify_simple import flags  # noqa: PLC0415 - only Linux has it

    files = [OpenPath(tmp_path / f"{number}") for number in range(2)]
    overflow = struct.pack("iIII", -1, flags.Q_OVERFLOW, 0, 0)
    monkeypatch.setattr("observer.source.inotify.os.read", lambda *_: overflow)
    await files[0].is_told_of(lambda: append(files[0].path, b"x"))
    assert files[1].calls
    monkeypatch.undo()
    for file in files:
        file.end()


async def test_what_cannot_be_watched_leaves_no_descriptor_behind() -> None:
    before = count_descriptors()
    with pytest.raises(OSError, match="No such file"):
        FileEvents.of_running_loop().add(1_000_000, lambda: None)
    assert count_descriptors() == before


async def test_new_names_of_a_directory_are_told_and_writes_are_not(tmp_path: Path) -> None:
    names: list[str] = []
    file = OpenPath(tmp_path / "a")
    watch = FileEvents.of_running_loop().add_directory(str(tmp_path), names.append)

    await file.is_told_of(lambda: append(file.path, b"x"))
    assert names == []
    changes: list[tuple[Callable[[], object], set[str]]] = [
        ((tmp_path / "b").touch, {"b"}),
        ((tmp_path / "c").mkdir, {"c"}),
        (lambda: (tmp_path / "latest").symlink_to("a"), {"latest"}),
        (lambda: (tmp_path / "b").rename(tmp_path / "latest"), {"b", "latest"}),
        ((tmp_path / "latest").unlink, {"latest"}),
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).touch, {os.fsdecode(b"\xff")}),
    ]
    for change, expected in changes:
        names.clear()
        change()
        await wait_until_async(lambda expected=expected: set(names) == expected)  # type: ignore[misc]
    FileEvents.of_running_loop().remove(watch, names.append)
    file.end()


async def test_a_file_is_no_directory(tmp_path: Path) -> None:
    file = OpenPath(tmp_path / "a")
    with pytest.raises(NotADirectoryError):
        FileEvents.of_running_loop().add_directory(str(file.path), lambda _: None)
    file.end()


async def test_many_events_are_read_piece_by_piece(tmp_path: Path) -> None:
    names: set[str] = set()
    watch = FileEvents.of_running_loop().add_directory(str(tmp_path), names.add)
    expected = {f"{number:0200}" for number in range(100)}
    for name in expected:
        (tmp_path / name).touch()
    await wait_until_async(lambda: names == expected)
    FileEvents.of_running_loop().remove(watch, names.add)


async def test_without_the_library_there_are_no_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inotify_simple", None)
    with pytest.raises(NotImplementedError):
        FileEvents.of_running_loop()
