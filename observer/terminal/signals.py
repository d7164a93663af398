"""Handles the signals that end the program: at once, whatever it waits for, without a traceback or a lock still held.

Where only one thread runs, the handler raises SystemExit, again if something discards it, such as a destructor. Raised
inside `threading` or `concurrent.futures` it could leave a lock held forever; so while an event loop runs, or in any
other `deferred` block, the handler raises nothing: the signal cancels the main task, or is raised at the end of the
block. A signal that arrives just before a system call blocks is not lost: Python writes its number to a pipe
(`signal.set_wakeup_fd`), and whatever may block polls that too.
"""

import atexit
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from observer.platform.interrupts import SIGHUP, Alarm, open_wakeup_pipe
from observer.platform.pipes import wait_for_output

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

GRACE_S = 10.0
"""Ending may take this long after a signal: then the process exits without waiting for anything."""
_RETRY_S = 0.02
"""Seconds after which SystemExit is raised again, unless it is on its way."""


class _Handlers:
    """The signal that has arrived, and the state that decides what a handler may do."""

    def __init__(self, numbers: frozenset[int]) -> None:
        self.number = 0
        """The signal that the program ends by."""
        self.deferring = 0
        self.exiting = False
        self.reader = open_wakeup_pipe()
        self.wake: Callable[[], object] | None = None
        """Called by a handler while an event loop runs that cannot wait for `reader`."""
        self._numbers = numbers
        self._deadline = 0.0
        self._alarm = Alarm(self._ring)
        atexit.register(self._alarm.stop)  # before Python removes its handlers: the alarm would kill the process
        for number in numbers:
            signal.signal(number, self._handle)

    def received(self) -> int:
        """Return the number of the signal to end by, 0 for none; its handler need not have run yet."""
        if self.reader is not None:
            with suppress(BlockingIOError):
                for number in os.read(self.reader, 64):
                    if number in self._numbers:
                        self._note(number)
        return self.number

    def _note(self, number: int) -> None:
        if self.number:
            return
        self.number = number
        self._deadline = time.monotonic() + GRACE_S
        self._alarm.set(_RETRY_S)
        sys.unraisablehook = lambda _: None  # of SystemExit in a destructor, and of objects that are half initialized
        warnings.simplefilter("ignore")  # of coroutines that were created and are never awaited now

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.exiting:
            os._exit(128 + number)
        self._note(number)
        if self.wake is not None:
            self.wake()
        if not self.deferring:
            raise SystemExit(128 + self.number)

    def _ring(self) -> None:
        if time.monotonic() >= self._deadline:
            os._exit(128 + self.number)
        self._alarm.set(_RETRY_S)
        if not self.deferring and not self.exiting and not _is_exiting(sys.exception()):
            raise SystemExit(128 + self.number)


def _is_exiting(error: BaseException | None) -> bool:
    """Return whether the error that is being handled is SystemExit, or one that was raised while that was."""
    while error is not None and not isinstance(error, SystemExit):
        error = error.__context__
    return error is not None


_handlers: _Handlers | None = None


def install() -> None:
    """Let SIGINT, SIGTERM and SIGHUP end the program with exit code 128 + number; SIGHUP unless it is ignored."""
    global _handlers  # noqa: PLW0603 - handlers belong to the process
    numbers = {signal.SIGINT, signal.SIGTERM}
    if SIGHUP is not None and signal.getsignal(SIGHUP) is not signal.SIG_IGN:
        numbers.add(SIGHUP)
    _handlers = _Handlers(frozenset(numbers))


def exit_at_once() -> None:
    """Let a signal exit the process from now on: everything is closed, and Python's own exit handlers hold locks."""
    if _handlers is not None:
        _handlers.exiting = True


def ignore_interrupts() -> None:
    """Leave Ctrl-C to another program that reads from the terminal, from now on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def received() -> int:
    """Return the number of the signal that the program ends by, 0 while there is none."""
    return _handlers.received() if _handlers is not None else 0


def check() -> None:
    """Raise SystemExit if a signal has arrived. To be called now and then by what would wait regardless."""
    if number := received():
        raise SystemExit(128 + number)


def installed() -> bool:
    """Return whether signals end the program in the way of this module."""
    return _handlers is not None


@contextmanager
def deferred() -> Iterator[None]:
    """Hold signals back while the block runs; raise SystemExit at its end if one arrived."""
    if _handlers is None:
        yield
        return
    _handlers.deferring += 1
    try:
        yield
    finally:
        _handlers.deferring -= 1
        if not _handlers.deferring and (number := _handlers.received()):
            raise SystemExit(128 + number)


def run(main: Callable[[], Coroutine[Any, Any, T]], *, stop: Callable[[], None] | None = None) -> T:
    """Run a coroutine in an event loop, like `asyncio.run`; a signal cancels it, or calls `stop` if that is given.

    Raises SystemExit when it has ended because of a signal.
    """
    import asyncio  # noqa: PLC0415 - this module is loaded first of all, and most of what is printed needs no loop

    async def supervised() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if _handlers is None or task is None:
            return await main()
        handlers, end = _handlers, stop or task.cancel

        def wake() -> None:
            if handlers.received():
                unwatch()
                end()

        unwatch = _watch(handlers, loop, wake)
        try:
            return await main()
        finally:
            unwatch()

    with deferred():
        return asyncio.run(supervised())


def run_at_once(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that has nothing to wait for, without an event loop; a signal ends it wherever it is.

    Raises SystemExit then.
    """
    try:
        while True:
            main.send(None)
    except StopIteration as end:
        result: T = end.value
        return result


def _watch(handlers: _Handlers, loop: "asyncio.AbstractEventLoop", wake: Callable[[], None]) -> Callable[[], object]:
    """Let the loop call `wake` after a signal; return the function that ends this."""
    reader = handlers.reader
    try:
        if reader is not None:
            loop.add_reader(reader, wake)
            return lambda: loop.remove_reader(reader)
    except NotImplementedError:  # the loop of Windows, which a signal wakes up by itself
        pass
    handlers.wake = lambda: loop.call_soon_threadsafe(wake)

    def unwatch() -> None:
        handlers.wake = None

    return unwatch


def wait_until_writable(descriptor: int) -> None:
    """Wait until a descriptor can be written to. Raises SystemExit instead of waiting when the program is to end."""
    wakeup = _handlers.reader if _handlers is not None else None
    while not received():
        if wait_for_output(descriptor, wakeup):
            return
    check()
