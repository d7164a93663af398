"""Local copies of runs in a stream, complete from a start position on, and growing.

A thread keeps a connection and writes what arrives; readers of the files need not know of it. If the thread fails, the
reader is interrupted, so that it does not wait forever.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from observer.errors import UnreadableError, UsageError
from observer.format.sanitize import clean_line
from observer.nats.address import Address, parse_address, read_authentication
from observer.nats.connection import Connector, ServerUnavailable, StreamMissing
from observer.nats.fetch import ALL, Fetcher
from observer.nats.local_copy import LocalCopies
from observer.source.locate import LATEST as LINK
from observer.source.locate import DisplayNames, run_id
from observer.source.mirror import CopyRequest, LocalRun, RunCount, copy_directory
from observer.terminal import signals
from observer.terminal.background import Background


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
    with copy_directory(request.directory) as directory:
        copies = LocalCopies(directory, sparse=request.ends)
        copying = _Copying(f"{to}", Fetcher(to, connector, request, copies), directory)
        try:
            with signals.deferred():  # starting and joining a thread takes locks
                copying.start()
                path = copying.path()
            names = DisplayNames({directory: _address_of_copy(to)})
            yield LocalRun(path, names, open_files=copies.most_open)
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


class _Copying:
    """Runs a fetcher in a thread until `end` is called."""

    def __init__(self, address: str, fetcher: Fetcher, directory: Path) -> None:
        self._address = address
        self._directory = directory
        self._fetcher = fetcher
        self._path = ""
        self._thread = Background(lambda: self._fetcher.run(self._set_ready, _report), explain=self._explain)
        self.start, self.end, self.check = self._thread.start, self._thread.end, self._thread.check

    def path(self) -> str:
        """Return the path of the copy as soon as it can be read."""
        self._thread.wait_until_ready()
        return self._path

    def _set_ready(self, path: str) -> None:
        self._path = path
        self._thread.set_ready()

    def _explain(self, error: BaseException) -> BaseException:
        """Return an error that tells users what to do."""
        if isinstance(error, StreamMissing):
            hint = "observe relay creates it, ?stream=NAME selects another"
            return UnreadableError(f"{error} at {self._address}; {hint}")
        if isinstance(error, ServerUnavailable):
            return UnreadableError(f"{error}; check the address")
        if isinstance(error, OSError):
            problem = f"cannot write the copy of {self._address} in {self._directory} ({error.strerror})"
            return UnreadableError(f"{problem}; free space there, or set TMPDIR or --spool")
        return error


def _report(sentence: str) -> None:
    sys.stderr.write(f"observe: {clean_line(sentence)}\n")
    sys.stderr.flush()
