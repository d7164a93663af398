"""The open files of a watcher: which names are reported, and when the system is taken for one that tells of none."""

import pytest

from observer.source.directory_events import FileEvent
from observer.source.inotify import FileEvents, Listener
from observer.source.open_files import OpenFiles


class File:
    """An open file."""

    def __init__(self, descriptor: int | None) -> None:
        self.descriptor = descriptor


class Runs:
    """The directories of a watcher, which is interested in files whose names are not hidden."""

    def __init__(self, *directories: str) -> None:
        self.directories = list(directories)

    def concerns(self, name: str) -> bool:
        return not name.startswith(".")


class System:
    """Takes the place of the kernel, which tells of at most `limit` files and directories."""

    def __init__(self) -> None:
        self.listeners: dict[int, Listener] = {}
        self.limit = 100

    def add(self, descriptor: int, listener: Listener) -> int:
        if len(self.listeners) >= self.limit:
            raise OSError("No space left on device")
        self.listeners[descriptor] = listener
        return descriptor

    def add_directory(self, path: str, listener: Listener) -> int:
        return self.add(1000 + int(path.removeprefix("runs")), listener)

    def remove(self, watch: int, listener: Listener) -> None:
        assert self.listeners.pop(watch) is listener


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    system = System()
    monkeypatch.setattr(FileEvents, "of_running_loop", lambda: system)
    return system


@pytest.fixture
def wakes() -> list[None]:
    return []


@pytest.fixture
def files(wakes: list[None]) -> OpenFiles:
    return OpenFiles(lambda: wakes.append(None))


def test_nothing_is_watched_before_the_start_or_after_the_stop(system: System, files: OpenFiles) -> None:
    files.attach(File(3), "a")
    assert not system.listeners
    files.start(Runs())
    assert files.are_watched
    assert set(system.listeners) == {3}
    files.stop()
    assert not files.are_watched
    assert not system.listeners
    files.start(Runs())
    assert set(system.listeners) == {3}


def test_who_attaches_no_files_has_none_watched(files: OpenFiles) -> None:
    files.start(Runs())
    assert not files.are_watched
    files.detach(File(3))  # one of the files that are not expected to change
    files.start(Runs())
    assert files.are_watched


def test_a_change_wakes_and_is_reported_once_under_the_name(
    system: System, files: OpenFiles, wakes: list[None]
) -> None:
    files.attach(File(3), "a")
    files.attach(File(4), "b")
    files.start(Runs())
    assert not files.have_changed
    system.listeners[4]("")
    assert wakes == [None]
    assert files.have_changed
    assert files.take_changed() == {"b"}
    assert files.take_changed() == frozenset()


def test_a_file_attached_later_counts_as_changed_as_it_may_have_been_before(system: System, files: OpenFiles) -> None:
    files.detach(File(3))
    files.start(Runs())
    late = File(4)
    files.attach(late, "late")
    assert files.take_changed() == {"late"}
    files.attach(late, "late")
    assert files.take_changed() == frozenset()
    files.detach(late)
    assert not system.listeners


def test_a_closed_file_is_not_watched(system: System, files: OpenFiles) -> None:
    files.attach(File(None), "a")
    files.start(Runs())
    assert not system.listeners
    assert files.are_watched


def test_a_write_that_was_reported_is_not_reported_again_when_the_directory_tells_of_it(
    system: System, files: OpenFiles
) -> None:
    files.attach(File(3), "a")
    files.start(Runs())
    system.listeners[3]("")
    events = [FileEvent("a", is_write=True), FileEvent("new", is_write=False)]
    assert files.unreported(events) == {"new"}
    assert files.unreported(events) == {"a", "new"}  # another write, of which nothing has told yet


def test_that_a_name_stands_for_another_file_is_reported_although_the_file_was_written(
    system: System, files: OpenFiles
) -> None:
    files.attach(File(3), "a")
    files.start(Runs())
    system.listeners[3]("")
    assert files.unreported([FileEvent("a", is_write=True), FileEvent("a", is_write=False)]) == {"a"}


def test_new_names_in_directories_wake_and_are_reported_once_if_they_matter(
    system: System, files: OpenFiles, wakes: list[None]
) -> None:
    files.attach(File(3), "a")
    files.start(Runs("runs1", "runs2"))
    assert set(system.listeners) == {3, 1001, 1002}
    system.listeners[1001](".hidden")
    assert not wakes
    system.listeners[1002]("new")
    assert wakes == [None]
    assert files.take_changed() == {"new"}
    assert files.unreported([FileEvent("new", is_write=False), FileEvent("new", is_write=True)]) == {"new"}
    assert files.unreported([FileEvent("new", is_write=False)]) == {"new"}  # of another, nothing has told yet
    files.stop()
    assert not system.listeners


def test_the_creation_of_a_file_that_was_reported_is_not_reported_again(system: System, files: OpenFiles) -> None:
    files.attach(File(3), "a")
    files.start(Runs("runs1"))
    system.listeners[1001]("new")
    assert files.unreported([FileEvent("new", is_write=False)]) == frozenset()


def test_after_too_many_events_any_name_of_a_directory_may_have_changed(system: System, files: OpenFiles) -> None:
    files.attach(File(3), "a")
    files.start(Runs("runs1"))
    system.listeners[1001]("")
    assert files.take_changed() == {""}


def test_new_names_say_nothing_about_whether_the_system_tells_of_writes(system: System, files: OpenFiles) -> None:
    files.attach(File(3), "a")
    files.start(Runs("runs1"))
    for _ in range(3):
        system.listeners[1001]("new")
        files.unreported([FileEvent("a", is_write=True)])
    assert not files.have_changed
    assert not files.are_watched


def test_where_a_directory_cannot_be_watched_no_file_is(system: System, files: OpenFiles) -> None:
    system.limit = 1
    files.attach(File(3), "a")
    files.start(Runs("runs1"))
    assert not files.are_watched
    assert not system.listeners


def test_a_system_that_tells_only_of_directories_is_not_waited_for(system: System, files: OpenFiles) -> None:
    write = [FileEvent("a", is_write=True)]
    files.attach(File(3), "a")
    files.start(Runs())
    for _ in range(2):
        files.unreported(write)
    system.listeners[3]("")  # it does tell, only late
    files.unreported([])
    for _ in range(2):
        files.unreported(write)
    files.unreported([FileEvent("other", is_write=True)])
    assert files.are_watched
    files.unreported(write)
    assert not files.are_watched
    assert not system.listeners
    files.start(Runs())
    assert not files.are_watched


def test_with_too_many_files_for_the_system_none_is_watched(system: System, files: OpenFiles) -> None:
    system.limit = 1
    files.attach(File(3), "a")
    files.attach(File(4), "b")
    files.start(Runs())
    assert not files.are_watched
    assert not system.listeners


@pytest.mark.parametrize("error", [OSError("Too many open files"), NotImplementedError()])
def test_where_there_are_no_events_of_open_files_none_is_watched(
    files: OpenFiles, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse() -> None:
        raise error

    monkeypatch.setattr(FileEvents, "of_running_loop", refuse)
    files.attach(File(3), "a")
    files.start(Runs())
    assert not files.are_watched
