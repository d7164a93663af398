"""Which file somebody means: a path, a run's id or the beginning of one, `latest`, a folder of runs, or `-`."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from observer.errors import UnreadableError

SUFFIX = ".ndjson"
LATEST = f"latest{SUFFIX}"
COMPRESSED_SUFFIXES = (".gz", ".zst")
STDIN = Path("-")
_NAMED = 5
"""Candidates that an ambiguous prefix lists."""


class DisplayNames(Struct, frozen=True):
    """Names files in messages: a local copy by the address of its run, any other file by its path.

    Users never typed the path of a copy, so messages must not show it. `addresses` maps a directory of copies to a
    function that returns the address of the file with a given name in it, and its own for an empty name.

    >>> names = DisplayNames({Path("/tmp/copies"): lambda name: f"nats://hub/{name.removesuffix('.ndjson')}"})
    >>> names(Path("/tmp/copies/a.ndjson")), names(Path("/tmp/other.ndjson"))
    ('nats://hub/a', '/tmp/other.ndjson')
    """

    addresses: Mapping[Path, Callable[[str], str]] = {}

    def __call__(self, path: Path) -> str:
        """Return the name of a file or directory in messages."""
        if (address := self.addresses.get(path)) is not None:
            return address("")
        if (address := self.addresses.get(path.parent)) is not None:
            return address(path.name)
        return str(path)


PATH_NAMES = DisplayNames()
"""Names every file by its path."""


def run_files(folder: Path) -> list[Path]:
    """Return the run files of a folder, packed ones too, oldest first; links such as `latest.ndjson` are none.

    Raises OSError when the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        found = [entry.path for entry in entries if is_run_name(entry.name) and entry.is_file(follow_symlinks=False)]
    return [Path(path) for path in sorted(found)]


def is_run_name(name: str) -> bool:
    """Tell whether a file is a run file by its name.

    >>> is_run_name("20261123T011230Z-7f3a9c.ndjson.gz"), is_run_name("notes.txt")
    (True, False)
    """
    for packed in COMPRESSED_SUFFIXES:
        name = name.removesuffix(packed)
    return name.endswith(SUFFIX)


def run_id(path: Path) -> str:
    """Return the run's id, as its file's name tells it.

    >>> run_id(Path("runs/20261123T011230Z-7f3a9c.ndjson.gz"))
    '20261123T011230Z-7f3a9c'
    """
    name = path.name
    for packed in COMPRESSED_SUFFIXES:
        name = name.removesuffix(packed)
    return name.removesuffix(SUFFIX)


def find(name: str, folder: Path) -> Path:
    """Return the path that `name` means, which need not be there yet if it reads like one; `folder` holds the runs.

    Raises UnreadableError when no run, or more than one, has an id that begins so.
    """
    if not name:
        raise UnreadableError("an empty name is no run; is a variable not set?")
    path = Path(name)
    if (
        os.path.isdir(name) and os.path.isfile(run := f"{path}{SUFFIX}") and not _holds_runs(path)
    ):  # beside a run, a folder of its name has its outputs
        return Path(run)
    if name == str(STDIN) or os.path.lexists(name):
        return path
    if name == "latest":
        return folder / LATEST
    if "/" in name or is_run_name(name):
        return path
    try:
        found = [file for file in run_files(folder) if run_id(file).startswith(name)]
    except OSError as error:
        raise UnreadableError(
            f"{name} is no file, and there is no folder {folder} to look for a run of that name ({error.strerror}); "
            "name a run file, or the folder with --runs"
        ) from None
    exact = [file for file in found if run_id(file) == name] or (found if len({*map(run_id, found)}) == 1 else [])
    if exact:
        return exact[0]  # packed ones come last
    if not found:
        raise UnreadableError(f"no run in {folder} begins with {name}; observe list shows them")
    some = ", ".join(run_id(file) for file in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    raise UnreadableError(f"{len(found)} runs in {folder} begin with {name}: {some}{more}; give more of the id")


def _holds_runs(folder: Path) -> bool:
    try:
        return bool(run_files(folder))
    except OSError:
        return False
