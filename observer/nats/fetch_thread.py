"""Local copies of runs in a stream, complete from a start position on, and growing.

A thread keeps a connection and writes what arrives; readers of the files need not know of it. If the thread fails, the
reader is interrupted, so that it does not wait forever.
"""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from observer.errors import UnreadableError, UsageError
from observer.format.sanitize import clean_line
from observer.nats.address import Address, parse_address, read_authentication
from observer.nats.connection import Connector, ServerUnavailable, StreamMissing
from observer.nats.fetch import ALL, Fetcher
from observer.nats.local_copy import LocalCopies
from observer.platform import interrupt_main_thread
from observer.source.locate import LATEST as LINK
from observer.source.locate import DisplayNames, run_id
from observer.source.mirror import CopyRequest, LocalRun, RunCount
from observer.terminal import signals

_POLL_S = 0.1
"""Seconds between checks for signals while waiting for the copy."""
_CANCEL_AGAIN_S = 1.0
"""Seconds until the thread is cancelled again: the client library may swallow a cancellation."""


@contextmanager
def mirrored(address: str, request: CopyRequest) -> Iterator[LocalRun]:
    """Copy the run that `address` names, or all of them into a directory; see `observer.source.mirror`.

    Raises UsageError if the address is invalid, UnreadableError if there is no such run, or no server and the request
    is not patient. If the copy fails later (full disk, refusal), the block is interrupted as by SIGTERM if it runs in
    the main thread, and UnreadableError is raised.
    """
    to, keys = parse_address(address), request.keys
    _check_run_count(to, request.runs)
    connector = Connector(to, read_authentication(creds=keys.creds, nkey=keys.nkey, ca=keys.ca))
    with _copy_directory(request.directory) as directory:
        copies = LocalCopies(directory, sparse=request.ends)
        copying = _Copying(f"{to}", Fetcher(to, connector, request, copies), directory)
        try:
            with signals.deferred():  # starting and joining a thread takes locks
                copying.start()
                path = copying.path()
            yield LocalRun(path, DisplayNames({directory: _address_of_copy(to)}))
        finally:
            try:
                with signals.deferred():
                    copying.end()
                    copies.close()
            finally:
                copying.check()  # the thread's error decides how the program ends, not the signal that reported it


def _check_run_count(to: Address, runs: RunCount) -> None:
    several = to.run in {"", ALL}
    if several and runs is RunCount.ONE:
        raise UsageError(
            f"{to.url_of('')} has many runs; select one, such as {to.url_of('latest')} "
            f"(try: observe list {to.url_of('')})"
        )
    if not several and runs is RunCount.ALL:
        raise UsageError(
            f"{to.url_of(to.run)} is a single run; this command shows all runs of a stream: use {to.url_of('')}"
        )


def _address_of_copy(to: Address) -> Callable[[str], str]:
    """Return a function from a copy's file name to the address of its run; the link has the requested address."""
    return lambda name: to.url_of(to.run if name == LINK else run_id(Path(name)) if name else "")


@contextmanager
def _copy_directory(requested: Path | None) -> Iterator[Path]:
    """Create the requested directory for copies, or a private temporary one that is removed afterwards."""
    with ExitStack() as stack:
        try:
            if requested is None:
                directory = Path(stack.enter_context(TemporaryDirectory(prefix="runtail-")))
            else:
                (directory := requested).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            where, setting = (requested, "--spool") if requested else (error.filename or gettempdir(), "TMPDIR")
            raise UnreadableError(
                f"cannot create copies in {where} ({error.strerror}); choose another directory with {setting}"
            ) from None
        yield directory


class _Copying(threading.Thread):
    """Runs a fetcher in a thread until `end` is called."""

    def __init__(self, address: str, fetcher: Fetcher, directory: Path) -> None:
        super().__init__(name="mirror", daemon=True)
        self._address = address
        self._directory = directory
        self._fetcher = fetcher
        self._ready = threading.Event()
        self._path = ""
        self._error: BaseException | None = None
        self._ending = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def path(self) -> str:
        """Return the path of the copy as soon as it can be read."""
        while not self._ready.wait(_POLL_S) and not signals.received():
            pass
        self.check()
        return self._path

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
        """Copy; errors are raised in the thread that waits for the copy, or reads it."""
        try:
            asyncio.run(self._work())
        except asyncio.CancelledError:
            pass
        except StreamMissing as error:
            hint = "observe relay creates it, ?stream=NAME selects another"
            self._error = UnreadableError(f"{error} at {self._address}; {hint}")
        except ServerUnavailable as error:
            self._error = UnreadableError(f"{error}; check the address")
        except OSError as error:
            problem = f"cannot write the copy of {self._address} in {self._directory} ({error.strerror})"
            self._error = UnreadableError(f"{problem}; free space there, or set TMPDIR or --spool")
        except BaseException as error:  # noqa: BLE001 - raised again in the waiting thread
            self._error = error
        finally:
            if self._error is not None and self._ready.is_set() and not self._ending:
                _interrupt_main_thread()
            self._ready.set()

    async def _work(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        await self._fetcher.run(self._set_ready, _report)

    def _set_ready(self, path: str) -> None:
        self._path = path
        self._ready.set()


def _interrupt_main_thread() -> None:
    """Interrupt the main thread by a signal, if it handles signals."""
    if signals.installed():
        interrupt_main_thread(signal.SIGTERM)


def _report(sentence: str) -> None:
    sys.stderr.write(f"observe: {clean_line(sentence)}\n")
    sys.stderr.flush()
