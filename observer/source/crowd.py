"""How many viewers are there on this machine? Each that follows bears a name, and counts who else does.

The kernel tells every watcher of a write within the write itself, so what many viewers do the agent pays for. Only
their number tells that: on a quiet machine each of two hundred looks cheap to itself.
"""

import os
import socket
import time
from contextlib import ExitStack, suppress
from functools import cache

NAME = b"@runtail-viewer-"
"""How the kernel lists the sockets that viewers hold; its `@` is the zero byte of an abstract name (man 7 unix)."""
LISTED = "/proc/net/unix"
POLITE = 10
"""How much nicer than the agent a follower is to the machine, however many there are."""
MANY = 50
"""From so many viewers on each runs only when nobody else wants the processor. Fewer of them would starve on a busy
machine, where the kernel gives such a process a three-hundredth of another's share."""
COUNTS_PER_S = 20
"""How often all viewers of a machine together look who is there."""
MOST_BELIEVED_S = 60.0
"""Whoever bears the name of a thousand viewers, out of malice or not, is forgotten this long after having gone."""

_badges: list[socket.socket] = []
"""Held for as long as the process lives."""


def join() -> None:
    """Make this process one of the viewers: polite, and bearing the name by which they are counted on Linux.

    The name is that of a socket to which nobody can connect. The kernel lists all of them in one file, so counting is
    one read and not one for every process of the machine, and the name goes when the process does.
    """
    os.nice(POLITE)
    with suppress(OSError), ExitStack() as unless_named:
        badge = unless_named.enter_context(socket.socket(socket.AF_UNIX))
        badge.bind(b"\0" + NAME[1:] + os.urandom(8).hex().encode())
        unless_named.pop_all()
        _badges.append(badge)


def is_viewer() -> bool:
    """Whether this process has joined: programs that follow runs on the side have not."""
    return bool(_badges)


@cache  # threads to come inherit it
def step_back() -> None:
    """Let this process run only when nobody else wants the processor, if it is one of the viewers.

    A polite process still ends its turn before the agent gets the processor, some milliseconds that many viewers make
    likely; one of this kind is interrupted at once. What may not set it (some containers) stays polite.
    """
    if is_viewer():
        with suppress(OSError):
            for thread in os.listdir("/proc/self/task"):
                os.sched_setscheduler(int(thread), os.SCHED_IDLE, os.sched_param(0))


class Crowd:
    """The viewers of this machine that bear their name."""

    def __init__(self) -> None:
        self._count = 0
        self._counted = -float("inf")

    def count(self, believed_s: float) -> int:
        """Return how many viewers there are; a count is believed for so many seconds or longer, as it takes time."""
        now = time.monotonic()
        if now - self._counted > max(believed_s, believed_in_crowd(self._count)):
            self._counted = now
            self._count = _viewers()
        return self._count


def believed_in_crowd(viewers: int) -> float:
    """Return for how many seconds each of so many viewers takes their number for true."""
    return min(MOST_BELIEVED_S, viewers / COUNTS_PER_S)


def _viewers() -> int:
    try:
        with open(LISTED, "rb", buffering=0) as listed:
            return listed.read().count(NAME)
    except OSError:  # not on Linux
        return 0
