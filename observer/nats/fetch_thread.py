"""Runs in a stream as files: local copies that are complete from where somebody wants to read, and grow.

A thread of its own keeps a connection and writes what comes; whoever reads the files knows nothing of it. When it can
do that no more, whoever reads is interrupted, lest he wait for ever.
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
from observer.nats.address import Address, access_of, address_of
from observer.nats.connection import Connector, NoStreamError, ServerUnavailable
from observer.nats.fetch import ALL, Fetcher
from observer.nats.local_copy import LocalCopies
from observer.source.locate import LATEST as LINK
from observer.source.locate import DisplayNames, run_id
from observer.source.mirror import CopyRequest, LocalRun, RunCount
from observer.terminal.signals import Stop

_LOOK_S = 0.1
"""So often somebody who waits for the copy can be interrupted."""
_AGAIN_S = 1.0
"""So often the thread is told to end until it has: the client library may not hear it."""
_FATAL = (signal.SIGTERM, signal.SIGHUP)
"""Signals that end a process and that Python leaves to the system."""


@contextmanager
def mirrored(address: str, want: CopyRequest) -> Iterator[LocalRun]:
    """Copy the run that `address` names, or all of them into a directory; see `observer.source.mirror`.

    Raises UsageError of an address that is none, UnreadableError when there is no such run, or no server and nobody
    is patient. Raises UnreadableError too when the copy cannot go on, because the disk is full or the servers refuse:
    the block, if it is the main thread's, is ended then as by SIGTERM.
    """
    to = address_of(address)
    _refuse(to, want.runs)
    connector = Connector(to, access_of(creds=want.keys.creds, nkey=want.keys.nkey, ca=want.keys.ca))
    with _leaving_nothing(), _folder(want.folder) as folder:
        copies = LocalCopies(folder, sparse=want.ends)
        copying = _Copying(f"{to}", Fetcher(to, connector, want, copies), folder)
        copying.start()
        try:
            yield LocalRun(copying.path(), DisplayNames({folder: _calls(to)}))
        finally:
            copying.end()
            copying.withdraw()
            copies.close()
            copying.check()


def _refuse(to: Address, runs: RunCount) -> None:
    several = to.run in {"", ALL}
    if several and runs is RunCount.ONE:
        raise UsageError(f"{to.of('')} has many runs; name one: {to.of('latest')}, or an id that observe list shows")
    if not several and runs is RunCount.ALL:
        raise UsageError(f"{to.of(to.run)} is one run; all runs of a stream are shown together: write {to.of('')}")


def _calls(to: Address) -> Callable[[str], str]:
    """What says which run a copy is of, by its name: by that of the link the run that was asked for."""
    return lambda name: to.of(to.run if name == LINK else run_id(Path(name)) if name else "")


@contextmanager
def _folder(asked: Path | None) -> Iterator[Path]:
    """The folder for copies: the one that is asked for, or one that nobody else can enter and that is removed."""
    with ExitStack() as stack:
        try:
            if asked is None:
                folder = Path(stack.enter_context(TemporaryDirectory(prefix="runtail-")))
            else:
                (folder := asked).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            where, other = (asked, "--spool") if asked is not None else (error.filename or gettempdir(), "TMPDIR")
            raise UnreadableError(
                f"copies cannot be made in {where} ({error.strerror}); {other} names another"
            ) from None
        yield folder


@contextmanager
def _leaving_nothing() -> Iterator[None]:
    """Let a signal that would end the process at once, and leave copies behind, end the block instead."""
    end = Stop()
    ours = threading.current_thread() is threading.main_thread()
    fatal = [number for number in _FATAL if ours and signal.getsignal(number) is signal.SIG_DFL]
    for number in fatal:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in fatal:
            if signal.getsignal(number) is end:
                signal.signal(number, signal.SIG_DFL)


class _Copying(threading.Thread):
    """Runs a mirror until it is told to end."""

    def __init__(self, address: str, mirror: Fetcher, folder: Path) -> None:
        super().__init__(name="mirror", daemon=True)
        self._address = address
        self._folder = folder
        self._mirror = mirror
        self._ready = threading.Event()
        self._path = ""
        self._error: BaseException | None = None
        self._ending = False
        self._interrupting = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def path(self) -> str:
        """Return the path of what can be read, as soon as it can be."""
        while not self._ready.wait(_LOOK_S):
            pass
        self.check()
        return self._path

    def end(self) -> None:
        """End it and wait for that."""
        self._ending = True
        while self.is_alive():
            if self._loop is not None and self._task is not None:
                with suppress(RuntimeError):  # closed meanwhile
                    self._loop.call_soon_threadsafe(self._task.cancel)
            self.join(_AGAIN_S)

    def withdraw(self) -> None:
        """Once it has ended: the block does so anyhow, and what its error was decides how the program does."""
        handler = signal.getsignal(signal.SIGTERM)
        if self._interrupting and isinstance(handler, Stop):
            handler.withdraw()

    def check(self) -> None:
        """Raise what it ended of."""
        if self._error is not None:
            raise self._error

    def run(self) -> None:
        """Work; what goes wrong is raised where somebody waits for the copy, or reads it."""
        try:
            asyncio.run(self._work())
        except asyncio.CancelledError:
            pass
        except NoStreamError as error:
            told = "observe relay makes one, ?stream=NAME names another"
            self._error = UnreadableError(f"{error} at {self._address}; {told}")
        except ServerUnavailable as error:
            self._error = UnreadableError(f"{error}; name a server that is there")
        except OSError as error:
            told = f"the copy of {self._address} cannot go on in {self._folder} ({error.strerror})"
            self._error = UnreadableError(f"{told}; make room there, or let TMPDIR or --spool name another folder")
        except BaseException as error:  # noqa: BLE001 - raised again where somebody waits
            self._error = error
        finally:
            if self._error is not None and self._ready.is_set() and not self._ending:
                self._interrupting = True
                _end_block()
            self._ready.set()

    async def _work(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        await self._mirror.run(self._begin, _say)

    def _begin(self, path: str) -> None:
        self._path = path
        self._ready.set()


def _end_block() -> None:
    """End the main thread's block, if it heeds `_FATAL` signals."""
    main = threading.main_thread().ident
    if main is not None and signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        signal.pthread_kill(main, signal.SIGTERM)


def _say(sentence: str) -> None:
    sys.stderr.write(f"observe: {clean_line(sentence)}\n")
    sys.stderr.flush()
