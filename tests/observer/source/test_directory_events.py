"""Events of directories, asked for without waiting."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from observer.source import directory_events
from observer.source.directory_events import DirectoryEvents, FileEvent
from tests.helpers import append, wait_until


@contextmanager
def watching(*paths: Path, directories: tuple[Path, ...] = ()) -> Iterator[DirectoryEvents]:
    events = DirectoryEvents.open(paths, directories)
    assert events is not None
    try:
        yield events
    finally:
        events.close()


def poll_until(events: DirectoryEvents, event: FileEvent) -> list[FileEvent]:
    """Return all events up to the poll that holds `event`."""
    seen: list[FileEvent] = []

    def has_come() -> bool:
        seen.extend(events.poll())
        return event in seen

    wait_until(has_come, f"{event} in {seen}")
    return seen


def test_a_poll_returns_at_once_whether_something_has_happened_or_not(tmp_path: Path) -> None:
    with watching(directories=(tmp_path,)) as events:
        assert events.poll() == []
        assert events.poll() == []
        (tmp_path / "a").touch()
        poll_until(events, FileEvent("a", is_write=False))
        append(tmp_path / "a", b"x")
        poll_until(events, FileEvent("a", is_write=True))


def test_of_paths_other_files_are_not_told_but_those_that_they_link_to_are(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "run"
    target.parent.mkdir()
    target.touch()
    link = tmp_path / "latest"
    link.symlink_to(target)
    with watching(link) as events:
        (tmp_path / "sibling").touch()
        append(target, b"x")
        assert {event.name for event in poll_until(events, FileEvent("run", is_write=True))} == {"run"}
        os.replace(tmp_path / "sibling", link)
        assert {event.name for event in poll_until(events, FileEvent("latest", is_write=False))} <= {"run", "latest"}


def test_without_a_directory_there_is_nothing_to_watch(tmp_path: Path) -> None:
    assert DirectoryEvents.open([tmp_path / "nowhere" / "run"], []) is None


def test_a_directory_that_is_replaced_is_not_the_one_that_was_opened(tmp_path: Path) -> None:
    directory = tmp_path / "runs"
    directory.mkdir()
    with watching(directories=(directory,)) as events:
        assert events.is_current()
        directory.rename(tmp_path / "old")
        assert not events.is_current()
        directory.mkdir()
        assert not events.is_current()


def test_an_event_that_comes_while_a_poll_ends_is_told_by_a_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TouchAtTheEnd(directory_events._StopEvent):
        """Creates a file between the library's last look and the end of its call, and waits for the event."""

        def is_set(self) -> bool:
            is_end = True
            try:
                is_end = super().is_set()
                return is_end
            finally:
                if is_end and not (tmp_path / "late").exists():
                    (tmp_path / "late").touch()
                    poll_until(other, FileEvent("late", is_write=False))

    with watching(directories=(tmp_path,)) as events, watching(directories=(tmp_path,)) as other:
        monkeypatch.setattr(directory_events, "_StopEvent", TouchAtTheEnd)
        assert events.poll() == []
        assert (tmp_path / "late").exists()
        poll_until(events, FileEvent("late", is_write=False))
