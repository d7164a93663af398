"""Run files made of what a stream holds: each piece at its place, and locked, so that nobody takes the writer for dead.

A copy need not be whole: it may begin with the run's first line and go on with a later one. Blocking.
"""

import fcntl
import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from observer.lock import FLOCK
from observer.nats.wire import Piece
from observer.runs import LATEST, SUFFIX

_LONGEST_NAME = 200
_COMPLETE = b'"type":"complete"'


def file_name(run: str) -> str:
    """Return the file name of a run whatever it is called: ids in a stream are anybody's text.

    >>> file_name("20261123T011230Z-7f3a9c"), file_name("../up"), file_name("")
    ('20261123T011230Z-7f3a9c.ndjson', '%2E%2E%2Fup.ndjson', '%00.ndjson')
    """
    name = run
    if not run or "/" in run or run.startswith(".") or not run.isprintable():
        name = quote(run.encode("utf-8", "surrogateescape"), safe=" ").replace(".", "%2E") or "%00"
    if len(name.encode("utf-8", "surrogateescape")) > _LONGEST_NAME:
        name = f"{name[:40]}-{blake2b(run.encode('utf-8', 'surrogateescape'), digest_size=8).hexdigest()}"
    return name + SUFFIX


class Copy:
    """One run's file. With `sparse` every piece stands at its own offset; otherwise what is missing takes no room."""

    def __init__(self, path: Path, *, sparse: bool) -> None:
        self.path = path
        self._sparse = sparse
        self._descriptor = -1
        self._missing = 0
        self.end = _size(path)
        """How far it has the run, in the run's own offsets."""

    def take(self, pieces: Sequence[Piece]) -> None:
        """Write pieces that follow each other; what is there already is passed over."""
        data, begin = b"", self.end
        for piece in pieces:
            if piece.end <= self.end and not self._sparse:
                continue
            if piece.offset != begin + len(data):
                self._write(data, begin)
                data, begin = b"", piece.offset
            data += piece.raw
        self._write(data, begin)
        if _COMPLETE in data:
            self.close()  # a run that is over needs no lock

    def close(self) -> None:
        """Let go of the file, and of its lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, data: bytes, offset: int) -> None:
        if not data:
            return
        if self._descriptor < 0:
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with suppress(OSError):  # no locks here, or somebody else mirrors into the same folder
                fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, FLOCK.pack(fcntl.F_WRLCK, 0, 0, 0, 0))
        if self._sparse and offset not in {0, self.end}:
            os.pwrite(self._descriptor, b"\n", offset - 1)
        elif offset > self.end:
            self._missing += offset - self.end
        os.pwrite(self._descriptor, data, offset - self._missing)
        self.end = max(self.end, offset + len(data))


class Copies:
    """The runs of a folder."""

    def __init__(self, folder: Path, *, sparse: bool = False) -> None:
        self.folder = folder
        self._sparse = sparse
        self._copies: dict[str, Copy] = {}

    def of(self, run: str) -> Copy:
        """Return the copy of a run."""
        if run not in self._copies:
            self._copies[run] = Copy(self.folder / file_name(run), sparse=self._sparse)
        return self._copies[run]

    def begin(self, run: str) -> Path:
        """Make a run's file if it is not there; return its path."""
        path = self.of(run).path
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return path

    def point_to(self, run: str) -> Path:
        """Let the folder's `latest.ndjson` lead to a run; return its path."""
        link, other = self.folder / LATEST, self.folder / f".{LATEST}"
        with suppress(FileNotFoundError):
            other.unlink()
        other.symlink_to(self.begin(run).name)
        other.replace(link)
        return link

    def close(self) -> None:
        """Let go of all files."""
        for copy in self._copies.values():
            copy.close()


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
