"""What a process that is forked from the writer must not inherit: open run files, whose locks it would keep."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.platform import call_around_fork

_lock = threading.RLock()  # held while this process is forked; the thread that does it lives on in both
_in_child: list[Callable[[], None]] = []


@contextmanager
def no_fork() -> Iterator[None]:
    """Let no other thread fork this process inside the block, so that each open descriptor is known to a fork."""
    with _lock:
        yield


def call_in_forked_processes(function: Callable[[], None]) -> None:
    """Call `function` in each process that is forked from this one, before anything else."""
    _in_child.append(function)


def _begin() -> None:
    _lock.acquire()


def _begin_in_child() -> None:
    _lock.release()
    for function in _in_child:
        function()


call_around_fork(_begin, _lock.release, _begin_in_child)
