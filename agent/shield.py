"""Shields work that must be completed although its task is cancelled."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


async def run_to_completion(work: Coroutine[Any, Any, None], on_cancel: Callable[[], None] = lambda: None) -> None:
    """Run `work` to its end. If the calling task is cancelled meanwhile, raise the cancellation afterwards.

    `on_cancel` is called as soon as that happens, for example to let the work wait for less.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
            on_cancel()
    task.result()
    if cancelled is not None:
        raise cancelled
