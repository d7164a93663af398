"""Signals, timers and terminals, as far as the system has them."""

import os
import select
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_os: Any = os
_select: Any = select
_signal: Any = signal

SIGHUP: signal.Signals | None = getattr(signal, "SIGHUP", None)
SIGTSTP: signal.Signals | None = getattr(signal, "SIGTSTP", None)


def has_terminal(descriptor: int) -> bool | None:
    """Return whether the foreground of the terminal at `descriptor` is this process's; None without job control."""
    if not hasattr(_os, "tcgetpgrp"):
        return None
    try:
        return bool(_os.tcgetpgrp(descriptor) == _os.getpgrp())
    except OSError:  # not our controlling terminal
        return None


def open_wakeup_pipe() -> int | None:
    """Let Python write the number of each signal to a pipe; return where to read it without blocking.

    None if the system cannot wait for a pipe together with something else.
    """
    if not hasattr(_os, "set_blocking") or not hasattr(_select, "poll"):
        return None
    reader, writer = os.pipe()
    _os.set_blocking(reader, False)
    _os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


class Alarm:
    """Calls a function after some time: in the main thread, or, if there is no such signal, in a thread of its own."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._timer: threading.Timer | None = None
        if hasattr(_signal, "setitimer"):
            signal.signal(_signal.SIGALRM, self._on_signal)

    def set(self, seconds: float) -> None:
        """Call the function in `seconds` from now; an earlier setting is void."""
        if hasattr(_signal, "setitimer"):
            _signal.setitimer(_signal.ITIMER_REAL, seconds)
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        """Never call the function again."""
        if hasattr(_signal, "setitimer"):
            _signal.setitimer(_signal.ITIMER_REAL, 0)
        elif self._timer is not None:
            self._timer.cancel()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._ring()


def interrupt_main_thread(number: signal.Signals) -> None:
    """Send a signal to the main thread, even while it waits for something."""
    main = threading.main_thread().ident
    if hasattr(_signal, "pthread_kill") and main is not None:
        _signal.pthread_kill(main, number)
    else:
        import _thread  # noqa: PLC0415 - not needed elsewhere

        _thread.interrupt_main(number)
