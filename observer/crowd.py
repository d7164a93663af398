"""How many viewers are there on this machine? Each that follows bears a name, and counts who else does.

The kernel tells every watcher of a write within the write itself, so what many viewers do the agent pays for. Only
their number tells that: on a quiet machine each of two hundred looks cheap to itself.
"""

import os
import time
from contextlib import suppress
from functools import cache

NAME = b"observe"
POLITE = 10
"""How much nicer than the agent a follower is to the machine, however many there are."""
MANY = 50
"""From so many viewers on each runs only when nobody else wants the processor. Fewer of them would starve on a busy
machine, where the kernel gives such a process a three-hundredth of another's share."""
COUNTS_PER_S = 20
"""How often all viewers of a machine together look who is there: each count reads a file for every process."""


def join() -> None:
    """Make this process one of the viewers: polite, and bearing the name by which they are counted on Linux."""
    os.nice(POLITE)
    with suppress(OSError), open("/proc/self/comm", "wb") as comm:
        comm.write(NAME)


@cache  # threads to come inherit it
def step_back() -> None:
    """Let this process run only when nobody else wants the processor, if it is one of the viewers.

    A polite process still ends its turn before the agent gets the processor, some milliseconds that many viewers make
    likely; one of this kind is interrupted at once. What may not set it (some containers) stays polite.
    """
    if _is_viewer("self"):
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
            self._count = sum(map(_is_viewer, _processes()))
        return self._count


def believed_in_crowd(viewers: int) -> float:
    """Return for how many seconds each of so many viewers takes their number for true."""
    return viewers / COUNTS_PER_S


def _processes() -> list[str]:
    try:
        return [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def _is_viewer(process: str) -> bool:
    try:
        with open(f"/proc/{process}/comm", "rb", buffering=0) as comm:
            return comm.read() == NAME + b"\n"
    except OSError:  # it has ended meanwhile
        return False
