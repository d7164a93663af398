"""What runs there are: a glance at the head and the tail of each run file, whatever its size. Blocking."""

import os
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from observer.format.event import Event, Record, decode
from observer.format.json import encode
from observer.format.lines import Line
from observer.format.sanitize import clean_json
from observer.format.strip_content import without_content
from observer.runs.state import STALL_AFTER_S, RunState, Status
from observer.source.line_reader import Read, context_lines, first_line
from observer.source.locate import COMPRESSED_SUFFIXES, PATH_NAMES, DisplayNames, run_files, run_id
from observer.source.lock import is_locked
from observer.source.snapshot import Snapshot

TAIL = 2048
"""Bytes in which the last line of a finished run is found, nearly always."""
LONGER_TAIL = 128 * 1024
"""Bytes in which a heartbeat of a run that goes on is found, which tells the rest."""


class ListedRun(Struct, frozen=True):
    """A run as a list shows it. `size` is in bytes, `changed` when the file was last written (seconds since 1970)."""

    path: Path
    run: str
    state: RunState
    standing: Status
    size: int
    changed: float


def run_fields(listed: ListedRun, now: float, names: DisplayNames = PATH_NAMES) -> dict[str, Any]:
    """Return a run as `observe list -o json` and the server's `/api/runs` print it.

    Times are in seconds, `last_event` and `until` in RFC 3339; `now` is in seconds since 1970.
    """
    state, status = listed.state, listed.standing
    elapsed_s = state.elapsed(now, status)
    return {
        "run": listed.run,
        "file": names(listed.path),
        "verdict": status.verdict,
        "tool": status.tool,
        "seconds": None if status.seconds is None else round(status.seconds, 3),
        "until": status.until,
        "agent_type": state.agent_type,
        "iteration": state.iteration,
        "passing": state.passing,
        "total": state.total,
        "elapsed_s": None if elapsed_s is None else round(elapsed_s, 3),
        "cost_usd": state.cost_usd,
        "last_event": state.stamp,
        "about": state.about,
        "bytes": listed.size,
    }


def run_json(listed: ListedRun, now: float, names: DisplayNames = PATH_NAMES) -> bytes:
    """Return the `run_fields` as one line of JSON in which control characters are escaped."""
    return clean_json(encode(run_fields(listed, now, names))) + b"\n"


_Stamp = tuple[int, int]
"""Size and time of change: a file with the same ones was not written."""


class Listing:
    """The runs of a folder; looked at again, only those that may have changed are read.

    Without `content` it holds no text of the runs.
    """

    def __init__(self, folder: Path, *, stall_after_s: float = STALL_AFTER_S, content: bool = True) -> None:
        self._folder = folder
        self._content = content
        self._stall_after_s = stall_after_s
        self._hostname = socket.gethostname()
        self._known: dict[Path, tuple[_Stamp, ListedRun]] = {}

    def look(self, most: int | None = None) -> list[ListedRun]:
        """Return the runs, newest first, at most `most`; files that vanish meanwhile and packed ones are left out.

        Raises OSError when the folder cannot be read.
        """
        paths = [path for path in run_files(self._folder) if not path.name.endswith(COMPRESSED_SUFFIXES)]
        found = [listed for path in reversed(paths[-most:] if most else paths) if (listed := self._listed(path))]
        self._known = {listed.path: known for listed in found if (known := self._known.get(listed.path))}
        return found

    def _listed(self, path: Path) -> ListedRun | None:
        known = self._known.get(path)
        try:
            stamp, listed = self._read(path, known)
        except OSError:
            return None
        self._known[path] = stamp, listed
        return listed

    def _read(self, path: Path, known: tuple[_Stamp, ListedRun] | None) -> tuple[_Stamp, ListedRun]:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            stamp = found.st_size, found.st_mtime_ns
            same = known is not None and known[0] == stamp
            if known is not None and same and known[1].standing.verdict.final:
                return known
            if known is not None and same:
                state = known[1].state
            else:
                state = state_of(_reader(descriptor), found.st_size, content=self._content)
            locked = None if state.outcome is not None else is_locked(descriptor)
        finally:
            os.close(descriptor)
        standing = state.status_at(
            time.time(), hostname=self._hostname, locked=locked, stall_after_s=self._stall_after_s
        )
        return stamp, ListedRun(path, state.run or run_id(path), state, standing, found.st_size, found.st_mtime)


def glance(snapshot: Snapshot, *, stall_after_s: float = STALL_AFTER_S, content: bool = True) -> ListedRun:
    """Return one run as a list would show it; without `content`, without any text of it."""
    state = state_of(snapshot.read, snapshot.size, content=content)
    standing = state.status_at(
        time.time(), hostname=socket.gethostname(), locked=snapshot.locked, stall_after_s=stall_after_s
    )
    run = state.run or run_id(snapshot.path)
    return ListedRun(snapshot.path, run, state, standing, snapshot.size, snapshot.changed)


def state_of(read: Read, size: int, *, content: bool = True) -> RunState:
    """Return the state of a run from the first line of its file and the last ones before `size`.

    Without `content` it holds no text of the run.
    """
    event_of = _event if content else _bare_event
    head = first_line(read)
    first = event_of(head) if head is not None else None
    ending = read(min(TAIL, size), max(0, size - TAIL)).rstrip(b"\n")
    last = event_of(Line(ending[ending.rfind(b"\n") + 1 :], size - len(ending)))
    if last is not None and last.type == "complete" and last.number("duration_ms") is not None:
        return _folded([first, last])
    lines = context_lines(read, size, LONGER_TAIL)
    events = [event_of(line) for line in lines]
    return _folded(events if lines and lines[0].offset == 0 else [first, *events])


def _reader(descriptor: int) -> Read:
    return lambda count, offset: os.pread(descriptor, count, offset)


def _event(line: Line) -> Event | None:
    found = decode(line)
    return found if isinstance(found, Event) else None


def _bare_event(line: Line) -> Event | None:
    event = without_content(Record(line)).event
    if event is not None:
        event.data.pop("about", None)  # its size tells nobody anything
    return event


def _folded(events: Iterable[Event | None]) -> RunState:
    state = RunState()
    for event in events:
        if event is not None:
            state = state.apply(event)
    return state
