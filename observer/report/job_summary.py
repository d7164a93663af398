"""Appends a report to the job summary of GitHub Actions, which shows nothing of one that is too long. Blocking."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from observer.errors import UnwritableError
from observer.platform.files import lock_exclusively

LIMIT = 1024 * 1024
"""Bytes of the summary of a step. GitHub drops a longer one as a whole."""


def append_to_summary(path: Path, render: Callable[[int], bytes]) -> None:
    """Append what `render` returns for a number of bytes, at most that many, to the summary; no bytes if none fit.

    It begins after a blank line, as a heading does in Markdown. What others append at the same time is not mixed with
    it. Raises UnwritableError if there is no room, and nothing is appended then.
    """
    try:
        descriptor = os.open(path, _flags(path), 0o600)
        try:
            lock_exclusively(descriptor)
            _append(descriptor, path, render)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UnwritableError(f"cannot write the job summary {path} ({error.strerror})") from None


def _flags(path: Path) -> int:
    """Return how to open the summary: also to read it, which is possible for regular files only."""
    regular = not os.path.exists(path) or os.path.isfile(path)
    return (os.O_RDWR if regular else os.O_WRONLY) | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)


def _append(descriptor: int, path: Path, render: Callable[[int], bytes]) -> None:
    status = os.fstat(descriptor)
    size = status.st_size if stat.S_ISREG(status.st_mode) else 0
    separator = _separator(descriptor, size) if size else b""
    document = render(LIMIT - size - len(separator))
    if not document:
        raise UnwritableError(
            f"nothing was appended to the job summary: it has {size:,} bytes, and GitHub drops one of more than "
            f"{LIMIT:,}; write the report to a file with -o"
        )
    _write_all(descriptor, separator + document, size)


def _separator(descriptor: int, size: int) -> bytes:
    """Return what ends the last line of the summary, and adds a blank one."""
    os.lseek(descriptor, max(0, size - 2), os.SEEK_SET)
    end = os.read(descriptor, 2)
    return b"" if end == b"\n\n" else b"\n" if end.endswith(b"\n") else b"\n\n"


def _write_all(descriptor: int, data: bytes, size: int) -> None:
    """Append `data` to a file of `size` bytes, all or nothing unless something else is appended meanwhile."""
    written = 0
    try:
        while written < len(data):
            written += os.write(descriptor, data[written:])
    except OSError:
        if written and os.fstat(descriptor).st_size == size + written:
            os.ftruncate(descriptor, size)
        raise
