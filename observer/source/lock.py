"""Is the writer alive? It holds an advisory lock on its run file for its whole life; this asks without taking it."""

import fcntl
import struct
import sys

FLOCK = struct.Struct("hhqqi4x")
"""Linux's `struct flock`: type, whence, start, length, pid."""


def is_locked(descriptor: int) -> bool | None:
    """Tell whether some process holds a write lock on the open file, or None when this system cannot say.

    Asking whether a *read* lock would be refused ignores other readers' locks.
    """
    if sys.platform != "linux":
        return None
    try:
        answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, FLOCK.pack(fcntl.F_RDLCK, 0, 0, 0, 0))
    except OSError:  # some network file systems keep no locks
        return None
    holder: int = FLOCK.unpack(answer)[0]
    return holder != fcntl.F_UNLCK
