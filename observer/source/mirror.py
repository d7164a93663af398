"""Runs on other machines: an address stands for a local copy that grows, so that everything that reads files reads it.

What an address means is known to the package that its scheme names; it is loaded when such an address is used.
"""

import importlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import Enum
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from observer.source.items import Follow
from observer.source.seek import StartPosition

SCHEMES = {"nats": "observer.nats.fetch_thread", "tls": "observer.nats.fetch_thread"}
"""The module that has a `mirrored` for addresses of a scheme."""


class Credentials(Struct, frozen=True):
    """Files that prove who asks, and whom to believe."""

    creds: Path | None = None
    nkey: Path | None = None
    ca: Path | None = None


class RunCount(Enum):
    """How many runs an address may stand for."""

    ANY = "any"
    ONE = "one"
    ALL = "all"


class CopyRequest(Struct, frozen=True, kw_only=True):
    """What a copy is for: of how many runs, from where on it must be complete, and how long it must grow.

    With `ends` the first line of each run and its last ones are enough. One who is `patient` waits for servers and
    runs that are not there yet; others for servers that do not answer, and so many seconds. The copy is made in
    `folder`, or in one that is removed afterwards.
    """

    runs: RunCount = RunCount.ANY
    start: StartPosition = StartPosition()
    follow: Follow = Follow.NOT
    ends: bool = False
    patient: bool = False
    within_s: float = 20.0  # a stream of three servers has another leader, and answers, after 6 to 14
    folder: Path | None = None
    keys: Credentials = Credentials()


class Scheme(Protocol):
    """What a module of `SCHEMES` has."""

    def mirrored(self, address: str, want: CopyRequest) -> AbstractContextManager[str]:
        """Give the path of a local copy, a folder's if it is of several runs, with a slash behind it."""
        ...


def is_remote(name: str) -> bool:
    """Tell whether a name is an address rather than a path or an id.

    >>> is_remote("nats://hub:4222/latest"), is_remote("runs/latest.ndjson")
    (True, False)
    """
    scheme, there, _ = name.partition("://")
    return bool(there) and scheme.lower() in SCHEMES


@contextmanager
def local_path(name: str, want: CopyRequest) -> Iterator[str]:
    """Give the local name of a run, or of a folder of runs, while the block lasts: an address' copy, or `name` itself.

    Raises UnreadableError and UsageError, as the scheme has it.
    """
    with ExitStack() as stack:
        yield _entered(name, want, stack)


def local_paths(names: list[str], want: CopyRequest, stack: ExitStack) -> list[str]:
    """Return the local names of several; their copies end with `stack`."""
    return [_entered(name, want, stack) for name in names]


def _entered(name: str, want: CopyRequest, stack: ExitStack) -> str:
    if not is_remote(name):
        return name
    scheme: Scheme = importlib.import_module(SCHEMES[name.partition("://")[0].lower()])
    return stack.enter_context(scheme.mirrored(name, want))
