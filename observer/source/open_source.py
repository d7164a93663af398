"""Chooses the source for a path: a file is followed, a compressed file or standard input is read to its end."""

from pathlib import Path

from observer.source.items import Follow, Source
from observer.source.locate import COMPRESSED_SUFFIXES, PATH_NAMES, STDIN, DisplayNames
from observer.source.seek import StartPosition


def is_unseekable(path: Path) -> bool:
    """Return whether a path can only be read from its first byte on."""
    return path == STDIN or path.name.endswith(COMPRESSED_SUFFIXES)


def open_source(
    path: Path, *, start: StartPosition | None = None, follow: Follow = Follow.FILE, names: DisplayNames = PATH_NAMES
) -> Source:
    """Return the source for `path`; `start` and `follow` only apply to files that are seekable."""
    if path == STDIN:
        from observer.source.stdin import StdinSource

        return StdinSource()
    if path.name.endswith(COMPRESSED_SUFFIXES):
        from observer.source.compressed import CompressedSource

        return CompressedSource(path)
    from observer.source.file import FileSource

    return FileSource(path, start=start, follow=follow, names=names)
