"""Waiting in an event loop for what another thread does, with one wakeup of the loop for all that is done together."""

import asyncio
from collections import deque
from contextlib import suppress
from functools import partial

from agent.errors import RunLogUnusable
from agent.runlog.receipt import Done


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the event loop that runs. Raises RunLogUnusable in a program that does not use asyncio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError as error:
        raise RunLogUnusable(
            "`async with RunLog` and the recording of a client need asyncio, which does not run here, as under trio "
            "or in a process that was forked while it ran; use `with RunLog.open(...)`, whose calls are plain "
            "functions, or start the program with asyncio.run()"
        ) from error


class LoopFutures:
    """Makes futures of one event loop whose result comes from another thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._done: deque[tuple[asyncio.Future[None], BaseException | None]] = deque()
        self._waking = False

    def new(self) -> tuple[asyncio.Future[None], Done]:
        """Return a future, and the function that ends it. It may be cancelled at any time."""
        future: asyncio.Future[None] = self.loop.create_future()
        return future, partial(self._add, future)

    def _add(self, future: asyncio.Future[None], error: BaseException | None) -> None:
        self._done.append((future, error))
        if not self._waking:
            self._waking = True
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self.loop.call_soon_threadsafe(self._resolve)

    def _resolve(self) -> None:
        self._waking = False  # first: what is added from now on may be missed below
        while self._done:
            future, error = self._done.popleft()
            if future.done():  # cancelled
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
