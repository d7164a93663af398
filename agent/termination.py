"""SIGTERM while a run is recorded: the run is closed properly, then the process dies of the signal after all."""

import asyncio
import signal
import threading
from typing import Any


class Termination:
    """Turns SIGTERM into the cancellation of one task. Leaves a program's own handler alone."""

    def __init__(self) -> None:
        self.received = False
        self._installed = False

    def install(self) -> None:
        """From now on SIGTERM cancels the current task, if nobody else handles that signal in this main thread."""
        task = asyncio.current_task()
        if task is None or threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
            return
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._on_signal, task)
        self._installed = True

    def restore(self) -> None:
        """Give the signal back; if it came, die of it now."""
        if not self._installed:
            return
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        self._installed = False
        if self.received:
            signal.raise_signal(signal.SIGTERM)

    def _on_signal(self, task: asyncio.Task[Any]) -> None:
        self.received = True
        task.cancel()
