"""Which files may be those of sessions, in directories that other programs and their settings name.

A command that an agent runs can put links to any file where sessions are.
"""

import errno
import os
import stat
from collections.abc import Container
from pathlib import Path

NO_PLACE = frozenset({errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR})
"""The numbers of the errors for a path at which no directory can be."""


def is_inside(path: Path, directory: Path) -> bool:
    """Return whether the target of a path is below a directory, with the links in both resolved."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(directory))


def written(path: str | Path, directory: Path) -> float | None:
    """Return when a file below a directory was written, in seconds since 1970.

    None if there is none: a FIFO, say, which nobody may ever write to, or a link that leads out of the directory.
    """
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode) and is_inside(Path(path), directory):
            status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime if stat.S_ISREG(status.st_mode) else None


def matching(directory: Path, pattern: str) -> list[Path]:
    """Return what is in a directory by a pattern of names; nothing if it cannot be read for any reason."""
    try:
        return list(directory.glob(pattern))
    except OSError:  # pathlib passes on that a path is too long, say
        return []


def why_unreadable(directory: Path, ignored: Container[int] = ()) -> str:
    """Return why a directory cannot be listed, in the words of the system; empty if it can be, or if there is none.

    The reasons whose numbers are `ignored` count as if there were none.
    """
    try:
        os.scandir(directory).close()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return "" if error.errno in ignored else error.strerror or str(error)
    return ""
