"""Finds out what became of a file whose name is gone: it was renamed, compressed or removed. Blocking."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from observer.source.compressed import open_compressed
from observer.source.file_change import Identity, ReadPosition
from observer.source.locate import COMPRESSED_SUFFIXES, is_compressed

_CHUNK = 1024 * 1024
"""Bytes that are decompressed at once."""
_MTIME_STEP_S = 2.0
"""The coarsest times that file systems keep: a file that was compressed may seem to be older by this."""


class Departure(Struct, frozen=True):
    """The new name of a file, or the file that was compressed from it; neither if it was removed."""

    renamed_to: Path | None = None
    compressed_as: Path | None = None


def departure_of(path: Path, identity: Identity, modified: float | None) -> Departure:
    """Return what became of the file that was at `path` and was last written at `modified`, in seconds since 1970.

    It is looked for in its own directory, also under the names that log rotation gives (`a.ndjson.1.gz`).
    """
    compressed: list[tuple[int, Path]] = []
    try:
        with os.scandir(path.parent) as entries:
            for entry in entries:
                if entry.inode() == identity.inode and Identity.of(os.stat(entry.path)) == identity:
                    return Departure(renamed_to=path.with_name(entry.name))
                if entry.name.startswith(path.name) and is_compressed(entry.name):
                    added = entry.name.removeprefix(path.name)
                    is_recent = modified is not None and os.stat(entry.path).st_mtime >= modified - _MTIME_STEP_S
                    if added in COMPRESSED_SUFFIXES or is_recent:
                        compressed.append((len(added), path.with_name(entry.name)))
    except OSError:  # the directory is gone, too, or changes at the moment
        return Departure()
    return Departure(compressed_as=min(compressed)[1] if compressed else None)


def read_beyond(compressed: Path, position: ReadPosition) -> Iterator[bytes]:
    """Yield what a compressed file holds beyond the position up to which it was read before it was compressed.

    Nothing if it does not continue what was read. Raises UnreadableError if it cannot be read or decompressed.
    """
    offset, before = 0, b""
    with closing(open_compressed(compressed)) as file:
        while data := file.read(_CHUNK):
            if offset < position.offset <= offset + len(data):
                skipped = position.offset - offset
                if not (before + data[:skipped]).endswith(position.before):
                    return
                if skipped < len(data):
                    yield data[skipped:]
            elif offset >= position.offset:
                yield data
            before = (before + data)[-len(position.before) :] if position.before else b""
            offset += len(data)
