"""Handles SIGTERM while runs are recorded: each run is closed properly, then the process ends by the signal."""

import asyncio
import signal
import threading
from typing import Any, ClassVar


class SigtermHandler:
    """Turns SIGTERM into the cancellation of the task that records a run. Never replaces a program's own handler.

    The runs that are open in one program share the signal: each is cancelled, and when the last one has been closed,
    the process ends by SIGTERM.
    """

    _active: ClassVar[list["SigtermHandler"]] = []

    def __init__(self) -> None:
        self.received = False
        self._task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def install(self) -> None:
        """Let SIGTERM cancel the current task from now on, unless the program handles SIGTERM itself.

        Does nothing outside the main thread, where signals cannot be handled.
        """
        self._task, self._loop = asyncio.current_task(), asyncio.get_running_loop()
        if self._task is None or threading.current_thread() is not threading.main_thread():
            return
        active = SigtermHandler._active
        active[:] = [other for other in active if other._loop is self._loop]  # a loop's handlers end with it
        if not active:
            if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
                return
            self._loop.add_signal_handler(signal.SIGTERM, SigtermHandler._on_signal)
        active.append(self)

    def restore(self) -> None:
        """Stop handling the signal. If it was received and no other run is open, end the process by it now."""
        active = SigtermHandler._active
        if self not in active or self._loop is None:
            return
        active.remove(self)
        if active:
            active[0].received |= self.received
            return
        self._loop.remove_signal_handler(signal.SIGTERM)
        if self.received:
            signal.raise_signal(signal.SIGTERM)

    @classmethod
    def _on_signal(cls) -> None:
        for handler in cls._active:
            handler.received = True
            if handler._task is not None:
                handler._task.cancel()
