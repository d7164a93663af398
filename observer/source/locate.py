"""Resolves a name to a file: a path, a run ID or a prefix of one, `latest`, a directory of runs, or `-`."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from observer.errors import UnreadableError

SUFFIX = ".ndjson"
LATEST = f"latest{SUFFIX}"
COMPRESSED_SUFFIXES = (".gz", ".zst")
STDIN = Path("-")
_MAX_CANDIDATES = 5
"""The number of runs that the message for an ambiguous prefix lists."""


class DisplayNames(Struct, frozen=True):
    """Names files in messages: a local copy by the address of its run, any other file by its path.

    Users never typed the path of a copy, so messages must not show it. `addresses` maps a directory of copies to a
    function that returns the address of the file with a given name in it, or of the directory itself for an empty name.

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


def run_files(directory: Path) -> list[Path]:
    """Return the run files in a directory, also compressed ones, oldest first; not links such as `latest.ndjson`.

    Raises OSError if the directory cannot be read.
    """
    with os.scandir(directory) as entries:
        paths = [entry.path for entry in entries if is_run_name(entry.name) and entry.is_file(follow_symlinks=False)]
    return [Path(path) for path in sorted(paths)]


def is_run_name(name: str) -> bool:
    """Return whether a file name is that of a run file.

    >>> is_run_name("20261123T011230Z-7f3a9c.ndjson.gz"), is_run_name("notes.txt")
    (True, False)
    """
    for suffix in COMPRESSED_SUFFIXES:
        name = name.removesuffix(suffix)
    return name.endswith(SUFFIX)


def run_id(path: Path) -> str:
    """Return the run ID that a file name contains.

    >>> run_id(Path("runs/20261123T011230Z-7f3a9c.ndjson.gz"))
    '20261123T011230Z-7f3a9c'
    """
    name = path.name
    for suffix in COMPRESSED_SUFFIXES:
        name = name.removesuffix(suffix)
    return name.removesuffix(SUFFIX)


def find(name: str, directory: Path) -> Path:
    """Return the path to which `name` resolves; `directory` is where run IDs are resolved.

    The file need not exist if the name reads like a path. Raises UnreadableError if the name is neither that of a file
    nor the prefix of exactly one run ID.
    """
    if not name:
        raise UnreadableError("the name of the run is empty (is a variable not set?)")
    path = Path(name)
    if os.path.isdir(name) and os.path.isfile(run := f"{path}{SUFFIX}") and not _has_runs(path):
        return Path(run)  # the directory beside a run file of the same name contains the attachments of the run
    if name == str(STDIN) or os.path.lexists(name):
        return path
    if name == "latest":
        return directory / LATEST
    if "/" in name or is_run_name(name):
        return path
    try:
        matches = [file for file in run_files(directory) if run_id(file).startswith(name)]
    except OSError as error:
        raise UnreadableError(
            f'cannot resolve "{name}": cannot read {directory} ({error.strerror}) '
            "(no runs recorded here yet? set the directory with --runs DIR)"
        ) from None
    exact = [file for file in matches if run_id(file) == name]
    if not exact and len({run_id(file) for file in matches}) == 1:
        exact = matches
    if exact:
        return exact[0]  # compressed ones come last
    if not matches:
        raise UnreadableError(f'no run in {directory} matches "{name}" (try: observe list)')
    listed = ", ".join(run_id(file) for file in matches[:_MAX_CANDIDATES])
    more = f" and {len(matches) - _MAX_CANDIDATES} more" if len(matches) > _MAX_CANDIDATES else ""
    raise UnreadableError(f'{len(matches)} runs in {directory} match "{name}": {listed}{more}; use a longer prefix')


def _has_runs(directory: Path) -> bool:
    try:
        return bool(run_files(directory))
    except OSError:
        return False
