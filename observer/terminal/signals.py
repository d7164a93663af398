"""Ending the program because a signal asks for it."""

import atexit
import signal
import sys
import warnings
from types import FrameType

_LOCKING = frozenset({"threading", "concurrent.futures.thread", "concurrent.futures._base"})
"""Modules that hold locks for a moment. What a signal raises there may leave one locked for ever."""
_LATER_S = 0.01
_TRIES = 50
"""So often a signal is put off before it is raised all the same: somebody may wait in these modules, not only lock."""


class Stop:
    """Ends the program at once, wherever it is, even in a write that nobody reads; but not while it holds a lock."""

    def __init__(self) -> None:
        self._number = 0
        self._put_off = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._put_off < _TRIES and _may_hold_a_lock(frame):
            self._number = number
            self._put_off += 1
            signal.signal(signal.SIGALRM, self.again)
            signal.setitimer(signal.ITIMER_REAL, _LATER_S)
            return
        sys.unraisablehook = lambda _: None  # what is only half made cannot be taken down in order
        warnings.simplefilter("ignore")  # as above: a coroutine that was made and not begun
        raise SystemExit(128 + number)

    def again(self, _alarm: int, frame: FrameType | None) -> None:
        """The time to try the signal again that was put off, unless it was withdrawn."""
        if self._put_off:
            self(self._number, frame)

    def withdraw(self) -> None:
        """Forget the signal that was put off, if there is one: the program ends by itself."""
        if self._put_off:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self._put_off = 0


@atexit.register
def _at_exit() -> None:
    """Python is about to take its handlers away; an alarm that comes then would kill the program."""
    if isinstance(getattr(signal.getsignal(signal.SIGALRM), "__self__", None), Stop):
        signal.signal(signal.SIGALRM, signal.SIG_IGN)


def _may_hold_a_lock(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") in _LOCKING:
            return True
        frame = frame.f_back
    return False
