"""SIGTERM while runs are recorded: each run is closed properly, then the process dies of the signal after all."""

import asyncio
import signal
import threading
from typing import Any, ClassVar


class Termination:
    """Turns SIGTERM into the cancellation of one task. Leaves a program's own handler alone.

    Several runs in one program share the signal: each is told, and when the last one has ended, the process dies.
    """

    _sharing: ClassVar[list["Termination"]] = []

    def __init__(self) -> None:
        self.received = False
        self._task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def install(self) -> None:
        """From now on SIGTERM cancels the current task, if nobody else handles that signal in this main thread."""
        self._task, self._loop = asyncio.current_task(), asyncio.get_running_loop()
        if self._task is None or threading.current_thread() is not threading.main_thread():
            return
        sharing = Termination._sharing
        sharing[:] = [other for other in sharing if other._loop is self._loop]  # a loop's handlers end with it
        if not sharing:
            if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
                return
            self._loop.add_signal_handler(signal.SIGTERM, Termination._on_signal)
        sharing.append(self)

    def restore(self) -> None:
        """Give the signal back; if it came and no other run is still open, die of it now."""
        sharing = Termination._sharing
        if self not in sharing or self._loop is None:
            return
        sharing.remove(self)
        if sharing:
            sharing[0].received |= self.received
            return
        self._loop.remove_signal_handler(signal.SIGTERM)
        if self.received:
            signal.raise_signal(signal.SIGTERM)

    @classmethod
    def _on_signal(cls) -> None:
        for run in cls._sharing:
            run.received = True
            if run._task is not None:
                run._task.cancel()
