"""Ctrl-Z: clear what is drawn on the terminal before the process stops, and draw it again when it resumes."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


def is_foreground(descriptor: int) -> bool:
    """Return whether this process, rather than the shell, is in the foreground of the terminal at `descriptor`."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # not our controlling terminal: no job control
        return True


@contextmanager
def handle_suspend(*, before: Callable[[], None], after: Callable[[], None]) -> Iterator[None]:
    """Call `before` when the user suspends this process with Ctrl-Z, and `after` when it resumes.

    Does nothing if SIGTSTP already has a handler or is ignored.
    """
    if signal.getsignal(signal.SIGTSTP) is not signal.SIG_DFL:
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        before()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # returns when the process resumes
        signal.signal(signal.SIGTSTP, stop)
        after()

    signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
