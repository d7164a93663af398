"""Lists the runs of a directory, with their status, from the first and the last lines of each file. Blocking."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from observer.format.event import Event, Record
from observer.format.json import encode
from observer.format.lines import Line
from observer.format.sanitize import clean_json
from observer.format.strip_content import without_content
from observer.format.timestamps import utc_datetime
from observer.platform import READ_FLAGS, read_at
from observer.runs.monitor import current_status
from observer.runs.state import STALL_AFTER_S, RunState
from observer.runs.verdict import Status
from observer.source.file_change import FileStamp
from observer.source.line_reader import Read, context_lines, first_line
from observer.source.locate import COMPRESSED_SUFFIXES, PATH_NAMES, DisplayNames, run_files, run_id
from observer.source.lock import is_locked
from observer.source.snapshot import Snapshot

COMPLETE_BYTES = 2048
"""Bytes at the end of a file that nearly always hold the last line of a run that has ended."""
HEARTBEAT_BYTES = 128 * 1024
"""Bytes at the end of a file that nearly always hold a heartbeat of an active run."""


class ListedRun(Struct, frozen=True):
    """A run in a list. `size` is the size of its file in bytes, `modified` its time of change (seconds since 1970)."""

    path: Path
    run: str
    state: RunState
    status: Status
    size: int
    modified: float


class Listing:
    """The runs of a directory. A repeated `read` opens every file, but reads only those that were written since.

    Without `content` it holds no text of the runs.
    """

    def __init__(self, directory: Path, *, stall_after_s: float = STALL_AFTER_S, content: bool = True) -> None:
        self._directory = directory
        self._content = content
        self._stall_after_s = stall_after_s
        self._cache: dict[Path, tuple[FileStamp, ListedRun]] = {}

    def read(self, limit: int | None = None) -> list[ListedRun]:
        """Return the runs, newest first, at most `limit`; compressed ones and files that vanish meanwhile are left out.

        Raises OSError when the directory cannot be read.
        """
        paths = [path for path in run_files(self._directory) if not path.name.endswith(COMPRESSED_SUFFIXES)]
        runs = [run for path in reversed(paths[-limit:] if limit else paths) if (run := self._read_file(path))]
        self._cache = {run.path: self._cache[run.path] for run in runs}
        return runs

    def _read_file(self, path: Path) -> ListedRun | None:
        try:
            self._cache[path] = self._current(path, self._cache.get(path))
        except OSError:
            return None
        return self._cache[path][1]

    def _current(self, path: Path, cached: tuple[FileStamp, ListedRun] | None) -> tuple[FileStamp, ListedRun]:
        descriptor = os.open(path, READ_FLAGS)
        try:
            stat = os.fstat(descriptor)
            version = FileStamp.of(stat)
            if cached is None or cached[0] != version:
                state = read_state(_reader(descriptor), stat.st_size, content=self._content)
            elif cached[1].status.verdict.final:
                return cached
            else:
                state = cached[1].state
            locked = None if state.outcome is not None else is_locked(descriptor)
        finally:
            os.close(descriptor)
        status = current_status(state, locked=locked, stall_after_s=self._stall_after_s)
        return version, ListedRun(path, state.run or run_id(path), state, status, stat.st_size, stat.st_mtime)


def list_run(snapshot: Snapshot, *, stall_after_s: float = STALL_AFTER_S, content: bool = True) -> ListedRun:
    """Return one run as `Listing` would; without `content` it holds no text of the run."""
    state = read_state(snapshot.read, snapshot.size, content=content)
    status = current_status(state, locked=snapshot.locked, stall_after_s=stall_after_s)
    run = state.run or run_id(snapshot.path)
    return ListedRun(snapshot.path, run, state, status, snapshot.size, snapshot.changed)


def run_fields(listed: ListedRun, now: float, names: DisplayNames = PATH_NAMES) -> dict[str, Any]:
    """Return a run as the JSON object that docs/observer.md describes.

    `now` is in seconds since 1970; `names` returns the name of the file for users.
    """
    state, status = listed.state, listed.status
    elapsed_s = state.elapsed(now, status)
    return {
        "run": listed.run,
        "name": run_id(listed.path),
        "file": names(listed.path),
        "verdict": status.verdict,
        "tool": status.tool,
        "seconds": None if status.seconds is None else round(status.seconds, 3),
        "until": status.until,
        "live": not status.verdict.final,
        "agent_type": state.agent_type,
        "iteration": state.iteration,
        "passing": state.passing,
        "total": state.total,
        "started": _timestamp(state.started),
        "elapsed_s": None if elapsed_s is None else round(elapsed_s, 3),
        "cost_usd": state.cost_usd,
        "tokens": state.tokens,
        "last_event": state.stamp,
        "about": state.about,
        "bytes": listed.size,
    }


def run_json(listed: ListedRun, now: float, names: DisplayNames = PATH_NAMES) -> bytes:
    """Return the `run_fields` as one line of JSON in which control and invisible characters are escaped."""
    return clean_json(encode(run_fields(listed, now, names))) + b"\n"


def read_state(read: Read, size: int, *, content: bool = True) -> RunState:
    """Return the state of a run from the first line of its file and the last ones before `size`.

    Without `content` it holds no text of the run.
    """
    decode = _event if content else _stripped_event
    line = first_line(read)
    first = decode(line) if line is not None else None
    ending = read(min(COMPLETE_BYTES, size), max(0, size - COMPLETE_BYTES)).rstrip(b"\n")  # its newline may be missing
    last = decode(Line(ending[ending.rfind(b"\n") + 1 :], size - len(ending)))
    if last is not None and last.type == "complete" and last.number("duration_ms") is not None:
        return _fold([first, last])
    lines = context_lines(read, size, HEARTBEAT_BYTES)
    events = [decode(line) for line in lines]
    return _fold(events if lines and lines[0].offset == 0 else [first, *events])


def _reader(descriptor: int) -> Read:
    return lambda count, offset: read_at(descriptor, count, offset)


def _event(line: Line) -> Event | None:
    return Record(line).event


def _stripped_event(line: Line) -> Event | None:
    event = without_content(Record(line)).event
    if event is not None:
        event.data.pop("about", None)  # its size is of no interest
    return event


def _fold(events: Iterable[Event | None]) -> RunState:
    state = RunState()
    for event in events:
        if event is not None:
            state.apply(event)
    return state


def _timestamp(seconds: float | None) -> str | None:
    time = utc_datetime(seconds)
    return None if time is None else time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
