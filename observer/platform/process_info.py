"""What the system tells of this machine, of this process and of others."""

import os
import time
from contextlib import suppress
from typing import Any

from observer.platform.files import READ_FLAGS, read_at

_os: Any = os
_time: Any = time

_ENDED = (b"Z", b"X", b"x")
"""States in /proc/PID/stat of a process of which only the exit status is left."""
_START_FIELD = 22 - 3
"""The index of the start time among the fields of /proc/PID/stat that follow the name of the program."""
_PROC_BYTES = 4096
"""More than a file /proc/PID/stat holds: the name of a program in it has at most 64 bytes."""
_MAX_PID = 2**31
"""No system gives a process this ID or a higher one, and kill(2) takes none; negative ones, and 0, mean a group."""
_CLOCK_ERROR_S = 60.0
"""Seconds by which the clock may have been set since a process was started."""


def lower_priority(increment: int) -> None:
    """Let other processes go first."""
    if hasattr(_os, "nice"):
        _os.nice(increment)


class ProcessorWait:
    """Measures how long the thread that created it has waited for a processor although it could run."""

    def __init__(self) -> None:
        self._descriptor: int | None = None
        with suppress(OSError):  # only Linux tells, unless it was built without it
            self._descriptor = os.open("/proc/thread-self/schedstat", READ_FLAGS)

    def seconds(self) -> float:
        """Return for how many seconds in all, 0 if the system does not tell."""
        return 0.0 if self._descriptor is None else int(read_at(self._descriptor, 100, 0).split()[1]) / 1e9

    def close(self) -> None:
        """Release what was needed."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def host_name() -> str:
    """Return the name of this machine, as the writers of run files state theirs."""
    uname = getattr(_os, "uname", None)
    if uname is not None:
        return str(uname().nodename)
    from socket import gethostname  # noqa: PLC0415 - takes longer to import

    return gethostname()


def process_namespace() -> str:
    """Return the name of the namespace in which process IDs are ours, such as `pid:[4026531836]`; empty if unknown."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def is_process_running(pid: int, *, started_at: int | None, started_before: float | None) -> bool | None:
    """Return whether the process that had an ID is still running on this machine, None if the system cannot tell.

    An ID is given to another process later. The right one was started at `started_at`, in clock ticks since the start
    of the system; if that is not known, before `started_before`, in seconds since 1970. A number that is not an ID
    of a process, or that stands for several, is that of none.
    """
    if not 0 < pid < _MAX_PID:
        return False
    try:
        fields = _read_proc(f"/proc/{pid}/stat").rpartition(b")")[2].split()  # the second may contain anything
    except FileNotFoundError:  # some systems hide the processes of other users, or have no such file
        return _has_process(pid)
    except OSError:  # it has just ended
        return False
    if fields[0] in _ENDED:
        return False
    start = int(fields[_START_FIELD])
    if started_at is not None:
        return start == started_at
    return started_before is None or _boot_time() + start / _os.sysconf("SC_CLK_TCK") < started_before + _CLOCK_ERROR_S


def _read_proc(path: str) -> bytes:
    """Return what a small file of /proc holds, with a third of the system calls of a file object. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _PROC_BYTES)
    finally:
        os.close(descriptor)


def _has_process(pid: int) -> bool | None:
    """Return whether a process has this ID now. None on Windows, where asking would send it a Ctrl-C."""
    if not hasattr(_os, "killpg"):
        return None
    try:
        os.kill(pid, 0)
    except PermissionError:  # it belongs to another user
        return True
    except OSError:
        return False
    return True


def _boot_time() -> float:
    """Return when the system was started, in seconds since 1970, according to its clock of now."""
    return time.time() - float(_time.clock_gettime(_time.CLOCK_BOOTTIME))
