"""Handles SIGTERM while runs are recorded: each run is closed properly, then the process ends by the signal."""

import asyncio
import signal
import threading
from types import FrameType
from typing import Any, ClassVar

from agent.runlog.fork import call_in_forked_processes


class SigtermHandler:
    """Ends the block that records a run on SIGTERM. Never replaces a program's own handler.

    The runs that are open in one program share the signal: the tasks that record them are cancelled, and when the last
    run has been closed, the process ends by SIGTERM. If there are no tasks, SystemExit is raised in the main thread.
    """

    _active: ClassVar[list["SigtermHandler"]] = []

    def __init__(self) -> None:
        self.received = False
        self._task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def install(self, task: asyncio.Task[Any] | None = None) -> None:
        """Let SIGTERM end the block of this run from now on, unless the program handles SIGTERM itself.

        `task` is the one that records the run; None means that its block is not asynchronous. Does nothing outside the
        main thread, where signals cannot be handled.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        self._task, self._loop = task, task.get_loop() if task else None
        active = SigtermHandler._active
        active[:] = [other for other in active if other._loop is None or not other._loop.is_closed()]
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, SigtermHandler._on_signal)
        if signal.getsignal(signal.SIGTERM) == SigtermHandler._on_signal:
            active.append(self)

    def restore(self) -> None:
        """Stop handling the signal. If it was received and no other run is open, end the process by it now."""
        active = SigtermHandler._active
        if self not in active:
            return
        active.remove(self)
        if active:
            active[0].received |= self.received
            return
        if signal.getsignal(signal.SIGTERM) == SigtermHandler._on_signal:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if self.received:
            signal.raise_signal(signal.SIGTERM)

    @classmethod
    def _on_signal(cls, _number: int, _frame: FrameType | None) -> None:
        again = any(handler.received for handler in cls._active)
        tasks = [(handler._loop, handler._task) for handler in cls._active if handler._loop and handler._task]
        for handler in cls._active:
            handler.received = True
        for loop, task in tasks:
            if not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)
        if not tasks and not again:  # the second signal must not keep the run from being closed
            raise SystemExit(128 + signal.SIGTERM)

    @classmethod
    def _begin_in_child(cls) -> None:
        """Let SIGTERM end a process that was just forked: its parent closes the runs."""
        cls._active.clear()
        if signal.getsignal(signal.SIGTERM) == cls._on_signal:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


call_in_forked_processes(SigtermHandler._begin_in_child)
