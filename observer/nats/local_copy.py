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

from observer.format.event import Event, decode
from observer.format.lines import Line
from observer.nats.messages import Piece
from observer.source.locate import LATEST, SUFFIX
from observer.source.lock import FLOCK

_LONGEST_NAME = 200
MOST_OPEN = 256
"""Copies that are open, and locked, at once. The lock matters only to a viewer on the writer's own machine."""
_COMPLETE = b'"complete"'


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


class LocalCopy:
    """One run's file. With `sparse` every piece stands at its own offset; otherwise what is missing takes no room."""

    def __init__(self, path: Path, *, sparse: bool) -> None:
        self.path = path
        self._sparse = sparse
        self._descriptor = -1
        self._missing = 0
        self._kept = _size(path)  # of an earlier copy, until it is compared
        self._end = 0
        self.told = 0
        """Where the last piece that it was given ended, in the run's own offsets."""

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor, and the file's lock."""
        return self._descriptor >= 0

    def take(self, pieces: Sequence[Piece]) -> None:
        """Write pieces that follow each other; what is there already is passed over. Raises OSError."""
        if self._kept:
            self._go_on(pieces[0])
        data, begin = bytearray(), self._end
        for piece in pieces:
            if piece.end <= self._end and not self._sparse:
                continue
            if piece.offset != begin + len(data):
                self._write(data, begin)
                data, begin = bytearray(), piece.offset
            data += piece.raw
        self._write(data, begin)
        self.told = pieces[-1].end
        if _is_last(pieces[-1]):
            self.close()  # a run that is over needs no lock

    def close(self) -> None:
        """Let go of the file, and of its lock; the next piece opens it again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _go_on(self, first: Piece) -> None:
        """Go on behind what an earlier copy has, if that is of this run and lacks nothing; begin anew otherwise."""
        with self.path.open("r+b") as file:
            file.seek(first.offset)
            if file.read(len(first.raw)) == first.raw or first.offset == self._kept:
                self._end = self._kept
            else:
                file.truncate(0)
        self._kept = 0

    def _write(self, data: bytearray, offset: int) -> None:
        if not data:
            return
        if self._descriptor < 0:
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with suppress(OSError):  # no locks here, or somebody else mirrors into the same folder
                fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, FLOCK.pack(fcntl.F_WRLCK, 0, 0, 0, 0))
        if self._sparse and offset not in {0, self._end}:
            self._put(b"\n", offset - 1)
        elif offset > self._end:
            self._missing += offset - self._end
        self._put(data, offset - self._missing)
        self._end = max(self._end, offset + len(data))

    def _put(self, data: bytes | bytearray, at: int) -> None:
        """Write all of it: on a disk that gets full the system writes a part, and refuses the rest."""
        with memoryview(data) as left:
            done = 0
            while done < len(left):
                done += os.pwrite(self._descriptor, left[done:], at + done)


class LocalCopies:
    """The runs of a folder."""

    def __init__(self, folder: Path, *, sparse: bool = False) -> None:
        self.folder = folder
        self._sparse = sparse
        self._copies: dict[str, LocalCopy] = {}
        self._open: dict[str, None] = {}  # the one that was written last comes last

    def take(self, run: str, pieces: Sequence[Piece]) -> None:
        """Write pieces of a run that follow each other. Raises OSError."""
        copy = self.of(run)
        copy.take(pieces)
        self._open.pop(run, None)
        if copy.is_open:
            self._open[run] = None
        while len(self._open) > MOST_OPEN:
            oldest = next(iter(self._open))
            self._copies[oldest].close()
            del self._open[oldest]

    def of(self, run: str) -> LocalCopy:
        """Return the copy of a run."""
        if run not in self._copies:
            self._copies[run] = LocalCopy(self.folder / file_name(run), sparse=self._sparse)
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


def _is_last(piece: Piece) -> bool:
    """Tell whether a run is over with that line; a tool's input may well say `"type":"complete"` too."""
    found = decode(Line(piece.data, 0)) if _COMPLETE in piece.data and not piece.more else None
    return isinstance(found, Event) and found.type == "complete"


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
