"""Opens the target of a report: a file is written whole or not at all, anything else as it comes. Blocking.

A report holds what the run holds, source code and output of commands: a new file is for its owner only. A file that
exists keeps its mode, as someone has chosen it.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from observer.errors import UnwritableError
from observer.terminal.output import OutputStream

PRIVATE = 0o600
"""The mode of a new file."""
STANDARD_OUTPUT = Path("/dev/stdout")
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,6})")
_STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}
"""Names of what the process has open already; opened again, a file would be written from its start."""

Write = Callable[[bytes], None]


@contextmanager
def open_target(target: Path) -> Iterator[Write]:
    """Return what writes to `target`, which has the whole report when the block ends without an exception.

    A regular file is replaced then, and left alone otherwise; through a link, the file that it points to. A FIFO, a
    device or an open descriptor is written to at once. Raises UnwritableError, and BrokenPipeError if a reader is gone.
    """
    with _explained(target):
        descriptor = _descriptor_of(target)
        mode = None if descriptor is not None else _mode_of(target)
        if descriptor is not None:
            os.fstat(descriptor)
    if descriptor is not None:
        yield OutputStream(descriptor).write
    elif mode is None or stat.S_ISREG(mode):
        with _replaced(target, PRIVATE if mode is None else stat.S_IMODE(mode) & 0o777) as write:
            yield write
    elif stat.S_ISDIR(mode):
        raise UnwritableError(f"{target} is a directory; choose a file in it: -o {target / 'run.html'}")
    else:
        with _explained(target), target.open("wb", buffering=0) as file:
            yield OutputStream(file.fileno()).write


def _descriptor_of(target: Path) -> int | None:
    """Return the number of the open descriptor that a path stands for, if it is such a path."""
    name = target.as_posix()
    if match := _DESCRIPTOR.fullmatch(name):
        return int(match[1])
    return _STREAMS.get(name)


def _mode_of(target: Path) -> int | None:
    """Return the type and mode of a file, None if there is none. Raises OSError, also if it may not be written."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISREG(mode) and not os.access(target, os.W_OK):
        raise PermissionError(0, "it is read-only")
    return mode


@contextmanager
def _replaced(target: Path, mode: int) -> Iterator[Write]:
    """Write to a file beside `target` that takes its place in the end."""
    path = Path(os.path.realpath(target)) if os.path.islink(target) else target
    temporary = path.parent / f".report-{token_hex(8)}"
    try:
        with _explained(target, f"cannot create a file in {target.parent}: "):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE)
        with open(descriptor, "wb", buffering=0) as file:

            def write(data: bytes) -> None:
                remaining = memoryview(data)
                with _explained(target):
                    while remaining:
                        remaining = remaining[file.write(remaining) :]

            yield write
            with _explained(target):
                os.fsync(descriptor)  # some file systems report only here that there was no room
        with _explained(target):
            temporary.chmod(mode)
            temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):  # it has taken its place
            temporary.unlink()


@contextmanager
def _explained(target: Path, what: str = "") -> Iterator[None]:
    """Let an error say which file cannot be written, why, and what to do."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"cannot write {target} ({what}{error.strerror}); choose another file with -o"
        raise UnwritableError(message) from None
