"""Tells which files of some directories have changed, on every system. Blocking, except for `poll`."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from observer.source.file_change import Identity

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

_WRITTEN = 2
"""The library's number for a file that was written, rather than created, renamed or removed."""


class FileEvent(Struct, frozen=True):
    """The change of a file, whose name is without its directory. `is_write`: it was written, and nothing else."""

    name: str
    is_write: bool


class DirectoryEvents:
    """The change events of the files in some directories, and in those of some paths and of what these link to.

    They are hints: the library drops an event that comes in the instant between copying and clearing what it hands out.
    """

    def __init__(self, watcher: "RustNotify", watched: dict[str, Identity], names: frozenset[str] | None) -> None:
        self._watcher = watcher
        self._watched = watched
        self._names = names

    @classmethod
    def open(cls, paths: Sequence[Path], directories: Sequence[Path]) -> "DirectoryEvents | None":
        """Begin to collect events; return None if none of the directories exists.

        Raises OSError or RuntimeError if there are no events for this user, or on this system.
        """
        from watchfiles._rust_notify import RustNotify  # noqa: PLC0415 - imported late: a replay needs no watcher

        targets = [Path(os.path.realpath(path)) for path in paths]
        files = [*(path.absolute() for path in paths), *targets]
        watched = _identities(
            [*(str(file.parent) for file in files), *(os.path.realpath(directory) for directory in directories)]
        )
        if not watched:
            return None
        try:
            watcher = RustNotify(list(watched), False, False, 0, False, True)  # noqa: FBT003 - its signature
        except FileNotFoundError:
            return None
        names = frozenset({*(file.name for file in files), *(Path(directory).name for directory in watched)})
        return cls(watcher, watched, None if directories else names)

    @property
    def directories(self) -> list[str]:
        """The paths of the directories."""
        return list(self._watched)

    def concerns(self, name: str) -> bool:
        """Return whether changes of files with this name are reported."""
        return self._names is None or name in self._names

    def poll(self) -> list[FileEvent]:
        """Return the events since the last poll, of all files if there are directories, else of the paths.

        Raises RuntimeError if the name of another file is not UTF-8, which the library does not survive.
        """
        try:
            changes = self._watcher.watch(0, 0, 0, _StopEvent())
        except _NothingFoundError:
            return []
        if isinstance(changes, str):  # a signal
            return []
        events = [FileEvent(os.path.basename(path), kind == _WRITTEN) for kind, path in changes]
        return [event for event in events if self.concerns(event.name)]

    def is_current(self) -> bool:
        """Return whether the directories are still those that were opened, and none has been created."""
        return self._watched == _identities(self._watched)

    def close(self) -> None:
        """Stop collecting events."""
        self._watcher.close()


class _NothingFoundError(Exception):
    """The library has looked and found nothing."""


class _StopEvent:
    """Ends a call of the library, which would otherwise wait, once it has looked twice: enough to find what is there.

    The library asks for it before each look. Unlike the answer that it is set, an exception loses no event that comes
    just then.
    """

    def __init__(self) -> None:
        self._looks = 0

    def is_set(self) -> bool:
        self._looks += 1
        if self._looks > 2:  # noqa: PLR2004
            raise _NothingFoundError
        return False


def _identities(directories: Iterable[str]) -> dict[str, Identity]:
    """Return which directories the names stand for now, leaving out those that do not exist."""
    identities: dict[str, Identity] = {}
    for directory in directories:
        with suppress(OSError):
            identities[directory] = Identity.of(os.stat(directory))
    return identities
