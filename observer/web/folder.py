"""The folder with the runs: names are looked up in its listing and never joined to a path."""

import os
import time
from pathlib import Path

from observer.errors import UnreadableError
from observer.source.locate import COMPRESSED_SUFFIXES, LATEST, run_files, run_id
from observer.web.errors import HTTPError, no_such_run
from observer.web.shared_file import SharedFile

_AGAIN_S = 0.2
"""However many unknown names are asked for, the folder is listed no more often."""


class Folder:
    """Knows which run files there are. Blocking, one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Path] = {}
        self._listed = -_AGAIN_S

    def path_of(self, name: str) -> Path:
        """Return the file of a run. Raises Refusal, 404, when there is none."""
        if name not in self._known and time.monotonic() - self._listed > _AGAIN_S:
            self._list()
        if name not in self._known:
            raise no_such_run()
        return self._known[name]

    def open(self, name: str) -> SharedFile:
        """Open the file of a run. Raises Refusal, 404, when there is none, or it cannot be read."""
        path = self.path_of(name)
        try:
            return SharedFile(path)
        except UnreadableError:
            del self._known[name]
            raise no_such_run() from None

    def newest(self) -> str | None:
        """Return the run that `latest.ndjson` leads to, if that is in this folder, else the last by name."""
        self._list()
        try:
            target = os.readlink(self.path / LATEST)
        except OSError:
            target = ""
        linked = run_id(Path(target)) if target and Path(target).parent in {Path(), self.path} else ""
        return linked if linked in self._known else max(self._known, default=None)

    def _list(self) -> None:
        try:
            found = run_files(self.path)
        except FileNotFoundError:
            found = []  # it may come
        except OSError as error:
            raise HTTPError(503, f"the folder with the runs cannot be read ({error.strerror})") from None
        self._known = {run_id(path): path for path in found if is_servable(path)}
        self._listed = time.monotonic()


def is_servable(path: Path) -> bool:
    """Tell whether a run can be read anywhere, and be named in a URL and in JSON.

    >>> is_servable(Path("a.ndjson")), is_servable(Path("a.ndjson.gz")), is_servable(Path("..ndjson"))
    (True, False, False)
    """
    name = run_id(path)
    return (
        name.isprintable() and name not in {"", "."} and "/" not in name and not path.name.endswith(COMPRESSED_SUFFIXES)
    )
