"""Keeps run files of some sessions up to date in a directory of copies."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from aiofiles.os import wrap

from observer.dialects.envelope import run_name
from observer.dialects.prices import Prices
from observer.dialects.recognize import HEAD_BYTES
from observer.source.file_change import FileStamp, stamp_at
from observer.source.file_reader import FileReader
from observer.source.locate import SUFFIX
from observer.source.sessions.copy_cache import CopyCache
from observer.source.sessions.run_copy import CopyError, RunCopy, writing
from observer.source.sessions.session import Session
from observer.source.sessions.session_copier import SessionCopier
from observer.source.sessions.session_files import ENDS, SessionFiles, excerpt_of, modified_at
from observer.source.watcher import Hint, Watcher

SWEEP_S = 1.0
"""Seconds between two checks of all sessions and their processes, even without change events."""
_PAUSE_S = 0.2
"""Seconds between two checks of many sessions: a check of a thousand takes a few milliseconds."""
_MANY = 8


class SessionCopies:
    """The copies, in `directory`, of the sessions that `find` returns, now and later.

    What a session costs whose file does not say it is told by `prices`.
    With `ends` only the first and the last lines of each session are converted, which is enough for a list, and all of
    it after `complete`; with `last` perhaps only so many events at the end. With a `cache` the copies of sessions that
    have not changed are taken from it. Unless it `follows`, each session is copied once. See `SessionCopier` for
    copies that are `is_repeatable`.
    """

    def __init__(
        self,
        directory: Path,
        find: Callable[[], Sequence[Session]],
        prices: Prices,
        *,
        ends: bool = False,
        last: int | None = None,
        follows: bool = False,
        is_repeatable: bool = False,
        cache: CopyCache | None = None,
    ) -> None:
        self._last = last
        self._follows = follows
        self._is_repeatable = is_repeatable
        self._attached: set[FileReader] = set()
        self._changed_at = time.monotonic()
        self._cache = cache
        self._cached: dict[Path, FileStamp | None] = {}
        """The sessions whose copies are in the cache, too, and as of which content."""
        self._stopped = threading.Event()
        self._directory = directory
        self._prices = prices
        self._find = find
        self._ends = ends
        self._copiers: dict[Path, SessionCopier] = {}
        self._paths: dict[Path, Path] = {}
        self._sessions: dict[Path, Session] = {}
        """The sessions by the paths of their copies."""
        self._completed: set[Path] = set()
        self.unread: dict[Path, OSError] = {}
        """Why sessions cannot be read, by the paths of their copies, which are empty."""
        self._naming = threading.Lock()
        self._locks: dict[Path, threading.Lock] = {}
        """For each session the lock of what writes its copy: a long one must not hold up the others."""

    @property
    def count(self) -> int:
        """The number of sessions that could be opened."""
        return len(self._copiers) + len(self._cached)

    def path_of(self, session: Session) -> Path:
        """Return the path of a session's copy: the session's ID, with a number if another session has the same one.

        That happens where the directory of a project was copied or renamed.
        """
        with self._naming:
            if session.path not in self._paths:
                name, number = run_name(session.id), 1
                path = self._directory / f"{name}{SUFFIX}"
                while path in self._sessions:
                    number += 1
                    path = self._directory / f"{name}-{number}{SUFFIX}"
                self._paths[session.path] = path
                self._sessions[path] = session
            return self._paths[session.path]

    def address_of(self, name: str) -> str:
        """Return the address of the session whose copy has this file name."""
        session = self._sessions.get(self._directory / name)
        return f"{session.scheme if session else ''}:{name.removesuffix(SUFFIX)}".lstrip(":")

    def update(self) -> None:
        """Copy what is new. Raises CopyError when a copy cannot be written."""
        for session in self._find():
            self._do_if_free(session, self._look_at)
        if self._follows or self._cache is None:
            for path in list(self._copiers):
                self._do_if_free(self._sessions[self._paths[path]], self._advance)

    def complete(self, copy: Path) -> None:
        """Copy all of the session whose copy is at a path, from now on.

        Raises CopyError when it cannot be written; then it is copied as before.
        """
        session = self._sessions.get(copy)
        if session is None or not self._ends:
            return
        with self._lock_of(session):
            if session.path in self._completed:
                return
            self._completed.add(session.path)
            self._drop(session)
            if (copier := self._open(session)) is not None:
                self._copiers[session.path] = copier
                try:
                    self._advance(session)
                except CopyError:
                    self._completed.discard(session.path)
                    self._drop(session)
                    raise

    def line_in_session(self, copy: Path, number: int) -> int:
        """Return the number of the line in a session's own file from which a line of its copy is; 0 if from none."""
        session = self._sessions.get(copy)
        copier = self._copiers.get(session.path) if session is not None else None
        return 0 if copier is None else copier.line_in_session(number)

    def outputs_of(self, copy: Path) -> Path:
        """Return the directory below which the outputs of the session are whose copy is at a path."""
        session = self._sessions.get(copy)
        return copy.parent if session is None else session.path.parent

    def _look_at(self, session: Session) -> None:
        """Copy a session that has no copy yet, or has changed since its copy was taken from the cache."""
        is_new = session.path not in self._cached
        if session.path in self._copiers or (self._is_cached(session) if is_new else not self._has_changed(session)):
            return
        self._drop(session)
        if (copier := self._open(session)) is None:
            return
        self._copiers[session.path] = copier
        if self._advance(session) and self._cache is not None and copier.is_final and is_new:
            del self._copiers[session.path]
            copier.close()
            self._cache.keep(session.path, self.path_of(session), copier.stamp)
            self._cached[session.path] = copier.stamp

    def _do_if_free(self, session: Session, work: Callable[[Session], object]) -> None:
        """Do some work on a session, unless another thread works on it just now, or all shall stop."""
        lock = self._lock_of(session)
        if not self._stopped.is_set() and lock.acquire(blocking=False):
            try:
                work(session)
            finally:
                lock.release()

    def _advance(self, session: Session) -> bool:
        """Copy what is new in a session that is being copied; return whether it could be read. Raises CopyError.

        One that cannot be read may have been read in part: it is copied again, from its beginning, once it can be.
        """
        if (copier := self._copiers.get(session.path)) is None:
            return False
        try:
            copier.update()
        except CopyError:
            raise
        except OSError as error:
            self._drop(session)
            self._note_unread(session, error)
            return False
        return True

    def _lock_of(self, session: Session) -> threading.Lock:
        return self._locks.setdefault(session.path, threading.Lock())

    def stop(self) -> None:
        """Let `update`, which may be running in another thread, end after the session at which it is."""
        self._stopped.set()

    async def keep_up(self) -> None:
        """Keep copying until cancelled."""
        await wrap(self.update)()
        while True:
            directories = self._watched()
            async with Watcher(directories=directories) as watcher:
                self._attached = set()
                while self._watched() == directories:
                    self._attach(watcher)
                    await self._next(watcher)

    def _attach(self, watcher: Watcher) -> None:
        """Let the system tell at once of the files that are open, unless they are many."""
        copiers = [] if len(self._copiers) > _MANY else list(self._copiers.values())
        files = {file for copier in copiers for file in copier.open_files()}
        for file in self._attached - files:
            watcher.detach(file)
        for file in files:
            watcher.attach(file, file.real_path.name)
        self._attached = files

    async def _next(self, watcher: Watcher) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SWEEP_S):
                if await watcher.wait(quiet_s=time.monotonic() - self._changed_at) is Hint.CHANGE:
                    self._changed_at = time.monotonic()
        await wrap(self.update)()
        if len(self._copiers) > _MANY:
            await asyncio.sleep(_PAUSE_S)

    def close(self) -> None:
        """Close all files."""
        for copier in self._copiers.values():
            copier.close()
        self._copiers.clear()

    def _watched(self) -> list[Path]:
        copiers = list(self._copiers.values())
        return sorted({directory for copier in copiers for directory in copier.directories()})

    def _is_cached(self, session: Session) -> bool:
        """Take the copy of a session from the cache; return whether it was there, and says all."""
        if self._cache is None or session.process_of(session.path).alive:
            return False
        if (stamp := self._cache.take(session.path, self.path_of(session))) is None:
            return False
        self._cached[session.path] = stamp
        return True

    def _has_changed(self, session: Session) -> bool:
        """Return whether a session whose copy is from the cache must be followed from now on."""
        if not self._follows:
            return False
        return self._cached[session.path] != stamp_at(session.path) or session.process_of(session.path).alive is True

    def _drop(self, session: Session) -> None:
        """Remove the copy of a session, if there is one."""
        if (copier := self._copiers.pop(session.path, None)) is not None:
            copier.close()
        if self._cached.pop(session.path, None) is not None or copier is not None:
            with writing(self.path_of(session)):
                self.path_of(session).unlink(missing_ok=True)

    def _open(self, session: Session) -> SessionCopier | None:
        """Open a session, unless its file is gone or does not show yet what it is."""
        try:
            with session.path.open("rb") as file:
                dialect = session.recognize(file.read(HEAD_BYTES))
            if dialect is None:
                return None
            files = self._files_of(session)
        except FileNotFoundError:  # removed meanwhile
            return None
        except OSError as error:
            self._note_unread(session, error)
            return None
        self.unread.pop(self.path_of(session), None)
        return SessionCopier(
            files, dialect, self._new_copy(session), session.id, session.process_of, self._prices,
            last=self._last or 0, stay_open=self._follows and len(self._copiers) < _MANY, grows=self._follows,
            is_repeatable=self._is_repeatable,
        )  # fmt: skip

    def _new_copy(self, session: Session) -> RunCopy:
        """Create the copy of a session in place of an empty one, or one of an earlier command. Raises CopyError."""
        with writing(self.path_of(session)):
            self.path_of(session).unlink(missing_ok=True)
        return RunCopy(self.path_of(session))

    def _note_unread(self, session: Session, error: OSError) -> None:
        """Put an empty copy in place of a session that cannot be read, so that it is shown, with the reason."""
        if (copy := self.path_of(session)) not in self.unread:
            self._new_copy(session).rest(modified_at(session.path))
        self.unread[copy] = error

    def _files_of(self, session: Session) -> SessionFiles:
        """Open the files of a session, or what is enough of them."""
        if self._ends and session.path not in self._completed:
            return SessionFiles(session.path, excerpt=ENDS)
        if self._last is None:
            return SessionFiles(session.path, session.companions)
        files = SessionFiles(session.path, session.companions, excerpt_of(self._last))
        return files.reopen() if files.has_companions() else files  # their calls may be among the lines left out
