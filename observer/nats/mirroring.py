"""Runs in a stream as files: local copies that are complete from where somebody wants to read, and grow.

A thread of its own keeps a connection and writes what comes; whoever reads the files knows nothing of it.
"""

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from observer.errors import ObserverError, UnreadableError
from observer.nats.address import Address, access_of, address_of
from observer.nats.connection import AwayError, Connector
from observer.nats.copies import Copies
from observer.nats.mirror import Mirror
from observer.sanitize import clean_line
from observer.source.remote import Want

_LOOK_S = 0.1
"""So often somebody who waits for the copy can be interrupted."""


@contextmanager
def mirrored(address: str, want: Want) -> Iterator[str]:
    """Give the path of the copy of the run that `address` names, or of the folder of all; see `observer.source.remote`.

    Raises UsageError of an address that is none, UnreadableError when there is no such run, or no server and nobody
    is patient.
    """
    to = address_of(address)
    connector = Connector(to, access_of(creds=want.keys.creds, nkey=want.keys.nkey, ca=want.keys.ca))
    with TemporaryDirectory(prefix="runtail-") as temporary:
        if want.folder is not None:
            want.folder.mkdir(parents=True, exist_ok=True)
        copies = Copies(want.folder or Path(temporary), sparse=want.ends)
        copying = _Copying(to, Mirror(to, connector, want, copies))
        copying.start()
        try:
            yield copying.path()
        finally:
            copying.end()
            copies.close()


class _Copying(threading.Thread):
    """Runs a mirror until it is told to end."""

    def __init__(self, address: Address, mirror: Mirror) -> None:
        super().__init__(name="mirror", daemon=True)
        self._address = address
        self._mirror = mirror
        self._ready = threading.Event()
        self._path = ""
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def path(self) -> str:
        """Return the path of what can be read, as soon as it can be."""
        while not self._ready.wait(_LOOK_S):
            pass
        if self._error is not None:
            raise self._error
        return self._path

    def end(self) -> None:
        """End it and wait for that."""
        if self._loop is not None and self._task is not None and self.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.join()

    def run(self) -> None:
        """Work; what goes wrong before the copy can be read is told to whoever waits for it, and said later."""
        try:
            asyncio.run(self._work())
        except asyncio.CancelledError:
            pass
        except AwayError as error:
            self._fail(UnreadableError(f"{error}; name a server that is there"))
        except BaseException as error:  # noqa: BLE001 - raised again where somebody waits
            self._fail(error)
        finally:
            self._ready.set()

    async def _work(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        await self._mirror.run(self._begin, _say)

    def _begin(self, path: str) -> None:
        self._path = path
        self._ready.set()

    def _fail(self, error: BaseException) -> None:
        if not self._ready.is_set():
            self._error = error
        else:
            _say(str(error) if isinstance(error, ObserverError) else f"the copy of {self._address} ended: {error!r}")


def _say(sentence: str) -> None:
    sys.stderr.write(f"observe: {clean_line(sentence)}\n")
    sys.stderr.flush()
