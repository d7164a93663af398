"""Reading, writing and locking files where not every system has pread, flock or preadv."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:
    import fcntl as _fcntl
except ImportError:  # Windows
    fcntl: Any = None
else:
    fcntl = _fcntl
"""The module for locks and sizes of pipes; None where there is none."""

_os: Any = os

READ_FLAGS: int = os.O_RDONLY
"""Flags of `os.open`: never wait, as for the writer of a FIFO, take no controlling terminal, change no byte."""
WRITE_FLAGS: int = os.O_WRONLY
"""Flags of `os.open` for writing, with the same effects."""
for _name in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY"):
    READ_FLAGS |= getattr(os, _name, 0)
    WRITE_FLAGS |= getattr(os, _name, 0)

_position = threading.Lock()


def _read_at(descriptor: int, count: int, offset: int, /) -> bytes:
    """Read as `os.pread` does, with the position that all users of a descriptor share."""
    with _position:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, count)


def _write_at(descriptor: int, data: bytes | memoryview, offset: int, /) -> int:
    """Write as `os.pwrite` does, with that same position."""
    with _position:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, data)


read_at: Callable[[int, int, int], bytes] = getattr(os, "pread", _read_at)
"""`read_at(descriptor, count, offset)` returns at most `count` bytes from `offset` on."""
write_at: Callable[[int, bytes | memoryview, int], int] = getattr(os, "pwrite", _write_at)
"""`write_at(descriptor, data, offset)` writes at `offset` and returns how many bytes."""


def home_directory() -> Path:
    """Return the user's home directory; for a user without one, whom the system does not know, `/` as in a shell."""
    home = Path(os.path.expanduser("~"))
    return home if home.is_absolute() else Path("/")


def device_parts(device: int) -> str:
    """Return the two parts of a device's number in hexadecimal, such as `08:01`; nothing where it has no parts."""
    return f"{_os.major(device):02x}:{_os.minor(device):02x}" if hasattr(_os, "major") else ""


def is_in_memory(descriptor: int, offset: int) -> bool:
    """Return whether the byte of a file at an offset can be read without waiting for a disk; False if unknown."""
    if not hasattr(_os, "preadv") or not hasattr(_os, "RWF_NOWAIT"):
        return False
    try:
        return bool(_os.preadv(descriptor, [bytearray(1)], offset, _os.RWF_NOWAIT) == 1)
    except OSError:  # it would have to wait, or the file system cannot tell
        return False


def lock_exclusively(descriptor: int) -> None:
    """Wait until no other process has the lock of flock(2) on a file, and take it; nothing on Windows."""
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
