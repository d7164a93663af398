"""What a process that is forked from the writer must not inherit: open run files, whose locks it would keep, and the
handler of SIGTERM, which would end the block of its parent's run instead of the process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from agent.platform import call_around_fork

_lock = threading.RLock()  # held while this process is forked; the thread that does it lives on in both
_before: list[Callable[[], None]] = []
_in_parent: list[Callable[[], None]] = []
_in_child: list[Callable[[], None]] = []
_forking: list[int] = []
"""The thread that forks this process, if one does: more than once if a signal handler forks while it does."""


@contextmanager
def no_fork() -> Iterator[None]:
    """Let no other thread fork this process inside the block, so that each open descriptor is known to a fork."""
    with _lock:
        yield


def call_in_forked_processes(function: Callable[[], None]) -> None:
    """Call `function` in each process that is forked from this one, before anything else."""
    _in_child.append(function)


def call_around_forks(before: Callable[[], None], in_parent: Callable[[], None], in_child: Callable[[], None]) -> None:
    """Call functions just before each fork of this process, and just after it in each of the two processes.

    Inside `no_fork` none of them is called by another thread.
    """
    _before.append(before)
    _in_parent.append(in_parent)
    _in_child.append(in_child)


def is_swallowed(frame: FrameType | None) -> bool:
    """Return whether Python ignores what a signal handler raises that has interrupted `frame`, as this thread forks."""
    return threading.get_ident() in _forking or (frame is not None and frame.f_code is _begin.__code__)


def _begin() -> None:
    _lock.acquire()
    _forking.append(threading.get_ident())
    for function in _before:
        function()


def _begin_in_parent() -> None:
    for function in _in_parent:
        function()


def _begin_in_child() -> None:
    for function in _in_child:
        function()


_end = (_forking.pop, _lock.release)  # not in a function of our own, which a signal handler that raises could interrupt
call_around_fork(_begin, in_parent=(_begin_in_parent, *_end), in_child=(_begin_in_child, *_end))
