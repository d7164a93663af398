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
    """Describes a copy: the runs, the position at which it starts, and whether it grows.

    With `ends` the first line of each run and its last ones are enough, with `on_demand` until `LocalRun.complete`
    is called, as far as the mirror can do that; with a `limit` the newest runs, and those that are known to be at
    work, as far as the mirror knows which these are. A `repeatable` copy says what the original does and nothing of
    the moment at which it is made, so that the next copy begins as this one did. With `patient` the mirror waits
    for servers and runs that do not exist yet; without it only for servers that do not answer, at most `within_s`
    seconds. The copy is created in `directory`, or in a temporary directory. `prices` tell what runs cost whose
    files do not, by default those of the package.
    """

    runs: RunCount = RunCount.ANY
    start: StartPosition = StartPosition()
    follow: Follow = Follow.NOT
    ends: bool = False
    on_demand: bool = False
    limit: int | None = None
    repeatable: bool = False
    patient: bool = False
    within_s: float = 20.0  # a stream on three servers elects another leader, and answers again, within 6 to 14 seconds
    directory: Path | None = None
    keys: Credentials = Credentials()
    prices: "Prices | None" = None


class LocalRun(Struct, frozen=True):
    """A run, or a directory of runs, as `locate.find` takes it; `display_names` names its files in messages.

    The `name` of a directory that is a copy ends with a slash. `prices` are those of the request, for standard input,
    of which there is no copy. `complete` copies all of the run whose file is at a path, if that has only its ends;
    blocking, for any thread. Raises UnreadableError when that fails. `open_files` is how many files the copying
    may keep open beside those that are open at the start.
    """

    name: str
    display_names: DisplayNames = PATH_NAMES
    prices: "Prices | None" = None
    complete: Callable[[Path], None] = lambda _: None
    open_files: int = 0


Mirror = Callable[[str, CopyRequest], AbstractContextManager[LocalRun]]
"""Copies what an address stands for, and keeps the copy growing inside the `with` block.

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
