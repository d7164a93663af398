"""Reads the files of one session as they grow: the session's own, and those of its subagents, which appear later.

The lines that are there at first are merged by time, as the events of a run file are in order; later ones come as they
are written. Blocking.
"""

import heapq
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from observer.format.line import Line
from observer.format.lines import LineSplitter
from observer.format.timestamps import parse_timestamp
from observer.format.tolerant_json import parse_object
from observer.source.file_change import FileChange
from observer.source.file_reader import FileReader

_TIME = re.compile(rb'"timestamp":"([0-9T:.-]+)')
"""A record's own time; times of what it holds are not earlier than that of the record before it."""
_NEAR = 256 * 1024
"""Bytes in which a record with a time is looked for."""

Companions = Callable[[Path], list[tuple[str, Path]]]
"""Returns the other files that a session at a path has now, each with its origin, see `Converter.feed`, in order."""


class Excerpt(Struct, frozen=True):
    """The bytes at the beginning and at the end of a session's own file that are read; those in between are not."""

    head: int
    tail: int


ENDS = Excerpt(16 * 1024, 32 * 1024)
"""What tells what a session is about, and how it stands."""
_LEAST = 1024 * 1024
_FOR_EACH = 16 * 1024
"""Bytes of a session's file in which there is an event, as a rule, the names of earlier calls included."""


def excerpt_of(last: int) -> Excerpt:
    """Return how many bytes at the end are expected to hold this many events."""
    return Excerpt(64 * 1024, max(_LEAST, last * _FOR_EACH))


class SessionLine(Struct, frozen=True):
    """A line of a session without its newline; `origin` says which file it is from, "" for the session's own.

    Lines were left out before one that `follows_gap`. `number` is that of the line in its file, from 1, and 0 if it
    is not known.
    """

    origin: str
    data: bytes
    follows_gap: bool = False
    number: int = 0


class SessionFiles:
    """The files of the session at `path`; `companions` finds those of its subagents.

    With an excerpt, subagents that wrote nothing since what is left out are left out, too.
    """

    def __init__(self, path: Path, companions: Companions = lambda _: [], excerpt: Excerpt | None = None) -> None:
        """Open the session's own file, of which perhaps only an excerpt is read. Raises OSError."""
        self.path = path
        self.companions = companions
        self._files = {"": _GrowingFile(path, excerpt)}
        self._since = self._files[""].gap_time()
        self._unread: dict[Path, str] = {}
        self._reported: set[Path] = set()

    def is_excerpt(self) -> bool:
        """Return whether a part of the session's own file is left out."""
        return self._files[""].gap_end > 0

    def has_companions(self) -> bool:
        """Return whether there are files of subagents that belong to what is read."""
        return any(True for _ in self._companions())

    def modified(self) -> float:
        """Return when the session was last written, in seconds since 1970."""
        return max(file.modified() for file in self._files.values())

    def read(self) -> Iterator[SessionLine]:
        """Yield the complete lines that are new, oldest first. Raises OSError."""
        for origin, path in self._companions():
            if origin not in self._files:
                self._open(origin, path)
        timed = heapq.merge(
            *(file.timed_lines(origin) for origin, file in self._files.items()), key=lambda pair: pair[0]
        )
        for _, line in timed:
            yield line

    def take_unread(self) -> list[str]:
        """Return, once for each file of a subagent that cannot be read, a sentence that says so."""
        new = [sentence for path, sentence in self._unread.items() if path not in self._reported]
        self._reported.update(self._unread)
        return new

    def take_torn(self) -> Iterator[SessionLine]:
        """Yield, once, what stands behind the last newline of each file: the beginning of a record."""
        for origin, file in self._files.items():
            if data := file.take_rest():
                yield SessionLine(origin, data)

    def too_long(self) -> int:
        """Return how many lines were too long to be kept."""
        return sum(file.too_long for file in self._files.values())

    def directories(self) -> list[Path]:
        """Return the directories that exist in which there are files of the session, or can be."""
        own = self.path.with_suffix("")
        places = {self.path.parent, own, own / "subagents", *(file.path.parent for file in list(self._files.values()))}
        return sorted(place for place in places if os.path.isdir(place))

    def was_rewritten(self) -> bool:
        """Return whether a file was replaced or truncated, so that the session must be read again.

        What was read of a file that was removed stays.
        """
        return any(file.is_rewritten for file in self._files.values())

    def park(self) -> None:
        """Close the files until the next `read`."""
        for file in self._files.values():
            file.park()

    def open_files(self) -> list[FileReader]:
        """Return what reads the files that are open."""
        return [file.reader for file in list(self._files.values()) if file.reader.descriptor is not None]

    def _open(self, origin: str, path: Path) -> None:
        """Open the file of a subagent; one that cannot be read must not hide the session."""
        try:
            self._files[origin] = _GrowingFile(path)
        except FileNotFoundError:  # removed meanwhile
            return
        except OSError as error:
            self._unread[path] = (
                f"cannot read {path.name} ({error.strerror or error.args[0]}): what a subagent did is missing here"
            )

    def _companions(self) -> Iterator[tuple[str, Path]]:
        for origin, path in self.companions(self.path):
            if self._since is None or origin in self._files or modified_at(path) >= self._since:
                yield origin, path

    def reopen(self) -> "SessionFiles":
        """Close all files, and return all of the session, from its beginning on. Raises OSError."""
        self.close()
        return SessionFiles(self.path, self.companions)

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()


