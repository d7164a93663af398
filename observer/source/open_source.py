"""Chooses the source for a path: a file is followed, a compressed file or standard input is read to its end."""

from pathlib import Path
from typing import TYPE_CHECKING

from observer.source.items import Follow, Source
from observer.source.locate import PATH_NAMES, STDIN, DisplayNames, is_compressed
from observer.source.seek import StartPosition

if TYPE_CHECKING:
    from observer.dialects.prices import Prices


def is_unseekable(path: Path) -> bool:
    """Return whether a path can only be read from its first byte on."""
    return path == STDIN or is_compressed(path)


def open_source(
    path: Path, *, start: StartPosition | None = None, follow: Follow = Follow.FILE, names: DisplayNames = PATH_NAMES,
    prices: "Prices | None" = None, translate: bool = True,
) -> Source:  # fmt: skip
    """Return the source for `path`; `start` and `follow` only apply to files that are seekable.

    `prices` apply to the runs of other programs in standard input and compressed files, by default those of the
    package. Unless it shall `translate`, their lines are returned as they are.
    """
    if path == STDIN:
        from observer.source.stdin import StdinSource
        from observer.source.translated import TranslatedSource

        source = StdinSource()
        return TranslatedSource(source, "standard input", prices=prices) if translate else source
    if is_compressed(path):
        from observer.source.compressed import CompressedSource
        from observer.source.translated import TranslatedSource

        file = CompressedSource(path)
        return (
            TranslatedSource(file, str(path), prices=prices, clock=file.modified, is_saved=True) if translate else file
        )
    from observer.source.file import FileSource

    return FileSource(path, start=start, follow=follow, names=names)
