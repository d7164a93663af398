"""Waiting for pipes and terminals, and what can be known about their readers."""

import os
import select
from contextlib import suppress
from typing import Any

from observer.platform.files import WRITE_FLAGS, fcntl

_os: Any = os
_select: Any = select


_LARGE_PIPE = 1024 * 1024
"""Bytes in a pipe, of which any user may have some on Linux; at first one holds 64 KiB."""


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
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # it is not a pipe, or this user has many that are large
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _LARGE_PIPE)


def is_reader_gone(descriptor: int) -> bool:
    """Return whether a pipe or socket has no reader any more. False if the system cannot tell."""
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
    """Wait at most `seconds` until a descriptor can be read from, or has ended; return whether it is so.

    True at once if the system cannot wait for a pipe: then reading waits, for any time.
    """
    if not hasattr(_select, "poll"):
        return True
    poll = _select.poll()
    poll.register(descriptor, _select.POLLIN)
    return bool(poll.poll(seconds * 1000))
