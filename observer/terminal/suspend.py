"""Ctrl-Z: clear what is drawn on the terminal before the process stops, and draw it again when it resumes."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

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

    suspension = _Suspension(SIGTSTP, before, after)
    signal.signal(SIGTSTP, suspension.stop)
    try:
        yield suspension.hold
    finally:
        signal.signal(SIGTSTP, signal.SIG_DFL)


class _Suspension:
    """Stops this process at a signal, or, if that comes within a block of `hold`, at the end of the block."""

    def __init__(self, number: int, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._number = number
        self._before, self._after = before, after
        self._is_held = self._is_pending = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold back the stop for the duration of a block."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            if self._is_pending:
                self._is_pending = False
                self.stop()

    def stop(self, *_signal: object) -> None:
        """Stop the process; returns when it resumes."""
        if self._is_held:
            self._is_pending = True
            return
        self._before()
        signal.signal(self._number, signal.SIG_DFL)
        os.kill(os.getpid(), self._number)  # returns when the process resumes
        signal.signal(self._number, self.stop)
        self._after()
