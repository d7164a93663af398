"""Makes temporary directories for their owner only, which are gone at the end, or at the next start after a kill.

A process holds a lock on each of its directories while it lives, so one that is not locked is of a process that was
killed before it could remove it. Without such locks, as on Windows, it stays.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from observer.platform.files import fcntl

_PREFIX = "runtail-copy-"


@contextmanager
def private_directory() -> Iterator[Path]:
    """Create a directory in the temporary directory, after removing those that killed processes left behind.

    Raises OSError.
    """
    _remove_abandoned(Path(tempfile.gettempdir()))
    path, descriptor = _create()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _create() -> tuple[Path, int | None]:
    """Create a directory and lock it; another process may take it for abandoned in between, and remove it."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        if fcntl is None:
            return path, None
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        with suppress(OSError):  # no locks on this file system: then others cannot take it for abandoned either
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.path.isdir(path):
            return path, descriptor
        os.close(descriptor)


def _remove_abandoned(temporary: Path) -> None:
    """Remove the directories that no process has locked. One that cannot be removed stays."""
    if fcntl is None:
        return
    with suppress(OSError), os.scandir(temporary) as entries:
        for entry in [entry for entry in entries if entry.name.startswith(_PREFIX)]:
            if entry.is_dir(follow_symlinks=False):
                _remove_if_abandoned(entry.path)


def _remove_if_abandoned(path: str) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:  # another user's, or gone
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # its process lives
        return
    else:
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)
