"""Counts the processes on this machine that follow runs: each holds a socket with a known name.

inotify runs inside the writer's write(2), so each watcher slows the agent down, and only the number of followers shows
by how much: on a quiet machine each of two hundred would consider itself cheap.
"""

import os
import socket
import time
from functools import cache

from observer.platform import bind_abstract_name, lower_priority, schedule_as_idle

NAME = b"@runtail-viewer-"
"""The name under which the kernel lists the sockets of followers; `@` is the zero byte of an abstract name, unix(7)."""
SOCKET_LIST = "/proc/net/unix"
NICENESS = 10
"""The increment of a follower's niceness, however many there are."""
MANY = 50
"""From this number on, followers run only when the processor is idle. Fewer do not: they would starve on a busy
machine, as the kernel gives such a process a three-hundredth of another's share."""
COUNTS_PER_S = 20
"""Counts per second by all followers of a machine together."""
MAX_COUNT_TTL_S = 60.0
"""Seconds after which any count is corrected, however large it was, by malice or not."""

_sockets: list[socket.socket] = []
"""Sockets that stay open for as long as the process lives."""


def join() -> None:
    """Make this process one of the followers: with lower priority, and counted by the others on Linux.

    Its name is that of a socket that accepts no connections. The kernel lists all of them in one file, so counting is
    one read rather than one for every process of the machine, and the name disappears with the process.
    """
    lower_priority(NICENESS)
    named = bind_abstract_name(NAME[1:] + os.urandom(8).hex().encode())
    if named is not None:
        _sockets.append(named)


def is_follower() -> bool:
    """Return whether this process has joined; programs that follow runs beside other work do not."""
    return bool(_sockets)


@cache  # new threads inherit it
def use_idle_priority() -> None:
    """Let this process run only when the processor is idle, if it is one of the followers.

    With a lower priority alone it would still finish its time slice before the agent gets the processor, which takes
    some milliseconds and is likely with many followers. Where this is not allowed (some containers) nothing changes.
    """
    if is_follower():
        schedule_as_idle()


class FollowerCount:
    """The number of followers on this machine."""

    def __init__(self) -> None:
        self._count = 0
        self._counted_at = -float("inf")

    def count(self, ttl_s: float) -> int:
        """Return how many followers there are, counted at most `ttl_s` seconds ago, or longer ago if they are many."""
        now = time.monotonic()
        if now - self._counted_at > max(ttl_s, count_ttl(self._count)):
            self._counted_at = now
            self._count = _count_sockets()
        return self._count


def count_ttl(followers: int) -> float:
    """Return for how many seconds each of some followers uses a count of them."""
    return min(MAX_COUNT_TTL_S, followers / COUNTS_PER_S)


def _count_sockets() -> int:
    try:
        with open(SOCKET_LIST, "rb", buffering=0) as sockets:
            return sockets.read().count(NAME)
    except OSError:  # not on Linux
        return 0
