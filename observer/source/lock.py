"""Tells whether the writer is alive: it holds an advisory lock on its run file for as long as it lives."""

import fcntl
import struct
import sys

FLOCK = struct.Struct("hhqqi4x")
"""Linux's `struct flock`: type, whence, start, length, pid."""


def is_locked(descriptor: int) -> bool | None:
    """Return whether a process holds a write lock on the open file, None if the system cannot tell. Takes no lock.

    It queries whether a *read* lock would be refused, which ignores the locks of other readers.
    """
    if sys.platform != "linux":
        return None
    try:
        result = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, FLOCK.pack(fcntl.F_RDLCK, 0, 0, 0, 0))
    except OSError:  # some network file systems have no locks
        return None
    holder: int = FLOCK.unpack(result)[0]
    return holder != fcntl.F_UNLCK
