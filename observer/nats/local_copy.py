"""Writes local copies of runs from a stream, each locked while it is written: an unlocked run counts as crashed.

A copy may be incomplete: it may have the run's first line and continue with a later one. Where the stream has discarded
what a copy was to continue with, the copy has a line of its own that says so. Blocking.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from observer.format.event import Event, decode
from observer.format.json import encode
from observer.format.line import Line
from observer.format.units import format_size
from observer.nats.messages import Piece
from observer.platform.file_limits import raise_open_file_limit
from observer.platform.files import WRITE_FLAGS, write_at
from observer.source.locate import LATEST, SUFFIX
from observer.source.lock import take_lock

_MAX_NAME_BYTES = 200
MOST_OPEN = 256
"""The maximum number of copies open, and locked, at once. The lock matters only to viewers on this machine."""
_SHARE_OF_FILES = 8
"""Copies have one of so many descriptors; the others are for those who read them."""
_COMPLETE = b'"complete"'


def file_name(run: str) -> str:
    """Return a safe file name for a run: IDs in a stream are untrusted text.

    >>> file_name("20261123T011230Z-7f3a9c"), file_name("../up"), file_name("")
    ('20261123T011230Z-7f3a9c.ndjson', '%2E%2E%2Fup.ndjson', '%00.ndjson')
    """
    name = run
    if not run or "/" in run or run.startswith(".") or not run.isprintable():
        name = quote(run.encode("utf-8", "surrogateescape"), safe=" ").replace(".", "%2E") or "%00"
    if len(name.encode("utf-8", "surrogateescape")) > _MAX_NAME_BYTES:
        name = f"{name[:40]}-{blake2b(run.encode('utf-8', 'surrogateescape'), digest_size=8).hexdigest()}"
    return name + SUFFIX


class LocalCopy:
    """One run's file. With `sparse` every piece is at its own offset; otherwise missing pieces take no space."""

    def __init__(self, path: Path, run: str, *, sparse: bool) -> None:
        self.path = path
        self._run = run
        self._sparse = sparse
        self._descriptor = -1
        self._missing = 0
        self._modified = 0.0
        self._torn = False  # whether the last piece was a part of a line
        self._kept = _size(path)  # size of an earlier copy, until that has been compared
        self._end = 0
        self.end = 0
        """The end of the last piece, as an offset in the run."""

    @property
    def is_open(self) -> bool:
        """Whether the file is open, and locked."""
        return self._descriptor >= 0

    def write(self, pieces: Sequence[Piece], stored: float | None = None, *, follows: bool = False) -> None:
        """Write consecutive pieces, skipping bytes that the copy already has. Raises OSError.

        `stored` is when the stream got the last one, in seconds since 1970: the copy has it as its time of change.
        If the first one `follows` the last one written, what is missing between two of them is gone.
        """
        if self._kept:
            self._continue(pieces[0])
        data, begin = bytearray(), self._end
        for piece in pieces:
            if piece.end <= self._end and not self._sparse:
                continue
            if piece.offset != begin + len(data):
                if self._torn and not self._sparse:
                    data += b"\n"  # the next piece is of another line
                self._write_at(data, begin)
                if follows and not self._sparse and piece.offset > self._end:
                    self._say_missing(piece.offset - self._end, piece)
                data, begin = bytearray(), piece.offset
            data += piece.raw
            self._torn = piece.more
        self._write_at(data, begin)
        self.end = pieces[-1].end
        self._modified = max(self._modified, stored or 0.0)
        if self._modified:
            os.utime(self.path, (self._modified, self._modified))
        if _is_last(pieces[-1]):
            self.close()  # a finished run needs no lock

    def _say_missing(self, count: int, following: Piece) -> None:
        """Write a line that says that `count` bytes of the run are missing before a piece."""
        event = decode(Line(following.data, 0))
        stamp = {"timestamp": event.timestamp} if isinstance(event, Event) and event.timestamp else {}
        words = f"{format_size(count)} of the run are missing here: the stream discarded them before they were copied"
        data = {"message": words, "kind": "missing"}
        line = encode({**stamp, "run": self._run, "type": "info", "data": data}) + b"\n"
        self._open()
        self._put(line, self._end - self._missing)
        self._missing -= len(line)

    def close(self) -> None:
        """Close the file, which releases its lock; the next piece opens it again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _continue(self, first: Piece) -> None:
        """Continue an earlier copy if it is of this run and has no gap; start over otherwise."""
        with self.path.open("r+b") as file:
            file.seek(first.offset)
            if file.read(len(first.raw)) == first.raw or first.offset == self._kept:
                self._end = self._kept
            else:
                file.truncate(0)
        self._kept = 0

    def _write_at(self, data: bytearray, offset: int) -> None:
        if not data:
            return
        self._open()
        if self._sparse and offset not in {0, self._end}:
            self._put(b"\n", offset - 1)
        elif offset > self._end:
            self._missing += offset - self._end
        self._put(data, offset - self._missing)
        self._end = max(self._end, offset + len(data))

    def _open(self) -> None:
        if self._descriptor < 0:
            self._descriptor = os.open(self.path, WRITE_FLAGS | os.O_CREAT, 0o600)
            take_lock(self._descriptor)  # in vain if another process copies into the same directory

    def _put(self, data: bytes | bytearray, offset: int) -> None:
        """Write all bytes: on a full disk `pwrite` may write a part before it fails."""
        with memoryview(data) as view:
            written = 0
            while written < len(view):
                written += write_at(self._descriptor, view[written:], offset + written)


class LocalCopies:
    """The copies in a directory."""

    def __init__(self, directory: Path, *, sparse: bool = False) -> None:
        self.directory = directory
        self._sparse = sparse
        self._copies: dict[str, LocalCopy] = {}
        self._open: dict[str, None] = {}  # least recently written first
        self.most_open = min(MOST_OPEN, raise_open_file_limit() // _SHARE_OF_FILES)
        """How many copies are open at most."""

    def write(self, run: str, pieces: Sequence[Piece], stored: float | None = None, *, follows: bool = False) -> None:
        """Write consecutive pieces of a run, as `LocalCopy.write` does. Raises OSError."""
        copy = self.copy_of(run)
        copy.write(pieces, stored, follows=follows)
        self._open.pop(run, None)
        if copy.is_open:
            self._open[run] = None
        while len(self._open) > self.most_open:
            oldest = next(iter(self._open))
            self._copies[oldest].close()
            del self._open[oldest]

    def copy_of(self, run: str) -> LocalCopy:
        """Return the copy of a run."""
        if run not in self._copies:
            self._copies[run] = LocalCopy(self.directory / file_name(run), run, sparse=self._sparse)
        return self._copies[run]

    def create(self, run: str) -> Path:
        """Create a run's file if it does not exist; return its path."""
        path = self.copy_of(run).path
        os.close(os.open(path, WRITE_FLAGS | os.O_CREAT, 0o600))
        return path

    def point_to(self, run: str) -> Path:
        """Point `latest.ndjson` in the directory to a run; return the link's path."""
        link, temporary = self.directory / LATEST, self.directory / f".{LATEST}"
        with suppress(FileNotFoundError):
            temporary.unlink()
        temporary.symlink_to(self.create(run).name)
        temporary.replace(link)
        return link

    def close(self) -> None:
        """Close all files."""
        for copy in self._copies.values():
            copy.close()


def _is_last(piece: Piece) -> bool:
    """Return whether a run ends with this line; a tool's input may contain `"type":"complete"` too."""
    event = decode(Line(piece.data, 0)) if _COMPLETE in piece.data and not piece.more else None
    return isinstance(event, Event) and event.type == "complete"


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
