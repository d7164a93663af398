"""What a file is called where people read of it: by its path, or by the address of the run that it is a copy of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDERS: dict[Path, Callable[[str], str]] = {}
"""Folders with copies, each with what says the address of a file in it by its name; of itself, by an empty one."""


def display_name(path: Path) -> str:
    """Return what to call a file, or a folder, in a message: who reads it never wrote, and never sees, a copy's path.

    >>> with display_names_for(Path("/tmp/copies"), lambda name: f"nats://hub/{name.removesuffix('.ndjson')}"):
    ...     display_name(Path("/tmp/copies/a.ndjson")), display_name(Path("/tmp/other.ndjson"))
    ('nats://hub/a', '/tmp/other.ndjson')
    """
    for folder, address in _FOLDERS.items():
        if folder == path:
            return address("")
        if folder == path.parent:
            return address(path.name)
    return str(path)


@contextmanager
def display_names_for(folder: Path, address: Callable[[str], str]) -> Iterator[None]:
    """While the block lasts, call the files of a folder by their addresses."""
    _FOLDERS[folder] = address
    try:
        yield
    finally:
        del _FOLDERS[folder]
