"""Ctrl-Z: what a program draws on a terminal is taken away before it stops, and drawn again when it goes on."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


def in_foreground(descriptor: int) -> bool:
    """Tell whether this process has the terminal behind `descriptor`, rather than the shell that put it aside."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # not the terminal that job control is about
        return True


@contextmanager
def suspension(*, before: Callable[[], None], after: Callable[[], None]) -> Iterator[None]:
    """Call `before` when the terminal's user suspends this process, and `after` when it goes on.

    Nothing changes where somebody else has decided what Ctrl-Z means.
    """
    if signal.getsignal(signal.SIGTSTP) is not signal.SIG_DFL:
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        before()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # returns when the process goes on
        signal.signal(signal.SIGTSTP, stop)
        after()

    signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
