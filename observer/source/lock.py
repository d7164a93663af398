"""Tells whether the writer is alive: it holds an advisory lock on its run file for as long as it lives.

On Linux it is an open-file-description lock (fcntl(2), `F_OFD_SETLK`), which is queried without taking it. Elsewhere,
and in some writers that are not runtail's, it is a lock of flock(2), which cannot be queried: it is asked for as a
shared lock and given back at once, and a writer that finds it taken tries again for a second. A writer of runtail and a
viewer decide in the same way which one it is.
"""

import os
import re
import struct
import sys
import time

from observer.platform.files import device_parts, fcntl
from observer.platform.process_info import process_namespace

VIEWER_S = 1.0
"""Seconds for which a writer tries again where viewers take the lock: each holds it for microseconds."""
_PAUSE_S = 0.01
_FIRST_NAMESPACE = "pid:[4026531836]"
"""The namespace of processes with which a Linux system starts; the number is a constant of the kernel."""
_PLACE = r"(?m)^\d+: (?!->)(?:\S+ +){4}(\S+)"
"""The device and the inode in a line of /proc/locks, unless it is of a process that waits for a lock."""
_STEP = 4096
"""Bytes of a file in /proc that are read as they are at one moment: a page."""
_FLOCK = struct.Struct("hhqqi4x")
"""Linux's `struct flock`: type, whence, start, length, pid. On macOS it has another layout and other types."""


def is_locked(descriptor: int) -> bool | None:
    """Return whether a process holds a writer's lock on the open file, None if the system cannot tell.

    The locks of other readers do not count. That nothing is locked means little: not every writer holds a lock.
    """
    if fcntl is None:
        return None
    try:
        if _has_ofd_locks():
            result = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _FLOCK.pack(fcntl.F_RDLCK, 0, 0, 0, 0))
            if _FLOCK.unpack(result)[0] != fcntl.F_UNLCK:
                return True
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    except OSError:  # some network file systems have no locks
        return None
    return False


def is_locked_by_another(descriptor: int) -> bool | None:
    """Return what `is_locked` does, for a program that takes its lock once and fails if it cannot.

    Nothing is taken where Linux lists the locks: even for an instant, a shared lock could be in that program's way.
    """
    try:
        with open("/proc/locks", encoding="ascii") as listing:
            listed = listed_lock(listing.read(), os.fstat(descriptor), process_namespace())
    except OSError:  # another system
        listed = None
    return is_locked(descriptor) if listed is None else listed


def listed_lock(listing: str, status: os.stat_result, namespace: str) -> bool | None:
    """Return whether a list of locks has one on a file with this status; None if the list does not tell.

    It leaves out what processes hold that are not in the reader's `namespace` of processes; all are in the first one.
    One that is read in several steps may lack a lock, and some file systems name another device there than in a status.
    """
    places = set(re.findall(_PLACE, listing))
    if f"{device_parts(status.st_dev)}:{status.st_ino}" in places:
        return True
    is_elsewhere = any(place.endswith(f":{status.st_ino}") for place in places)
    is_whole = namespace == _FIRST_NAMESPACE and len(listing) < _STEP
    return False if is_whole and not is_elsewhere else None


def take_lock(descriptor: int) -> bool:
    """Take the writer's lock on an open file. Return False if another process has it, or there are no locks here."""
    if fcntl is None:
        return False
    deadline = time.monotonic() + VIEWER_S
    while True:
        try:
            if _has_ofd_locks():
                fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, 0, 0, 0, 0))
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if _has_ofd_locks() or time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE_S)
        except OSError:
            return False
        else:
            return True


def _has_ofd_locks() -> bool:
    return sys.platform == "linux" and hasattr(fcntl, "F_OFD_SETLK") and hasattr(fcntl, "F_OFD_GETLK")
