"""Lists the runs of a directory, with their status, from the first and the last lines of each file. Blocking."""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from observer.errors import UnreadableError
from observer.platform.files import READ_FLAGS, read_at
from observer.runs.listing.listed_run import ListedRun
from observer.runs.live.monitor import current_status
from observer.runs.live.read_state import read_state
from observer.runs.state.state import STALL_AFTER_S, RunState
from observer.runs.state.verdict import Status, Verdict
from observer.source.file_change import FileStamp
from observer.source.line_reader import Read
from observer.source.locate import is_compressed, run_files, run_id
from observer.source.lock import is_locked
from observer.source.snapshot import Snapshot

_Found = tuple[FileStamp | None, ListedRun]
"""What a file held when it had this stamp; without one it has to be read again."""


class Listing:
    """The runs of a directory. A repeated `read` opens every file, but reads only those that were written since.

    Without `content` it holds no text of the runs, without `compressed` no compressed ones. Runs are in the order of
    their names, which begin with the time; `by_time` in that in which they were written last. Of a copy whose
    original cannot be read, `unread` returns the reason.
    """

    def __init__(
        self,
        directory: Path,
        *,
        stall_after_s: float = STALL_AFTER_S,
        content: bool = True,
        compressed: bool = True,
        by_time: bool = False,
        unread: Callable[[Path], OSError | None] = lambda _: None,
    ) -> None:
        self._directory = directory
        self._by_time = by_time
        self._unread = unread
        self._content = content
        self._compressed = compressed
        self._stall_after_s = stall_after_s
        self._cache: dict[str, _Found] = {}
        self._read_at: float | None = None

    @property
    def unreadable(self) -> list[str]:
        """Why files, or parts of them, were not read by the last `read`: not permitted, corrupt, a missing package."""
        return [listed.damage for _, listed in self._cache.values() if listed.damage]

    def read(self, limit: int | None = None) -> list[ListedRun]:
        """Return the runs, newest first, at most `limit`; files that vanish meanwhile are left out.

        A run that is there in both forms is listed once, uncompressed. Of one that cannot be read, the status says why,
        and `unreadable`. Raises OSError when the directory cannot be read.
        """
        files: dict[str, Path] = {}
        for path in run_files(self._directory):  # compressed ones come after the uncompressed one
            if self._compressed or not is_compressed(path):
                files.setdefault(run_id(path), path)
        previous, self._cache = self._cache, {}
        runs = []
        read_at = time.time()
        for path in self._newest_first(files.values())[:limit]:
            try:
                if (unread := self._unread(path)) is not None:
                    raise unread
                listed = (self._decompressed if is_compressed(path) else self._current)(path, previous.get(str(path)))
            except FileNotFoundError:
                continue
            except OSError as error:
                reason = (error.strerror or "").lower()
                damage = f"cannot read {error.filename or path} ({error.strerror})"
                listed = None, _unreadable(path, damage, reason)
            self._cache[str(path)] = listed
            runs.append(listed[1])
        self._read_at = read_at
        return runs

    def _newest_first(self, paths: Iterable[Path]) -> list[Path]:
        return sorted(paths, key=_written, reverse=True) if self._by_time else list(reversed(list(paths)))

    def _current(self, path: Path, cached: _Found | None) -> _Found:
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
        return version, self._listed(path, state, stat, version, cached, locked=locked)

    def _decompressed(self, path: Path, cached: _Found | None) -> _Found:
        """Decompress a file, unless that was done before; it has no writer any more."""
        stat = path.stat()
        version = FileStamp.of(stat)
        if cached is not None and cached[0] == version:
            if cached[1].status.verdict.final or cached[1].unreadable:
                return cached
            state, damage, is_cut = cached[1].state, cached[1].damage, cached[1].is_cut
        else:
            os.close(os.open(path, READ_FLAGS))
            try:
                snapshot = Snapshot(path)
            except UnreadableError as error:
                return version, _unreadable(path, str(error), str(error).removeprefix(f"{path} "))
            state = read_state(snapshot.read, snapshot.size, content=self._content)
            damage, is_cut = snapshot.damage, snapshot.is_cut
            snapshot.close()
        return version, self._listed(path, state, stat, version, cached, locked=False, damage=damage, is_cut=is_cut)

    def _listed(
        self,
        path: Path,
        state: RunState,
        stat: os.stat_result,
        version: FileStamp,
        cached: _Found | None,
        *,
        locked: bool | None,
        damage: str = "",
        is_cut: bool = False,
    ) -> ListedRun:
        now = time.time()
        arrived = self._arrived(stat, version, cached, now)
        is_witnessed = cached is not None and (cached[1].is_witnessed or cached[0] != version)
        status = current_status(
            state, now - arrived, locked=locked, stall_after_s=self._stall_after_s,
            is_final=is_compressed(path), damage=damage,
        )  # fmt: skip
        return ListedRun(
            path,
            state.run or run_id(path),
            state,
            status,
            stat.st_size,
            arrived,
            damage,
            is_cut=is_cut,
            is_witnessed=is_witnessed,
        )

    def _arrived(self, stat: os.stat_result, version: FileStamp, cached: _Found | None, now: float) -> float:
        """Return when a file was written last; a change since the last `read` was made between it and `now`.

        The file system may belong to another machine, with another clock.
        """
        if cached is None or self._read_at is None:
            return stat.st_mtime
        if cached[0] == version:
            return cached[1].arrived
        return min(max(stat.st_mtime, self._read_at), now)


def list_run(snapshot: Snapshot, *, stall_after_s: float = STALL_AFTER_S, content: bool = True) -> ListedRun:
    """Return one run as `Listing` would; without `content` it holds no text of the run."""
    state = read_state(snapshot.read, snapshot.size, content=content)
    silent_s = time.time() - snapshot.changed
    status = current_status(
        state, silent_s, locked=snapshot.locked, stall_after_s=stall_after_s,
        is_final=snapshot.is_final, damage=snapshot.damage,
    )  # fmt: skip
    run = state.run or run_id(snapshot.path)
    return ListedRun(
        snapshot.path, run, state, status, snapshot.size, snapshot.changed, snapshot.damage, is_cut=snapshot.is_cut
    )  # fmt: skip


def _written(path: Path) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:  # removed meanwhile
        return 0.0


def _unreadable(path: Path, damage: str, reason: str) -> ListedRun:
    """Return the row of a run of which nothing is known but its file, for a reason in words."""
    try:
        stat = os.stat(path)
        size, written = stat.st_size, stat.st_mtime
    except OSError:
        size, written = 0, 0.0
    status = Status(Verdict.UNKNOWN, missing=f"unreadable: {reason}")
    return ListedRun(path, run_id(path), RunState(), status, size, written, damage, unreadable=True)


def _reader(descriptor: int) -> Read:
    return lambda count, offset: read_at(descriptor, count, offset)
