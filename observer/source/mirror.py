"""Runs on other machines: a mirror copies them to local files that grow, and everything that reads files reads them.

This module holds only the protocol. The caller knows which mirrors exist, by URL scheme.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import Enum
from pathlib import Path

from msgspec import Struct

from observer.source.items import Follow
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.seek import StartPosition


class Credentials(Struct, frozen=True):
    """Files that authenticate the client (`creds`, `nkey`), and the CA certificates that authenticate the server."""

    creds: Path | None = None
    nkey: Path | None = None
    ca: Path | None = None


class RunCount(Enum):
    """The number of runs that an address may stand for."""

    ANY = "any"
    ONE = "one"
    ALL = "all"


class CopyRequest(Struct, frozen=True, kw_only=True):
    """Describes a copy: the runs, the position at which it starts, and whether it grows.

    With `ends` the first line of each run and its last ones are enough. With `patient` the mirror waits for servers and
    runs that do not exist yet; without it only for servers that do not answer, at most `within_s` seconds. The copy is
    created in `directory`, or in a temporary directory.
    """

    runs: RunCount = RunCount.ANY
    start: StartPosition = StartPosition()
    follow: Follow = Follow.NOT
    ends: bool = False
    patient: bool = False
    within_s: float = 20.0  # a stream on three servers elects another leader, and answers again, within 6 to 14 seconds
    directory: Path | None = None
    keys: Credentials = Credentials()


class LocalRun(Struct, frozen=True):
    """A run, or a directory of runs, as `locate.find` takes it; `display_names` names its files in messages.

    The `name` of a directory that is a copy ends with a slash.
    """

    name: str
    display_names: DisplayNames = PATH_NAMES


Mirror = Callable[[str, CopyRequest], AbstractContextManager[LocalRun]]
"""Copies what an address stands for, and keeps the copy growing inside the `with` block.

Raises UsageError when the address is invalid, UnreadableError when there is no such run or server, or the copy fails.
"""
Mirrors = Mapping[str, Mirror]
"""The mirror for each URL scheme, in lower case."""


@contextmanager
def local_run(name: str, request: CopyRequest, mirrors: Mirrors) -> Iterator[LocalRun]:
    """Return the local copy of an address while the block lasts; `name` itself if it is not an address.

    Raises UnreadableError and UsageError, as the mirror does.
    """
    mirror = _mirror_for(name, mirrors)
    if mirror is None:
        yield LocalRun(name)
        return
    with mirror(name, request) as local:
        yield local


@contextmanager
def local_runs(names: list[str], request: CopyRequest, mirrors: Mirrors) -> Iterator[tuple[list[str], DisplayNames]]:
    """Return the local names of several runs while the block lasts, and the names of their files in messages."""
    with ExitStack() as stack:
        runs = [stack.enter_context(local_run(name, request, mirrors)) for name in names]
        addresses = {directory: address for run in runs for directory, address in run.display_names.addresses.items()}
        yield [run.name for run in runs], DisplayNames(addresses)


def _mirror_for(name: str, mirrors: Mirrors) -> Mirror | None:
    scheme, separator, _ = name.partition("://")
    return mirrors.get(scheme.lower()) if separator else None
