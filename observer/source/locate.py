"""Lists the run files of a directory, and says what their names mean."""

import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

SUFFIX = ".ndjson"
LATEST = f"latest{SUFFIX}"
COMPRESSED_SUFFIXES = (".gz", ".zst")
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}", re.ASCII)
LATEST_ID = "latest"
"""The name that stands for the most recent run, and is never the ID of one."""
STDIN = Path("-")
_MAX_STUB_BYTES = 512
"""More than the text in a file that a checkout or an archive without symlinks holds in place of a link."""


class DisplayNames(Struct, frozen=True):
    """Names files in messages: a local copy by the address of its run, any other file by its path.

    Users never typed the path of a copy, so messages must not show it. `addresses` maps a directory of copies to a
    function that returns the address of the file with a given name in it, or of the directory itself for an empty name.
    Of a copy whose original cannot be read, `unread` returns the reason. For a line of a file, `line` returns the
    number of the line in what it is a copy of, 0 if there is none. `outputs` returns the directory below which the
    outputs of a run are that its events name.

    >>> names = DisplayNames({Path("/tmp/copies"): lambda name: f"nats://hub/{name.removesuffix('.ndjson')}"})
    >>> names(Path("/tmp/copies/a.ndjson")), names(Path("/tmp/other.ndjson"))
    ('nats://hub/a', '/tmp/other.ndjson')
    """

    addresses: Mapping[Path, Callable[[str], str]] = {}
    unread: Callable[[Path], OSError | None] = lambda _: None
    line: Callable[[Path, int], int] = lambda _, number: number
    outputs: Callable[[Path], Path] = lambda path: path.parent

    def is_copy(self, path: Path) -> bool:
        """Return whether a path is that of a local copy, or of a directory of copies."""
        return path in self.addresses or path.parent in self.addresses

    def __call__(self, path: Path) -> str:
        """Return the name of a file or directory in messages."""
        if not self.addresses:
            return str(path)
        if (address := self.addresses.get(path)) is not None:
            return address("")
        if (address := self.addresses.get(path.parent)) is not None:
            return address(path.name)
        return str(path)


_LATEST_NAMES = frozenset(f"{LATEST}{suffix}" for suffix in ("", *COMPRESSED_SUFFIXES))

PATH_NAMES = DisplayNames()
"""Names every file by its path."""


def run_files(directory: Path) -> list[Path]:
    """Return the run files in a directory, also compressed ones, oldest first; no links, and not `latest.ndjson`.

    A copy in place of the link `latest.ndjson` is returned only if there is nothing else: it is all that is left of its
    run. Raises OSError if the directory cannot be read.
    """
    with os.scandir(directory) as entries:
        paths = [entry.path for entry in entries if is_run_name(entry.name) and entry.is_file(follow_symlinks=False)]
    paths.sort()
    latest = {os.path.join(directory, name) for name in _LATEST_NAMES}
    if runs := [path for path in paths if path not in latest]:
        return [Path(path) for path in runs]
    return [path for path in map(Path, paths) if stub_target(path) is None]


def is_run_name(name: str) -> bool:
    """Return whether a file name is that of a run file.

    >>> is_run_name("20261123T011230Z-7f3a9c.ndjson.gz"), is_run_name("notes.txt")
    (True, False)
    """
    for suffix in COMPRESSED_SUFFIXES:
        name = name.removesuffix(suffix)
    return name.endswith(SUFFIX)


def is_compressed(file: str | Path) -> bool:
    """Return whether a file, given by its name or its path, is a compressed one.

    >>> is_compressed("20261123T011230Z-7f3a9c.ndjson.gz"), is_compressed(Path("runs/20261123T011230Z-7f3a9c.ndjson"))
    (True, False)
    """
    return str(file).endswith(COMPRESSED_SUFFIXES)


def is_run_id(name: str) -> bool:
    """Return whether a name is an ID as the writer gives it to a run: the time at which it began, and six digits.

    >>> is_run_id("20261123T011230Z-7f3a9c"), is_run_id("backup")
    (True, False)
    """
    return _RUN_ID.fullmatch(name) is not None


def run_id(path: Path) -> str:
    """Return the run ID that a file name contains.

    >>> run_id(Path("runs/20261123T011230Z-7f3a9c.ndjson.gz"))
    '20261123T011230Z-7f3a9c'
    """
    name = path.name
    for suffix in COMPRESSED_SUFFIXES:
        name = name.removesuffix(suffix)
    return name.removesuffix(SUFFIX)


def stub_target(path: Path) -> Path | None:
    """Return the file that a link would point to in whose place there is a text file; None if `path` is none.

    Git on Windows, and archives without symlinks, write the target's name as the content of a regular file.
    """
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= _MAX_STUB_BYTES:
            return None
        name = os.fsdecode(path.read_bytes()).strip()
    except OSError:
        return None
    return path.parent / name if is_run_name(name) and name.isprintable() else None


def runs_between(directory: Path, before: str | None, after: str | None) -> list[str]:
    """Return the IDs of the runs that a symlink in `directory` may have pointed to between two that are known."""
    if before is None or after is None or "/" in before + after:
        return []
    try:
        return [run_id(path) for path in run_files(directory) if before < path.name < after]
    except OSError:
        return []
