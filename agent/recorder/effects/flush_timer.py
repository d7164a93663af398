"""Writes text that waits for more when none comes: the recorder itself has no clock."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from agent.recorder.text.text_stream import PIECE_S


class FlushTimer:
    """Calls `flush` once a piece of text has waited for `PIECE_S`. Needs a running event loop of asyncio."""

    def __init__(self, flush: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._flush = flush
        self._since: float | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def set(self, since: float | None) -> None:
        """Set the time since which a piece waits; None if none does."""
        if since == self._since:
            return
        self._since = since
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if since is not None:
            self._handle = asyncio.get_running_loop().call_later(PIECE_S, self._start)

    def check(self) -> None:
        """Raise what an earlier call of `flush` raised, once."""
        if self._task is not None and self._task.done():
            task, self._task = self._task, None
            task.result()

    async def close(self) -> None:
        """Call `flush` no more, and wait for the call that is running."""
        self.set(None)
        if self._task is not None:
            await self._task

    def _start(self) -> None:
        self._handle = self._since = None
        if self._task is None or (self._task.done() and self._task.exception() is None):
            self._task = asyncio.create_task(self._flush(), name="runtail text")
