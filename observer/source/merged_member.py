"""One run file among several that are watched together: its lines wait until it is their turn."""

import os
from collections import deque
from collections.abc import AsyncGenerator
from pathlib import Path

from observer.errors import UnreadableError
from observer.format.lines import Line, Oversize
from observer.source.compressed import CompressedSource
from observer.source.file import FileSource
from observer.source.items import Follow, Idle, Item, Lines, Notice, NoticeKind, PartialLine, Tagged
from observer.source.locate import COMPRESSED_SUFFIXES, PATH_NAMES, DisplayNames
from observer.source.seek import StartPosition, time_of

FIRST_CHUNK = 4 * 1024
"""Bytes that are read of a file to know when its first line was written: all of them wait in memory for their turn."""
PARKED_AFTER_S = 60.0
"""A file that was not written for so long need not stay open where there are many."""
CHUNK = 64 * 1024
"""Bytes read at once of a file whose turn it is."""


class Member:
    """A file with its lines that wait, and whether it has been read to its end.

    `named` tells that somebody asked for this very file, rather than for the folder it is in.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        start: StartPosition,
        follow: Follow,
        *,
        named: bool,
        names: DisplayNames = PATH_NAMES,
    ) -> None:
        self.path = path
        self.name = name
        self.named = named
        self.packed = path.name.endswith(COMPRESSED_SUFFIXES)
        self.file: FileSource | CompressedSource = (
            CompressedSource(path, chunk=FIRST_CHUNK)
            if self.packed
            else FileSource(path, start=start, follow=follow, chunk=FIRST_CHUNK, names=names)
        )
        self.crowded = False
        """Whether there are so many files that those that wait for their turn cannot all be open."""
        self.waiting: deque[Line | Oversize] = deque()
        self.end: Idle | None = None

    @property
    def at_end(self) -> bool:
        """Whether it was read to its end."""
        return self.end is not None

    def go_on(self) -> None:
        """Look for more behind what was the end."""
        self.end = None

    @property
    def living(self) -> bool:
        """Whether somebody may still write it."""
        return self.end is None or self.end.locked is not False

    @property
    def stamp(self) -> float:
        """When the first line that waits was written; one without a time goes at once."""
        line = self.waiting[0]
        return (time_of(line) if isinstance(line, Line) else None) or 0.0

    def is_among(self, touched: frozenset[str]) -> bool:
        """Tell whether the file, by its own name or the one that a link gives it, was touched."""
        return self.path.name in touched or (self.named and os.path.basename(os.path.realpath(self.path)) in touched)

    def told(self, item: Item) -> Tagged:
        """The item as one of this file's."""
        return Tagged(self.name, item)

    async def look(self) -> list[Item]:
        """Look once; lines go to those that wait, all else but the end is returned.

        Raises UnreadableError of a file that somebody named; another one must not end the view of all.
        """
        try:
            found = await self.file.next(_stay)
        except UnreadableError as error:
            if self.named:
                raise
            self.end = Idle(locked=False)
            return [Notice(NoticeKind.UNREADABLE, str(error))]
        others: list[Item] = []
        for item in found:
            match item:
                case Lines(lines):
                    self.waiting.extend(lines)
                case PartialLine(line):
                    self.waiting.append(line)
                case Idle():
                    self.end = item
                case _:
                    others.append(item)
        return others

    async def fill(self) -> AsyncGenerator[Tagged, None]:
        """Read on until lines wait or the end is reached."""
        while not self.waiting and not self.at_end:
            for item in await self.look():
                yield self.told(item)
            self.file.chunk = min(CHUNK, 2 * self.file.chunk)

    def rest_if_crowded(self) -> None:
        """In a crowd, let go of a file that nobody has written for a while.

        One that was would lose what is written just before it is renamed or removed.
        """
        if self.crowded and self.file.idle_s() > PARKED_AFTER_S:
            self.file.park()

    def take(self, until: float) -> list[Line | Oversize]:
        """Take the first line that waits, and those after it that are not newer than `until`."""
        lines = [self.waiting.popleft()]
        while self.waiting and self.stamp <= until:
            lines.append(self.waiting.popleft())
        return lines


def _stay() -> None:
    """A file of several does not move the watcher, which watches whole folders."""
