"""What not every system has, behind functions that work on all of them; the lock of a run file is in `source/lock.py`.

Linux has everything, macOS most, Windows little. Each function looks for what it uses, not for the name of the system:
that is also how the tests take it away.
"""

import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import FrameType
from typing import Any

_os: Any = os
_select: Any = select
_signal: Any = signal
_time: Any = time
"""The same modules for what only some systems have: a type checker knows one system at a time."""

READ_FLAGS: int = os.O_RDONLY
"""Flags of `os.open`: never wait, as for the writer of a FIFO, take no controlling terminal, change no byte."""
WRITE_FLAGS: int = os.O_WRONLY
"""The same for writing."""
for _name in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY"):
    READ_FLAGS |= getattr(os, _name, 0)
    WRITE_FLAGS |= getattr(os, _name, 0)

SIGHUP: signal.Signals | None = getattr(signal, "SIGHUP", None)
SIGTSTP: signal.Signals | None = getattr(signal, "SIGTSTP", None)

_MACOS_FILES = 10240
"""OPEN_MAX of macOS, above which it accepts no limit, although it reports that there is none."""
_WINDOWS_FILES = 8192
"""The number of open files of one process on Windows."""

_ENDED = (b"Z", b"X", b"x")
"""States in /proc/PID/stat of a process of which only the exit status is left."""
_START_FIELD = 22 - 3
"""The index of the start time in /proc/PID/stat, behind the name of the program."""
_CLOCK_ERROR_S = 60.0
"""Seconds by which the clock may have been set since a process was started."""

_position = threading.Lock()


def _read_at(descriptor: int, count: int, offset: int, /) -> bytes:
    """Do the same as `os.pread`, with the position that all users of a descriptor share."""
    with _position:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, count)


def _write_at(descriptor: int, data: bytes | memoryview, offset: int, /) -> int:
    """Do the same as `os.pwrite`."""
    with _position:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, data)


read_at: Callable[[int, int, int], bytes] = getattr(os, "pread", _read_at)
"""`read_at(descriptor, count, offset)` returns at most `count` bytes from `offset` on."""
write_at: Callable[[int, bytes | memoryview, int], int] = getattr(os, "pwrite", _write_at)
"""`write_at(descriptor, data, offset)` writes at `offset` and returns how many bytes."""


def raise_open_file_limit() -> int:
    """Let this process open as many files as it may; return how many, `sys.maxsize` for any number."""
    try:
        import resource as limits  # noqa: PLC0415 - few commands need it
    except ImportError:
        return _WINDOWS_FILES
    resource: Any = limits
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (hard, max(soft, _MACOS_FILES)):
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            break
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else int(soft)


def lock_exclusively(descriptor: int) -> None:
    """Wait until no other process has the lock of flock(2) on a file, and take it; nothing on Windows."""
    try:
        import fcntl as locks  # noqa: PLC0415 - few commands need it
    except ImportError:
        return
    fcntl: Any = locks
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def count_open_files(limit: int) -> int:
    """Return how many of the descriptors below `limit` are open."""
    return sum(map(_is_open, range(limit)))


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def lower_priority(increment: int) -> None:
    """Let other processes go first."""
    if hasattr(_os, "nice"):
        _os.nice(increment)


def schedule_as_idle() -> None:
    """Run only when the processor is idle, where the kernel has such a class and allows it: on Linux."""
    if hasattr(_os, "SCHED_IDLE"):
        with suppress(OSError):
            for thread in os.listdir("/proc/self/task"):
                _os.sched_setscheduler(int(thread), _os.SCHED_IDLE, _os.sched_param(0))


def bind_abstract_name(name: bytes) -> socket.socket | None:
    """Return a socket with an abstract name, unix(7), which vanishes with it; None except on Linux."""
    if sys.platform == "linux" and hasattr(socket, "AF_UNIX"):
        with suppress(OSError), ExitStack() as on_error:
            named = on_error.enter_context(socket.socket(socket.AF_UNIX))
            named.bind(b"\0" + name)
            on_error.pop_all()
            return named
    return None


