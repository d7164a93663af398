"""The directory of run files. Names from URLs are looked up in its listing and never joined to a path."""

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from observer.errors import UnreadableError
from observer.runs.window.cursor import Cursor
from observer.runs.window.editions import Editions
from observer.runs.window.shared_file import IsCancelled, SharedFile, generation_at
from observer.source.find import latest_run, newest
from observer.source.locate import COMPRESSED_SUFFIXES, run_files, run_id
from observer.web.errors import UNREADABLE, HTTPError, no_such_run
from observer.web.search_pool import until_cancelled

_RELIST_AFTER_S = 0.2
"""Requests for unknown names list the directory at most this often."""


class RunDirectory:
    """Looks up run files by name. Blocking; for one thread at a time.

    `complete` is called with the file of a run before it is opened: a copy may have only what a list needs until then.
    """

    def __init__(self, path: Path, complete: Callable[[Path], None] = lambda _: None) -> None:
        self.path = path
        self._complete = complete
        self._files: dict[str, Path] = {}
        self._listed_at = -_RELIST_AFTER_S
        self._editions = Editions()

    def path_of(self, run: str) -> Path:
        """Return the file of a run. Raises HTTPError 404 if there is none."""
        if run not in self._files and time.monotonic() - self._listed_at > _RELIST_AFTER_S:
            self._list()
        if run not in self._files:
            raise no_such_run()
        return self._files[run]

    def open(self, run: str) -> SharedFile:
        """Open the file of a run. Raises HTTPError: 404 if there is none, 503 if it may not be read."""
        path = self.path_of(run)
        try:
            self._complete(path)
            return SharedFile(path, self._editions)
        except UnreadableError:
            if _is_regular_file(path):
                raise UNREADABLE from None
            self._files.pop(run, None)
            raise no_such_run() from None

    def latest(self) -> str | None:
        """Return the run that `latest.ndjson` stands for, if it is in this directory, else the newest one."""
        self._list()
        path = os.path.realpath(latest_run(self.path))
        linked = run_id(Path(path)) if os.path.dirname(path) == os.path.realpath(self.path) else ""
        return linked if linked in self._files else run_id(newest(self._files.values())) if self._files else None

    def next_after(self, run: str, latest: str | None) -> str | None:
        """Return the run that follows one by name, on the way to `latest`; that one itself if it is older."""
        if latest is None or latest <= run:
            return latest
        self._list()
        return min((name for name in self._files if name > run), default=latest)

    def find(self, cursor: Cursor, is_cancelled: IsCancelled) -> str | None:
        """Return the run that a cursor is of, None if its file is gone or has other content now."""
        self._list()
        for run, path in until_cancelled(sorted(self._files.items(), reverse=True), is_cancelled):
            if generation_at(path, self._editions) == cursor.generation:  # most often one of the newest
                return run
        return None

    def _list(self) -> None:
        try:
            paths = run_files(self.path)
        except FileNotFoundError:
            paths = []  # the directory may be created later
        except OSError as error:
            raise unreadable_directory(error) from None
        self._files = {run_id(path): path for path in paths if is_servable(path)}
        self._listed_at = time.monotonic()


def _is_regular_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def unreadable_directory(error: OSError) -> HTTPError:
    """Return the error for a directory that cannot be listed."""
    return HTTPError(503, f"cannot read the runs directory ({error.strerror})")


def is_servable(path: Path) -> bool:
    """Return whether a run is uncompressed, and its name can stand in a URL and in JSON.

    >>> is_servable(Path("a.ndjson")), is_servable(Path("a.ndjson.gz")), is_servable(Path("..ndjson"))
    (True, False, False)
    """
    name = run_id(path)
    return (
        name.isprintable() and name not in {"", "."} and "/" not in name and not path.name.endswith(COMPRESSED_SUFFIXES)
    )
