"""Ctrl-C and SIGTERM for a command: the first asks the work to end cleanly, the second ends it at once."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedBySignal(Exception):
    """The work was cancelled by a signal and has ended cleanly. `exit_code` is the shell's for that signal."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"stopped by {number.name}")
        self.exit_code = 128 + number


def run_until_stopped(
    work: Coroutine[Any, Any, T], hurry: Callable[[], None], ask: Callable[[signal.Signals], None] | None = None
) -> T:
    """Run `work` in a new event loop. The first signal cancels it, every further one calls `hurry`.

    A signal that this process was started to ignore (as by `nohup`, or in the background of a script) stays ignored.
    With `ask`, the first signal only calls that, for work that knows how to come to an end by itself; the second
    cancels and hurries.

    Returns what `work` returns; raises StoppedBySignal when it was cancelled.
    """
    return asyncio.run(_stoppable(work, hurry, ask))


async def _stoppable(
    work: Coroutine[Any, Any, T], hurry: Callable[[], None], ask: Callable[[signal.Signals], None] | None
) -> T:
    received: list[signal.Signals] = []
    task = asyncio.ensure_future(work)

    def stop(number: signal.Signals) -> None:
        received.append(number)
        if len(received) == 1 and ask:
            ask(number)
            return
        task.cancel()
        if len(received) > 1:
            hurry()

    loop = asyncio.get_running_loop()
    heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    for number in heeded:
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
        raise StoppedBySignal(received[0]) from None
    finally:
        for number in heeded:
            loop.remove_signal_handler(number)
