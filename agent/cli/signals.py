"""Ctrl-C, SIGTERM and SIGHUP while a command works: the first one ends the work cleanly, the second at once."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from agent.platform import ENDING_SIGNALS

T = TypeVar("T")


class StoppedBySignal(Exception):
    """The work was cancelled by a signal and has ended cleanly. `exit_code` is the one a shell uses for the signal."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"stopped by {number.name}")
        self.exit_code = 128 + number


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt while the block runs, because it has something to close or to repair.

    Elsewhere it exits at once (`runtail_cli.exit_on_signals`).
    """
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def run_until_stopped(
    work: Coroutine[Any, Any, T],
    terminate: Callable[[], None],
    on_first: Callable[[signal.Signals], None] | None = None,
    note_stop: Callable[[], None] = lambda: None,
) -> T:
    """Run `work` in a new event loop. The first signal cancels it; each further one also calls `terminate`.

    With `on_first`, the first signal only calls that, for work that can end by itself; the second one cancels. In any
    case the first one calls `note_stop`. A signal that this process was started to ignore (by `nohup`, or in the
    background of a script) stays ignored.

    Returns what `work` returns. Raises StoppedBySignal when a signal cancelled it.
    """
    return asyncio.run(_run_stoppable(work, terminate, on_first, note_stop))


async def _run_stoppable(
    work: Coroutine[Any, Any, T], terminate: Callable[[], None], on_first: Callable[[signal.Signals], None] | None,
    note_stop: Callable[[], None],
) -> T:  # fmt: skip
    received: list[signal.Signals] = []
    task = asyncio.ensure_future(work)

    def handle(number: signal.Signals) -> None:
        received.append(number)
        if len(received) == 1:
            note_stop()
            if on_first:
                on_first(number)
                return
        task.cancel()
        if len(received) > 1:
            terminate()

    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    handled = [number for number, handler in handlers.items() if handler is not signal.SIG_IGN]
    for number in handled:
        loop.add_signal_handler(number, handle, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
        raise StoppedBySignal(received[0]) from None
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, handled)  # the loop leaves Python's own handlers behind
        for number in handled:
            loop.remove_signal_handler(number)
            signal.signal(number, handlers[number])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, handled)