def is_process_running(pid: int, *, started_at: int | None, started_before: float | None) -> bool | None:
    """Return whether the process that had an ID is still running on this machine, None if the system cannot tell.

    An ID is given to another process later. The right one was started at `started_at`, in clock ticks since the start
    of the system; if that is not known, before `started_before`, in seconds since 1970.
    """
    if not os.path.exists("/proc/self/stat"):
        return _has_process(pid)
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # its second field, in parentheses, may contain anything
            fields = file.read().rpartition(b")")[2].split()
    except FileNotFoundError:
        return _has_process(pid)  # some systems hide the processes of other users
    except OSError:  # it has just ended
        return False
    if fields[0] in _ENDED:
        return False
    start = int(fields[_START_FIELD])
    if started_at is not None:
        return start == started_at
    return started_before is None or _boot_time() + start / _os.sysconf("SC_CLK_TCK") < started_before + _CLOCK_ERROR_S


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


def open_again(descriptor: int) -> int | None:
    """Return another descriptor for the same pipe or terminal whose writes never block; None if that is impossible."""
    if not hasattr(_os, "get_blocking") or not _os.get_blocking(descriptor):
        return None
    try:
        return os.open(f"/proc/self/fd/{descriptor}", WRITE_FLAGS)
    except OSError:  # no reader, no /proc, or not permitted
        return None


def has_terminal(descriptor: int) -> bool | None:
    """Return whether the foreground of the terminal at `descriptor` is this process's; None without job control."""
    if not hasattr(_os, "tcgetpgrp"):
        return None
    try:
        return bool(_os.tcgetpgrp(descriptor) == _os.getpgrp())
    except OSError:  # not our controlling terminal
        return None


def is_reader_gone(descriptor: int) -> bool:
    """Return whether nobody can read any more what is written to a pipe or socket. False if the system cannot tell."""
    if not hasattr(_select, "poll"):
        return False
    poll = _select.poll()
    poll.register(descriptor, 0)
    gone = _select.POLLERR | _select.POLLHUP  # for a pipe Linux reports the first, macOS the second
    return any(event & gone for _, event in poll.poll(0))


def wait_for_output(descriptor: int, wakeup: int | None) -> bool:
    """Wait until a descriptor can be written to, or `wakeup` read from; return whether it is the former."""
    if not hasattr(_select, "poll"):
        return True  # writes block by themselves
    poll = _select.poll()
    poll.register(descriptor, _select.POLLOUT)
    if wakeup is not None:
        poll.register(wakeup, _select.POLLIN)
    return any(ready == descriptor for ready, _ in poll.poll())


def open_wakeup_pipe() -> int | None:
    """Let Python write the number of each signal to a pipe; return where to read it without blocking.

    None if the system cannot wait for a pipe together with something else.
    """
    if not hasattr(_os, "set_blocking") or not hasattr(_select, "poll"):
        return None
    reader, writer = os.pipe()
    _os.set_blocking(reader, False)
    _os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


class Alarm:
    """Calls a function after some time: in the main thread, or, if there is no such signal, in a thread of its own."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._timer: threading.Timer | None = None
        if hasattr(_signal, "setitimer"):
            signal.signal(_signal.SIGALRM, self._on_signal)

    def set(self, seconds: float) -> None:
        """Call the function in `seconds` from now; an earlier setting is void."""
        if hasattr(_signal, "setitimer"):
            _signal.setitimer(_signal.ITIMER_REAL, seconds)
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._ring()


def interrupt_main_thread(number: signal.Signals) -> None:
    """Send a signal to the main thread, even while it waits for something."""
    main = threading.main_thread().ident
    if hasattr(_signal, "pthread_kill") and main is not None:
        _signal.pthread_kill(main, number)
    else:
        import _thread  # noqa: PLC0415 - not needed elsewhere

        _thread.interrupt_main(number)
