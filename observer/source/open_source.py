"""The source for a path: a file that is followed, a packed one that is read, or standard input."""

from pathlib import Path

from observer.source.items import Follow, Source
from observer.source.locate import PACKED, STDIN
from observer.source.seek import Start


def only_forwards(path: Path) -> bool:
    """Tell whether a path can only be read from its first byte on."""
    return path == STDIN or path.name.endswith(PACKED)


def source_of(path: Path, *, start: Start | None = None, follow: Follow = Follow.FILE) -> Source:
    """Return the source for `path`; `start` and `follow` are for files that can be read anywhere."""
    if path == STDIN:
        from observer.source.stdin import StdinSource

        return StdinSource()
    if path.name.endswith(PACKED):
        from observer.source.compressed import PackedSource

        return PackedSource(path)
    from observer.source.file import FileSource

    return FileSource(path, start=start, follow=follow)
