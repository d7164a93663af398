"""What not every system has, behind functions that work on all of them. The run file's lock is in `runlog/lock.py`.

Each function looks for what it uses when it is called, not for the name of the system: that is also how the tests take
it away.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

try:
    import fcntl as _fcntl
except ImportError:  # Windows
    fcntl: Any = None
else:
    fcntl = _fcntl

ENDING_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP
"""The signals that ask a program to end."""

ENVIRONMENTS_HIDDEN = sys.platform == "darwin"
"""Whether the system shows nobody the environment of its own programs, such as that of a shell."""

_HAS_INOTIFY: bool = sys.platform == "linux"

_ENDED = (b"Z", b"X", b"x")
"""States in /proc/PID/stat of a process that has ended."""
_FIELDS_TO_NAME = 3
"""The number of the first field in /proc/PID/stat behind the name of the program, counted from 1."""
_PS_TIMEOUT_S = 10.0


def home_directory() -> str:
    """Return the user's home directory; for a user without one, whom the system does not know, `/` as in a shell."""
    home = os.path.expanduser("~")
    return home if os.path.isabs(home) else "/"


def sync_data(descriptor: int) -> None:
    """Flush what was written to a file to the disk itself, with no more metadata than needed. Raises OSError."""
    sync = getattr(os, "fdatasync", os.fsync)  # macOS has only fsync
    sync(descriptor)


def user_id() -> int:
    """Return the ID of the user of this process, as `os.stat` reports it for the owner of a file."""
    return int(getattr(os, "geteuid", int)())  # on Windows every file has the owner 0


def process_start(pid: int) -> int | None:
    """Return when a process was started, in clock ticks since the system was: field 22 of /proc/PID/stat.

    None if there is no such process, or it has ended and only its exit status is left, or the system has no /proc.
    """
    try:
        # The name of the program, in parentheses, may contain anything, also blanks and parentheses.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in _ENDED else int(fields[22 - _FIELDS_TO_NAME])


def process_identity(pid: int) -> str | None:
    """Return a text that tells a process from any other that has had its ID; None if it has ended, or is not known.

    On Linux it names the start of the system and that of the process. Elsewhere it is what `ps` says: the second in
    which the process was started, which is enough, as no system uses an ID twice within a second.

    Raises OSError when `ps` does not answer, so that nobody takes a process for dead that may be alive.
    """
    start = process_start(pid)
    if start is not None:
        return f"{_boot_id()}:{start}"
    return None if os.path.exists("/proc/self/stat") else _start_from_ps(pid)


def is_process_alive(pid: int) -> bool:
    """Return whether a process with this ID exists on this machine, whoever it belongs to."""
    if pid <= 0:  # these address whole groups
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:  # it belongs to another user
        return True
    except (OSError, OverflowError):
        return False
    return True


def is_locked(path: Path) -> bool:
    """Return whether somebody holds the lock of flock(2) on a file. Raises OSError when it cannot be opened.

    No system tells it: this takes the lock, shared, and gives it back at once. Who takes it must try again.
    """
    if fcntl is None:
        return False
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def call_around_fork(
    before: Callable[[], object], *, in_parent: Iterable[Callable[[], object]], in_child: Iterable[Callable[[], object]]
) -> None:
    """Call functions whenever this process is forked: just before, and just after in each of the two processes.

    Each is called also when another one has raised an exception, which Python ignores. Does nothing on Windows, which
    has no fork.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=before)
        for function in in_parent:
            os.register_at_fork(after_in_parent=function)
        for function in in_child:
            os.register_at_fork(after_in_child=function)


def _boot_id() -> str:
    """Return what names the time since the system was started: after a restart IDs and ticks begin at 0 again."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _start_from_ps(pid: int) -> str | None:
    command = ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)]
    env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}  # it prints the local time
    try:
        answer = subprocess.run(  # noqa: S603 - the only thing in it that is not constant is a number
            command, env=env, capture_output=True, text=True, check=True, timeout=_PS_TIMEOUT_S
        )
    except (FileNotFoundError, subprocess.CalledProcessError):  # there is no `ps`, or no such process
        return None
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(str(error)) from None
    state, _, start = answer.stdout.strip().partition(" ")
    return None if state.startswith("Z") else " ".join(start.split()) or None


def open_inotify() -> Any:
    """Return an `inotify_simple.INotify` that does not block; None without the library, or on another system.

    Raises OSError if the user has too many of them.
    """
    if not _HAS_INOTIFY:
        return None
    try:
        import ctypes  # noqa: PLC0415 - only for what follows

        import inotify_simple  # noqa: PLC0415 - only builds watch a file
    except ImportError:
        return None
    # Python is linked with the C library, which the library would start a process to find.
    inotify_simple._libc = inotify_simple._libc or ctypes.CDLL(None, use_errno=True)
    return inotify_simple.INotify(nonblocking=True)
