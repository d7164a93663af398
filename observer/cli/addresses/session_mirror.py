"""Mirrors the sessions of other programs: run files of them exist, and grow with them, while a block lasts."""

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from observer.dialects.recognize import HEAD_BYTES
from observer.errors import UnreadableError, UsageError
from observer.source.dialect_plugins import recognize_any
from observer.source.items import Follow
from observer.source.locate import DisplayNames
from observer.source.mirror import CopyRequest, LocalRun, Mirror, RunCount, copy_directory
from observer.source.price_files import default_prices
from observer.source.sessions.copy_cache import CopyCache, cache_directory
from observer.source.sessions.copying import SessionCopies
from observer.source.sessions.session import Session
from observer.source.sessions.session_names import ALL, AllSessions, parse_name, session_at, session_named
from observer.terminal import signals
from observer.terminal.background import Background


@contextmanager
def mirrored_address(address: str, request: CopyRequest) -> Iterator[LocalRun]:
    """Copy the sessions that an address stands for, or those of several with blanks between them.

    See `observer.source.mirror`. Raises UnreadableError if there is no such session, UsageError if the address stands
    for several and the request is for one, or the reverse.
    """
    names = [parse_name(part) for part in address.split()]
    is_all = len(names) > 1 or request.runs is RunCount.ALL or names[0].id == ALL
    if is_all and request.runs is RunCount.ONE:
        raise UsageError(f"{address} stands for many sessions; select one (try: observe list {names[0].scheme}:)")
    if single := [name for name in names if is_all and not name.may_mean_all]:
        raise UsageError(f"{single[0]} is a single session; this command shows all of them: use {single[0].scheme}:")
    if not is_all:
        session = session_named(names[0])
        _check_readable(session.path)
        yield from _mirrored_one(session, f"{names[0].scheme}:{session.id}", request)
        return
    with copy_directory(request.directory) as directory:
        copies = _copies(directory, AllSessions(names, request.limit), request)
        display = DisplayNames(
            {directory: lambda name: copies.address_of(name) if name else address},
            copies.unread.get,
            copies.line_in_session,
            copies.outputs_of,
        )
        local = LocalRun(f"{directory}/", display, complete=partial(_complete, copies))
        yield from _kept(copies, local, request)


def path_of_address(address: str) -> Path:
    """Return the file of the session that an address stands for.

    Raises UnreadableError if there is no such session, UsageError if the address stands for several.
    """
    name = parse_name(address)
    if name.id == ALL:
        raise UsageError(f"{address} stands for many sessions, and --raw prints the file of one")
    return session_named(name).path


def mirror_of_file(path: Path) -> Mirror | None:
    """Return the mirror of a file that another program wrote, None if it is not recognized."""
    try:
        with path.open("rb") as file:
            is_known = recognize_any(file.read(HEAD_BYTES)) is not None
    except OSError:  # whoever reads it as a run file says why
        return None
    return contextmanager(partial(_mirrored_file, path)) if is_known else None


def _mirrored_file(path: Path, _name: str, request: CopyRequest) -> Iterator[LocalRun]:
    if request.runs is RunCount.ALL:
        raise UsageError(f"{path} is a single session; name a directory of runs, or claude: or codex:")
    yield from _mirrored_one(session_at(path), str(path), request)


def _mirrored_one(session: Session, name: str, request: CopyRequest) -> Iterator[LocalRun]:
    with copy_directory(request.directory) as directory:
        copies = _copies(directory, lambda: [session], request)
        local = LocalRun(
            str(copies.path_of(session)),
            DisplayNames({directory: lambda _: name}, copies.unread.get, copies.line_in_session, copies.outputs_of),
        )
        yield from _kept(copies, local, request)


def _check_readable(path: Path) -> None:
    """Raise UnreadableError if a session may not be read: it would be waited for, as one that does not exist yet."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise UnreadableError(f"cannot read {path} ({error.strerror})") from None


def _copies(directory: Path, find: Callable[[], Sequence[Session]], request: CopyRequest) -> SessionCopies:
    cache, prices = None, request.prices or default_prices()
    is_short = request.ends or request.on_demand
    if is_short:
        cache = CopyCache(cache_directory(), prices, links=request.follow is Follow.NOT)
        cache.tidy()
    return SessionCopies(
        directory, find, prices, ends=is_short,
        last=request.start.last if request.start.matches is None else None,
        follows=request.follow is not Follow.NOT, is_repeatable=request.repeatable, cache=cache,
    )  # fmt: skip


def _kept(copies: SessionCopies, local: LocalRun, request: CopyRequest) -> Iterator[LocalRun]:
    """Copy what there is, and keep the copies up to date if they are to be followed.

    Where runs are copied on demand, what a list needs of them is copied meanwhile.
    """
    try:
        if not request.on_demand:
            _explained(copies.update)
        if request.follow is Follow.NOT:
            yield local
        else:
            yield from _growing(copies, local)
    finally:
        copies.close()


def _complete(copies: SessionCopies, copy: Path) -> None:
    """Copy all of a session whose copy is at a path. Raises UnreadableError."""
    _explained(lambda: copies.complete(copy))
    if (error := copies.unread.get(copy)) is not None:
        raise UnreadableError(f"cannot read {error.filename} ({error.strerror})")


def _explained(copy: Callable[[], None]) -> None:
    try:
        copy()
    except OSError as error:
        raise _explain(error) from None


def _explain(error: BaseException) -> BaseException:
    """Return an error that tells users what to do."""
    if not isinstance(error, OSError):
        return error
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        place = f" in {os.path.dirname(error.filename)}" if isinstance(error.filename, str) else ""
        return UnreadableError(f"no room for copies of sessions{place} ({error.strerror}); free space, or set TMPDIR")
    place = f" {error.filename}" if error.filename else ""
    return UnreadableError(f"cannot copy the session{place} ({error.strerror})")


def _growing(copies: SessionCopies, local: LocalRun) -> Iterator[LocalRun]:
    thread = Background(copies.keep_up, explain=_explain)
    thread.set_ready()  # first: a thread that fails interrupts the main one only if that goes on already
    try:
        with signals.deferred():
            thread.start()
        yield local
    finally:
        copies.stop()
        try:
            with signals.deferred():
                thread.end()
        finally:
            thread.check()
