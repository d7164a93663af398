"""Files beside a run: whole outputs and images that its writer kept. Blocking.

The path of such a file is stated by the run, which is not trusted: only a file in the directory that bears the run's
name is opened, and no link is followed.
"""

import os
import stat
from pathlib import Path

from observer.errors import UnreadableError
from observer.platform.files import READ_FLAGS, read_at


def read_attachment(runs: Path, run: str, file: str, max_bytes: int) -> bytes:
    """Return the content of a file beside a run; `file` is its path as the run has it. Raises UnreadableError."""
    directory, _, name = file.partition("/")
    if directory != run or not name or name.startswith(".") or not name.isprintable() or {"/", "\\"} & set(name):
        raise UnreadableError(f"{file} is not a file beside the run")
    path = runs / run / name
    try:
        if not stat.S_ISDIR(os.lstat(path.parent).st_mode):
            raise UnreadableError(f"{path.parent} is not a directory")
        descriptor = os.open(path, READ_FLAGS | getattr(os, "O_NOFOLLOW", 0))
    except (OSError, ValueError) as error:
        raise UnreadableError(f"cannot read {file} ({getattr(error, 'strerror', error)})") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > max_bytes:
            raise UnreadableError(f"{file} is larger than {max_bytes:,} bytes, or not a file")
        return read_at(descriptor, status.st_size, 0)
    finally:
        os.close(descriptor)
