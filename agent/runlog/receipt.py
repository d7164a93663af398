"""Waiting in one thread until another one has done something."""

import threading
from collections.abc import Callable

Done = Callable[[BaseException | None], None]
"""Called once, in any thread, when something is done, or with the reason why it could not be done."""


def ignore(_error: BaseException | None) -> None:
    """Do nothing when it is done, whether or not it could be done."""


_RECHECK_S = 0.5
"""A signal that arrives just before a thread begins to wait does not wake it: its handler runs this much later."""


class Receipt:
    """A `Done` that a thread can wait for.

    The other thread never waits for the one that waits, not even if a signal handler interrupts that at any point and
    waits for another receipt; with a Future or an Event both could wait for each other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self._error: BaseException | None = None
        self.done = False

    def __call__(self, error: BaseException | None) -> None:
        self._error, self.done = error, True
        self._lock.release()

    def wait(self) -> None:
        """Return when it is done. Raises the reason why it could not be done."""
        while not self.done:
            self._lock.acquire(timeout=_RECHECK_S)
        if self._error is not None:
            raise self._error
