"""Opens a file, and refuses what is not a regular one."""

import os
import stat
from pathlib import Path

from observer.platform.files import READ_FLAGS


class NotRegularError(OSError):
    """The path is a directory, a FIFO, a device or a socket; `args[0]` says which."""


def open_regular_file(path: Path) -> tuple[int, os.stat_result]:
    """Open a regular file for reading; return its descriptor, which the caller must close, and its status.

    Never blocks (a FIFO may have no writer yet) and never takes a controlling terminal.

    Raises OSError if the file cannot be opened, `NotRegularError` if it is not a regular file.
    """
    descriptor = os.open(path, READ_FLAGS)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise NotRegularError(_kind(status.st_mode))
    return descriptor, status


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a directory"
    if stat.S_ISFIFO(mode):
        return "a FIFO"
    return "not a regular file"