def modified_at(path: Path) -> float:
    """Return when a file was last written, in seconds since 1970; 0 if the system does not tell."""
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


class _GrowingFile:
    """A file that is read on from where it was read last."""

    def __init__(self, path: Path, excerpt: Excerpt | None = None) -> None:
        self.path = path
        self.reader = FileReader(path)
        self._head, self.gap_end = self._gap(excerpt) if excerpt is not None else (0, 0)
        self._splitter = LineSplitter()
        self._is_document = path.suffix == ".json"
        self._time = b""
        self._follows_gap = False
        self._number = 0
        self.is_rewritten = False
        self.too_long = 0

    def modified(self) -> float:
        return modified_at(self.path)

    def park(self) -> None:
        self.reader.park()

    def timed_lines(self, origin: str) -> Iterator[tuple[bytes, SessionLine]]:
        """Yield the new lines, each with its time or that of the one before it."""
        for data in self._lines():
            if (match := _TIME.search(data)) is not None:
                self._time = max(self._time, match[1])
            yield self._time, SessionLine(origin, data, self._follows_gap, 0 if self.gap_end else self._number)
            self._follows_gap = False

    def _lines(self) -> Iterator[bytes]:
        if self.gap_end and self.reader.offset == 0:
            yield from self.reader.read(self._head, 0).split(b"\n")[:-1]
            self.reader.go_to(self.gap_end)
            self._splitter = LineSplitter(self.gap_end)
            self._follows_gap = True
        while True:
            result = self.reader.read_next()
            if result.change in {FileChange.TRUNCATED, FileChange.REPLACED}:
                self.is_rewritten = True
            if not result.data:
                yield from self._last_record()
                return
            if self._is_document:
                yield result.data.strip()
                continue
            for line in self._splitter.feed(result.data):
                self._number += 1
                if isinstance(line, Line):
                    yield line.data
                else:
                    self.too_long += 1

    def _last_record(self) -> Iterator[bytes]:
        """Yield what stands behind the last newline if it is a whole record; no beginning of one is JSON."""
        rest = self._splitter.rest()
        if isinstance(rest, Line) and rest.data.rstrip().endswith(b"}") and _is_object(rest.data):
            self._number += 1
            yield self.take_rest()

    def take_rest(self) -> bytes:
        """Return what stands behind the last newline, and what follows from now on as lines of their own."""
        rest = self._splitter.rest()
        self._splitter = LineSplitter(self.reader.offset)
        return rest.data if isinstance(rest, Line) else b""

    def gap_time(self) -> float | None:
        """Return the time of the first record behind the gap that has one."""
        match = _TIME.search(self.reader.read(_NEAR, self.gap_end)) if self.gap_end else None
        return parse_timestamp(f"{match[1].decode()}Z") if match is not None else None

    def _gap(self, excerpt: Excerpt) -> tuple[int, int]:
        """Return where the lines begin and end that are left out; twice 0 if none are."""
        size = os.stat(self.path).st_size
        if size <= excerpt.head + excerpt.tail:
            return 0, 0
        begin = self.reader.read(excerpt.head, 0).rfind(b"\n") + 1
        end = size - excerpt.tail
        newline = self.reader.read(excerpt.tail, end).find(b"\n")
        return (begin, end + newline + 1) if newline >= 0 else (0, 0)

    def close(self) -> None:
        self.reader.close()


def _is_object(line: bytes) -> bool:
    """Return whether a line holds a JSON object."""
    try:
        return parse_object(line) is not None
    except ValueError:
        return False
