"""Handles SIGTERM while runs are recorded: each run is closed properly, then the process ends by the signal."""

import asyncio
import os
import signal
import threading
from types import FrameType
from typing import Any, ClassVar

from agent.runlog.fork import call_around_forks, is_swallowed, no_fork


class SigtermHandler:
    """Ends the block that records a run on SIGTERM. Never replaces a program's own handler.

    The runs that are open in one program share the signal: the tasks that record them are cancelled, and when the last
    run has been closed, the process ends by SIGTERM. If there are no tasks, SystemExit is raised in the main thread.

    A process that is forked from this one ends by SIGTERM at once, from its first moment on: the signal is blocked
    until it has lost the handler.
    """

    _active: ClassVar[list["SigtermHandler"]] = []
    _blocked: ClassVar[list[bool]] = []
    """For each fork that is going on: whether SIGTERM is blocked because of it."""

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
            with no_fork():
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
    def _on_signal(cls, number: int, frame: FrameType | None) -> None:
        again = any(handler.received for handler in cls._active)
        tasks = [(handler._loop, handler._task) for handler in cls._active if handler._loop and handler._task]
        to_raise = not tasks and not again  # the second signal must not keep the run from being closed
        if to_raise and is_swallowed(frame):
            threading.Thread(target=_send_after_fork, args=(number,), daemon=True).start()
            return
        for handler in cls._active:
            handler.received = True
        for loop, task in tasks:
            if not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)
        if to_raise:
            raise SystemExit(128 + signal.SIGTERM)

    @classmethod
    def _before_fork(cls) -> None:
        """Block SIGTERM in the thread that forks, and thus in the child.

        Its copy of the handler could end nothing: Python forgets signals that arrive in a child before its own first
        steps, and ignores what a handler raises during these.
        """
        blocks = signal.getsignal(signal.SIGTERM) == cls._on_signal and signal.SIGTERM not in signal.pthread_sigmask(
            signal.SIG_BLOCK, ()
        )
        cls._blocked.append(blocks)  # first: a signal handler that raises may interrupt this
        if blocks:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    @classmethod
    def _unblock(cls) -> None:
        if cls._blocked[-1]:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        cls._blocked.pop()

    @classmethod
    def _begin_in_child(cls) -> None:
        """Let SIGTERM end a process that was just forked: its parent closes the runs."""
        cls._active.clear()
        if signal.getsignal(signal.SIGTERM) == cls._on_signal:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        cls._unblock()


def _send_after_fork(number: int) -> None:
    """Send a signal to this process once no thread forks it."""
    with no_fork():
        os.kill(os.getpid(), number)  # not to this thread: it is to interrupt what the main thread waits for


call_around_forks(SigtermHandler._before_fork, SigtermHandler._unblock, SigtermHandler._begin_in_child)
