"""What not every system has, behind functions that work on all of them; the lock of a run file is in `source/lock.py`.

Linux has everything, macOS most, Windows little. Each function looks for what it uses, not for the name of the system:
that is also how the tests take it away.
"""

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
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
_PROC_BYTES = 4096
"""More than a file /proc/PID/stat holds: the name of a program in it has at most 64 bytes."""
_CLOCK_ERROR_S = 60.0
"""Seconds by which the clock may have been set since a process was started."""

_LARGE_PIPE = 1024 * 1024
"""Bytes in a pipe, of which any user may have some on Linux; at first one holds 64 KiB."""

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
    of the system; if that is not known, before `started_before`, in seconds since 1970.
    """
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


def open_again(descriptor: int) -> int | None:
    """Return another descriptor for the same pipe or terminal whose writes never block; None if that is impossible."""
    if not hasattr(_os, "get_blocking") or not _os.get_blocking(descriptor):
        return None
    try:
        return os.open(f"/proc/self/fd/{descriptor}", WRITE_FLAGS)
    except OSError:  # no reader, no /proc, or not permitted
        return None


def enlarge_pipe(descriptor: int) -> None:
    """Let a pipe hold as much as any user may let it, where the system can and there is room: else nothing changes."""
    try:
        import fcntl as pipes  # noqa: PLC0415 - few commands need it
    except ImportError:
        return
    fcntl: Any = pipes
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # it is no pipe, or this user has many that are large
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _LARGE_PIPE)


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


def wait_for_input(descriptor: int, seconds: float) -> bool:
    """Wait until a descriptor can be read from, or has ended, for at most so long; return whether it is so.

    True at once if the system cannot wait for a pipe: then reading waits, for any time.
    """
    if not hasattr(_select, "poll"):
        return True
    poll = _select.poll()
    poll.register(descriptor, _select.POLLIN)
    return bool(poll.poll(seconds * 1000))


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

    def stop(self) -> None:
        """Never call the function again."""
        if hasattr(_signal, "setitimer"):
            _signal.setitimer(_signal.ITIMER_REAL, 0)
        elif self._timer is not None:
            self._timer.cancel()

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
