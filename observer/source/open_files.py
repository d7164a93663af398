"""The open files whose changes the kernel reports to the event loop at once, under names that a watcher knows.

With them it reports which names in their directories are new, gone, or stand for another file. What it has reported is
left out when the directories are polled.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from observer.source.directory_events import FileEvent
from observer.source.inotify import FileEvents, Listener

_MISSES = 3
"""After this many changes in a row that only the directory reported, the system is assumed to report no open file."""


class Directories(Protocol):
    """The directories that a watcher watches."""

    @property
    def directories(self) -> list[str]:
        """Their paths."""
        ...

    def concerns(self, name: str) -> bool:
        """Return whether a file of that name matters to the watcher."""
        ...


class OpenFile(Protocol):
    """A file that is read."""

    @property
    def descriptor(self) -> int | None:
        """Its descriptor, None while it is closed."""
        ...


class OpenFiles:
    """The open files of one watcher, and its directories; `wake` is called when one of them has changed.

    They are watched from `start` to `stop`.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._names: dict[OpenFile, str] = {}
        self._watches: dict[OpenFile, tuple[FileEvents, int, Listener]] = {}
        self._directory_watches: list[tuple[FileEvents, int, Listener]] = []
        self.are_watched = False
        """Whether the system reports the changes of all of them, as far as is known."""
        self._changed: set[str] = set()
        self._reported: set[FileEvent] = set()  # since the last poll of the directories
        self._misses = 0
        self._is_useless = False
        self.are_used = False
        """Whether a file was ever attached, or detached."""
        self.have_changed = False
        """Whether the system has ever reported the change of a file."""

    def start(self, directories: Directories) -> None:
        """Watch the files and the directories, if their users attach files and the system can."""
        if self.are_used and not self.are_watched and not self._is_useless:
            self.are_watched = True
            for file in list(self._names):
                self._watch(file)
            for path in directories.directories:
                self._watch_directory(path, directories)

    def stop(self) -> None:
        """Watch no file until the next `start`."""
        for file in list(self._watches):
            self._unwatch(file)
        for events, watch, report in self._directory_watches:
            events.remove(watch, report)
        self._directory_watches.clear()
        self.are_watched = False
        self._changed.clear()
        self._reported.clear()

    def attach(self, file: OpenFile, name: str) -> None:
        """Report changes of a file as those of `name`, beginning with one that may have come before."""
        self.are_used = True
        if file in self._names:
            return
        self._names[file] = name
        if self.are_watched:
            self._changed.add(name)
            self._watch(file)

    def detach(self, file: OpenFile) -> None:
        """Report changes of a file no more."""
        self.are_used = True
        if self._names.pop(file, None) is not None:
            self._unwatch(file)

    def take_changed(self) -> frozenset[str]:
        """Return the names of the files that have changed since the last call."""
        changed = frozenset(self._changed)
        self._changed.clear()
        return changed

    def unreported(self, events: Iterable[FileEvent]) -> frozenset[str]:
        """Return the names in events of directories, without what the system has reported itself."""
        names = {event.name for event in events if event not in self._reported}
        self._reported.clear()
        if self._watches and any(event.is_write and event.name in names for event in events):
            self._count_miss(names)
        return frozenset(names)

    def _count_miss(self, names: set[str]) -> None:
        if names.isdisjoint(self._names[file] for file in self._watches):
            return
        self._misses += 1
        if self._misses >= _MISSES:
            self._give_up()

    def _watch(self, file: OpenFile) -> None:
        if not self.are_watched or file.descriptor is None:
            return
        name = self._names[file]
        written = FileEvent(name, is_write=True)

        def report(_: str) -> None:
            self.have_changed, self._misses = True, 0
            self._report(name, written)

        try:
            events = FileEvents.of_running_loop()
            self._watches[file] = events, events.add(file.descriptor, report), report
        except (OSError, NotImplementedError):  # too many, or no /proc; another system
            self._give_up()

    def _watch_directory(self, path: str, directories: Directories) -> None:
        def report(name: str) -> None:
            if not name or directories.concerns(name):
                self._report(name, FileEvent(name, is_write=False))

        if self.are_watched:
            try:
                events = FileEvents.of_running_loop()
                self._directory_watches.append((events, events.add_directory(path, report), report))
            except (OSError, NotImplementedError):  # the same, or it has just been removed
                self._give_up()

    def _report(self, name: str, event: FileEvent) -> None:
        self._changed.add(name)
        self._reported.add(event)
        self._wake()

    def _unwatch(self, file: OpenFile) -> None:
        if file in self._watches:
            events, watch, report = self._watches.pop(file)
            events.remove(watch, report)

    def _give_up(self) -> None:
        self._is_useless = True
        self.stop()
