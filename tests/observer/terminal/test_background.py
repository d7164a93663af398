"""A coroutine beside the main thread: it can be awaited, ended, and its errors are not lost."""

import asyncio

import pytest

from observer.terminal.background import Background


def test_it_runs_until_it_is_ended() -> None:
    cancelled: list[bool] = []

    async def work() -> None:
        thread.set_ready()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    thread = Background(work)
    thread.start()
    thread.wait_until_ready()
    assert not cancelled
    thread.end()
    thread.check()
    assert cancelled == [True]


@pytest.mark.parametrize("ready", [True, False])
def test_an_error_is_raised_in_the_thread_that_waits(ready: bool) -> None:
    async def work() -> None:
        if ready:
            thread.set_ready()
        raise OSError("full")

    thread = Background(work, explain=lambda error: RuntimeError(f"explained: {error}"))
    thread.start()
    with pytest.raises(RuntimeError, match="explained: full"):
        thread.wait_until_ready() if not ready else (thread.end(), thread.check())
