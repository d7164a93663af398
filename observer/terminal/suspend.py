"""Ctrl-Z: clear what is drawn on the terminal before the process stops, and draw it again when it resumes."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from observer.platform import SIGTSTP, has_terminal


def is_foreground(descriptor: int) -> bool:
    """Return whether this process, rather than the shell, is in the foreground of the terminal at `descriptor`."""
    return has_terminal(descriptor) is not False


@contextmanager
def handle_suspend(*, before: Callable[[], None], after: Callable[[], None]) -> Iterator[None]:
    """Call `before` when the user suspends this process with Ctrl-Z, and `after` when it resumes.

    Does nothing if SIGTSTP already has a handler or is ignored, or if there is no such signal.
    """
    if SIGTSTP is None or signal.getsignal(SIGTSTP) is not signal.SIG_DFL:
        yield
        return

    number = SIGTSTP

    def stop(_number: int, _frame: FrameType | None) -> None:
        before()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # returns when the process resumes
        signal.signal(number, stop)
        after()

    signal.signal(number, stop)
    try:
        yield
    finally:
        signal.signal(number, signal.SIG_DFL)
