"""What not every system has, behind functions that work on all of them. The run file's lock is in `runlog/lock.py`.

Each function looks for what it uses when it is called, not for the name of the system: that is also how the tests take
it away.
"""

import os
import signal
import sys

ENDING_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP
"""The signals that ask a program to end."""

ENVIRONMENTS_HIDDEN = sys.platform == "darwin"
"""Whether the system shows nobody the environment of its own programs, such as that of a shell."""


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
