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
        self._put_off = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._put_off < _TRIES and _may_hold_a_lock(frame):
            if not self._put_off:
                atexit.register(self.withdraw, _TRIES)  # a timer that outlives this handler would kill the program
            self._put_off += 1
            signal.signal(signal.SIGALRM, lambda _, later: self(number, later))
            signal.setitimer(signal.ITIMER_REAL, _LATER_S)
            return
        sys.unraisablehook = lambda _: None  # what is only half made cannot be taken down in order
        warnings.simplefilter("ignore")  # as above: a coroutine that was made and not begun
        raise SystemExit(128 + number)

    def withdraw(self, put_off: int = 0) -> None:
        """Forget a signal that was put off: the program ends by itself. The next one counts as put off so often."""
        if self._put_off:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self._put_off = put_off


def _may_hold_a_lock(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") in _LOCKING:
            return True
        frame = frame.f_back
    return False
