"""Runs elsewhere, or of other programs: a mirror copies them to run files that grow, and every view reads those.

This module holds only the protocol. The caller knows which mirrors exist.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from observer.errors import UnreadableError
from observer.source.items import Follow
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.seek import StartPosition

if TYPE_CHECKING:
    from observer.dialects.prices import Prices


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
    """Describes a copy: the runs, the position at which it starts, and whether it grows."""

    runs: RunCount = RunCount.ANY
    start: StartPosition = StartPosition()
    follow: Follow = Follow.NOT
    ends: bool = False
    """Whether the first line of each run and its last ones are enough."""
    on_demand: bool = False
    """Whether they are enough until `LocalRun.complete` is called, as far as the mirror can do that."""
    limit: int | None = None
    """How many runs are copied: the newest, and those that the mirror knows to be at work."""
    repeatable: bool = False
    """Whether a copy says only what the original does, and nothing of the moment, so that the next one begins alike."""
    patient: bool = False
    """Whether the mirror waits for servers and runs that do not exist yet, and not only for servers that are silent."""
    within_s: float = 20.0
    """Seconds for which it waits for silent servers: three elect another leader, and answer again, within 6 to 14."""
    caught_up: bool = False
    """Whether a copy is read only once it has all that there was of the original when copying began."""
    directory: Path | None = None
    """Where copies are created; by default in a temporary directory."""
    keys: Credentials = Credentials()
    prices: "Prices | None" = None
    """What runs cost whose files do not say it; by default the prices of the package."""


class LocalRun(Struct, frozen=True):
    """A run, or a directory of runs, on this machine."""

    name: str
    """What `find.find` takes; that of a directory which is a copy ends with a slash."""
    display_names: DisplayNames = PATH_NAMES
    """Names the files in messages."""
    prices: "Prices | None" = None
    """Those of the request, for standard input, of which there is no copy."""
    complete: Callable[[Path], None] = lambda _: None
    """Copies all of the run whose file is at a path, if that has only its ends. Blocking, for any thread.

    Raises UnreadableError when that fails.
    """
    open_files: int = 0
    """How many files the copying may keep open beside those that are open at the start."""


Mirror = Callable[[str, CopyRequest], AbstractContextManager[LocalRun]]
"""Copies the runs at an address, and keeps the copy growing inside the `with` block.

Raises UsageError when the address is invalid, UnreadableError when there is no such run or server, or the copy fails.
"""


class Mirrors(Struct, frozen=True):
    """The mirrors that there are.

    `addresses` has those of addresses, by what they begin with, in lower case; `of_file` returns that of a file which
    another program wrote, None for a run file.
    """

    addresses: Mapping[str, Mirror] = {}
    of_file: Callable[[Path], Mirror | None] = lambda _: None


@contextmanager
def local_run(name: str, request: CopyRequest, mirrors: Mirrors) -> Iterator[LocalRun]:
    """Return the local copy of an address while the block lasts; `name` itself if it is not an address.

    Raises UnreadableError and UsageError, as the mirror does.
    """
    mirror = _mirror_for(name, mirrors)
    if mirror is None:
        yield LocalRun(name, prices=request.prices)
        return
    with mirror(name, request) as local:
        yield local


@contextmanager
def local_runs(names: list[str], request: CopyRequest, mirrors: Mirrors) -> Iterator[tuple[list[str], DisplayNames]]:
    """Return the local names of several runs while the block lasts, and the names of their files in messages."""
    with ExitStack() as stack:
        runs = [stack.enter_context(local_run(name, request, mirrors)) for name in names]
        addresses = {directory: address for run in runs for directory, address in run.display_names.addresses.items()}
        errors = [run.display_names.unread for run in runs]
        yield (
            [run.name for run in runs],
            DisplayNames(addresses, lambda path: next(filter(None, (error(path) for error in errors)), None)),
        )


def _mirror_for(name: str, mirrors: Mirrors) -> Mirror | None:
    lower = name.lower()
    for beginning, mirror in mirrors.addresses.items():
        if lower.startswith(beginning):
            return mirror
    return mirrors.of_file(Path(name)) if os.path.isfile(name) else None


@contextmanager
def copy_directory(requested: Path | None) -> Iterator[Path]:
    """Create the requested directory for copies, or a private temporary one that is removed afterwards.

    Raises UnreadableError.
    """
    from tempfile import gettempdir  # noqa: PLC0415 - only a copy needs it

    from observer.source.private_directory import private_directory  # noqa: PLC0415 - the same

    with ExitStack() as stack:
        try:
            if requested is None:
                directory = stack.enter_context(private_directory())
            else:
                (directory := requested).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            where, setting = (requested, "--spool") if requested else (error.filename or gettempdir(), "TMPDIR")
            raise UnreadableError(
                f"cannot create copies in {where} ({error.strerror}); choose another directory with {setting}"
            ) from None
        yield directory
