"""Which files may be those of sessions: a command that an agent runs can put links to any file where sessions are."""

import os
import stat
from pathlib import Path


def is_inside(path: Path, directory: Path) -> bool:
    """Return whether what a path leads to is below a directory, whatever links there are on the way to both."""
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
