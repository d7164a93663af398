"""Runs a coroutine in a thread beside the main one, which shows what it prepares and ends by signals."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress

from observer.platform.interrupts import interrupt_main_thread
from observer.terminal import signals

_POLL_S = 0.1
"""Seconds between checks for signals while waiting for the thread."""
_CANCEL_AGAIN_S = 1.0
"""Seconds until the thread is cancelled again: a library may swallow a cancellation."""


class Background(threading.Thread):
    """A thread with an event loop of its own that runs `work` until it is done, or until `end` is called.

    `explain` returns the error to raise instead of one that `work` raised. If `work` fails once it is ready, the main
    thread is interrupted as by SIGTERM, so that it does not wait forever; `check` then raises the error.
    """

    def __init__(
        self,
        work: Callable[[], Coroutine[None, None, None]],
        *,
        explain: Callable[[BaseException], BaseException] = lambda error: error,
    ) -> None:
        super().__init__(name="background", daemon=True)
        self._work = work
        self._explain = explain
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._ending = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def set_ready(self) -> None:
        """Let `wait_until_ready` return; called by `work`."""
        self._ready.set()

    def wait_until_ready(self) -> None:
        """Return when `work` is ready, or when a signal has arrived. Raises the error of `work`."""
        while not self._ready.wait(_POLL_S) and not signals.received():
            pass
        self.check()

    def end(self) -> None:
        """End the thread and wait for it."""
        self._ending = True
        while self.is_alive():
            if self._loop is not None and self._task is not None:
                with suppress(RuntimeError):  # the loop has just closed
                    self._loop.call_soon_threadsafe(self._task.cancel)
            self.join(_CANCEL_AGAIN_S)

    def check(self) -> None:
        """Raise the error that ended the thread, if there is one."""
        if self._error is not None:
            raise self._error

    def run(self) -> None:
        """Run `work`; an error is raised in the thread that calls `check`."""
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again in the waiting thread
            self._error = self._explain(error)
        finally:
            if self._error is not None and self._ready.is_set() and not self._ending and signals.installed():
                interrupt_main_thread(signal.SIGTERM)
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        await self._work()
