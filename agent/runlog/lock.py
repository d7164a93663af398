"""The lock that a writer holds on its run file for as long as it lives; viewers can tell whether it is held.

On Linux it is an open-file-description lock (fcntl(2), `F_OFD_SETLK`), which others can query without taking it.
Elsewhere it is a lock of flock(2), which viewers can only take themselves: shared, and given back at once. Both belong
to the open file, so neither another thread nor a second open of the same file in this process releases them, and the
kernel releases them when the process dies.
"""

import os
import struct
import sys
import time
from typing import Any, Literal

from agent.errors import RunLogUnusable

try:
    import fcntl as _fcntl
except ImportError:  # Windows
    fcntl: Any = None
else:
    fcntl = _fcntl

VIEWER_S = 1.0
"""Seconds for which a writer tries again where viewers take the lock: each holds it for microseconds."""
_PAUSE_S = 0.01
_FLOCK = struct.Struct("hhqqi4x")
"""Linux's `struct flock`: type, whence, start, length, pid. On macOS it has another layout and other types."""


def require_locks() -> None:
    """Raise RunLogUnusable on a system on which no run can be written."""
    if fcntl is None:
        raise RunLogUnusable(
            "runs cannot be written on Windows, which has no lock that viewers can query; write them in WSL, on Linux "
            "or on macOS, and read them here with observe"
        )


def lock_kind() -> Literal["ofd", "flock"]:
    """Return which kind of lock a writer takes on this system, as `run_start` says it."""
    return "ofd" if _has_ofd_locks() else "flock"


def take_lock(descriptor: int) -> None:
    """Take the writer's lock on an open file.

    Raises BlockingIOError or PermissionError when another writer holds it, OSError when the file cannot be locked.
    """
    if _has_ofd_locks():
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        return
    deadline = time.monotonic() + VIEWER_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _has_ofd_locks() -> bool:
    """Return whether there are locks that can be queried: both the writer and the observer decide it this way."""
    return sys.platform == "linux" and hasattr(fcntl, "F_OFD_SETLK") and hasattr(fcntl, "F_OFD_GETLK")
