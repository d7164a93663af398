"""The directory of run files. Names from URLs are looked up in its listing and never joined to a path."""

import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

from observer.errors import UnreadableError
from observer.runs.window.cursor import Cursor
from observer.runs.window.editions import Editions
from observer.runs.window.shared_file import IsCancelled, SharedFile, generation_at
from observer.source.find import latest_run, newest
from observer.source.locate import is_compressed, is_run_id, run_files, run_id
from observer.web.errors import UNREADABLE, HTTPError, no_such_run
from observer.web.search_pool import until_cancelled

_RELIST_AFTER_S = 0.2
"""Requests for unknown names list the directory at most this often."""


class RunDirectory:
    """Looks up run files by name. Blocking; several threads may use it at once.

    `complete` is called with the file of a run before it is opened: a copy may have only what a list needs until then.
    """

    def __init__(self, path: Path, complete: Callable[[Path], None] = lambda _: None) -> None:
        self.path = path
        self._complete = complete
        self._files: dict[str, Path] = {}
        """The files by run, replaced as a whole: other threads may be reading it."""
        self._listed_at = -_RELIST_AFTER_S
        self._listing = threading.Lock()
        self._editions = Editions()

    def path_of(self, run: str) -> Path:
        """Return the file of a run. Raises HTTPError 404 if there is none."""
        path = self._files.get(run)
        if path is None:
            with self._listing:
                if time.monotonic() - self._listed_at > _RELIST_AFTER_S:
                    self._read_directory()
                path = self._files.get(run)
        if path is None:
            raise no_such_run()
        return path

    def open(self, run: str) -> SharedFile:
        """Open the file of a run. Raises HTTPError: 404 if there is none, 503 if it may not be read."""
        path = self.path_of(run)
        try:
            self._complete(path)
            return SharedFile(path, self._editions)
        except UnreadableError:
            if _is_regular_file(path):
                raise UNREADABLE from None
            with self._listing:
                self._files = {name: file for name, file in self._files.items() if name != run}
            raise no_such_run() from None

    def latest(self) -> str | None:
        """Return the run that `latest.ndjson` stands for, if it is in this directory, else the newest one."""
        files = self._list()
        try:
            path = os.path.realpath(latest_run(self.path))
        except OSError as error:
            raise unreadable_directory(error) from None
        linked = run_id(Path(path)) if os.path.dirname(path) == os.path.realpath(self.path) else ""
        return linked if linked in files else run_id(newest(files.values())) if files else None

    def next_after(self, run: str, latest: str | None) -> str | None:
        """Return the run that follows one on the way to `latest`; that one itself if it is older.

        Only names that are run IDs tell which runs are between the two.
        """
        if latest is None or latest <= run or not (is_run_id(run) and is_run_id(latest)):
            return latest
        return min((name for name in self._list() if name > run and is_run_id(name)), default=latest)

    def find(self, cursor: Cursor, is_cancelled: IsCancelled) -> str | None:
        """Return the run that a cursor is of, None if its file is gone or has other content now."""
        for run, path in until_cancelled(sorted(self._list().items(), reverse=True), is_cancelled):
            if generation_at(path, self._editions) == cursor.generation:  # most often one of the newest
                return run
        return None

    def _list(self) -> dict[str, Path]:
        """List the directory now, and return its files by run. Raises HTTPError 503 if it cannot be read."""
        with self._listing:
            self._read_directory()
            return self._files

    def _read_directory(self) -> None:
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
    return name.isprintable() and name not in {"", "."} and "/" not in name and not is_compressed(path)
