"""Ctrl-Z: clear what is drawn on the terminal before the process stops, and draw it again when it resumes."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType

from observer.platform.interrupts import SIGTSTP, has_terminal


def is_foreground(descriptor: int) -> bool:
    """Return whether this process, rather than the shell, is in the foreground of the terminal at `descriptor`."""
    return has_terminal(descriptor) is not False


@contextmanager
def handle_suspend(
    *, before: Callable[[], None], after: Callable[[], None]
) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Call `before` when the user suspends this process with Ctrl-Z, and `after` when it resumes.

    Does nothing if SIGTSTP already has a handler or is ignored, or if there is no such signal. Yields a function that
    makes a block during which the process is not suspended, but at its end: for writes to a buffered stream, to which
    `before` must not write in the middle of another write.
    """
    if SIGTSTP is None or signal.getsignal(SIGTSTP) is not signal.SIG_DFL:
        yield nullcontext
        return

    number = SIGTSTP
    held = pending = False

    @contextmanager
    def hold() -> Iterator[None]:
        nonlocal held, pending
        held = True
        try:
            yield
        finally:
            held = False
            if pending:
                pending = False
                stop(number, None)

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal pending
        if held:
            pending = True
            return
        before()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # returns when the process resumes
        signal.signal(number, stop)
        after()

    signal.signal(number, stop)
    try:
        yield hold
    finally:
        signal.signal(number, signal.SIG_DFL)
