"""One of several run files that are merged by time: its lines are read ahead and wait for their turn."""

import os
import time
from collections import deque
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING

from observer.errors import UnreadableError
from observer.format.line import Line, Oversize
from observer.source.compressed import CompressedSource
from observer.source.file_reader import FileReader
from observer.source.followed_file import FollowedFile
from observer.source.items import Follow, Idle, Item, Lines, Notice, NoticeKind, PartialLine, Tagged
from observer.source.locate import PATH_NAMES, DisplayNames, is_compressed
from observer.source.seek import StartPosition, time_of
from observer.source.watcher import Watcher

if TYPE_CHECKING:
    from observer.dialects.prices import Prices
    from observer.source.translated import TranslatedSource

FIRST_CHUNK = 4 * 1024
"""Bytes that are read of each file to learn when its first line was written; all of them are held in memory."""
PARKED_AFTER_S = 60.0
"""Among many files, one that was not written for this long need not stay open."""
CHUNK = 64 * 1024
"""Bytes read at once of the file whose turn it is."""


class Member:
    """A file, the lines that were read ahead, and whether it was read to its end.

    `named` means that the user named the file itself, rather than the directory that contains it. A compressed session
    of another program is translated with `prices`, unless it shall not `translate`.
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
        prices: "Prices | None" = None,
        translate: bool = True,
    ) -> None:
        self.path = path
        self.file_name = path.name
        self.name = name
        self.named = named
        self.compressed = is_compressed(path)
        self.file: FollowedFile | CompressedSource = (
            CompressedSource(path, chunk=FIRST_CHUNK)
            if self.compressed
            else FollowedFile(path, start=start, follow=follow, chunk=FIRST_CHUNK, names=names)
        )
        self._translated = _translated(self.file, path, prices) if translate else None
        self.among_many = False
        """Whether there are too many files for all of them to be open."""
        self.waiting: deque[Line | Oversize] = deque()
        self.end: Idle | None = None
        self._attached: FileReader | None = None
        self._attached_name = path.name

    @property
    def at_end(self) -> bool:
        """Whether it was read to its end."""
        return self.end is not None

    def rest(self) -> PartialLine | None:
        """Return the bytes after the last newline read so far; nothing if they are another program's."""
        return (self._translated or self.file).rest()

    def resume(self) -> None:
        """Continue reading after an earlier end."""
        self.end = None

    @property
    def may_grow(self) -> bool:
        """Whether the file may still be written; not every writer holds a lock."""
        if self.end is None or self.end.locked is not False:
            return True
        return self.file.is_open and time.time() - (self.end.modified or 0.0) < PARKED_AFTER_S

    @property
    def is_slow(self) -> bool:
        """Whether the file system was slow when the file was read last."""
        return isinstance(self.file, FollowedFile) and self.file.reader is not None and self.file.reader.is_slow

    def attach_to(self, watcher: Watcher) -> None:
        """Let a watcher report changes of the file at once as long as it is open and may grow."""
        reader = (
            self.file.reader if isinstance(self.file, FollowedFile) and self.file.is_open and self.may_grow else None
        )
        if reader is not self._attached:
            self._attached_name = self.path.name if reader is None or not self.named else reader.real_path.name
            watcher.attach_instead(self._attached, reader, self._attached_name)
            self._attached = reader

    @property
    def stamp(self) -> float:
        """The time of the first waiting line, in seconds since 1970; 0 for a line without a time."""
        line = self.waiting[0]
        return (time_of(line) if isinstance(line, Line) else None) or 0.0

    def is_among(self, names: frozenset[str]) -> bool:
        """Return whether the name of the file, or of the file that it links to, is one of those."""
        if not names:
            return False
        return self.file_name in names or (self.named and os.path.basename(os.path.realpath(self.path)) in names)

    def is_attached_as(self, names: frozenset[str]) -> bool:
        """Return whether one of those is the name under which changes of the file are reported at once."""
        return self._attached is not None and self._attached_name in names

    def tag(self, item: Item) -> Tagged:
        """Return an item of this file with its origin."""
        return Tagged(self.name, item)

    async def read_next(self, *, just_written: bool = False) -> list[Item]:
        """Read once: lines are added to the waiting ones, other items than `Idle` are returned.

        `just_written` is whether an event has just reported a write to the file. Raises UnreadableError only for a
        file that the user named; any other must not end the view of all.
        """
        try:
            if isinstance(self.file, FollowedFile):
                items = await self.file.next(_ignore, just_written=just_written)
            else:
                items = self._translate(await self.file.next(_ignore))
        except UnreadableError as error:
            if self.named:
                raise
            self.end = Idle(locked=False)
            return [Notice(NoticeKind.UNREADABLE, str(error))]
        others: list[Item] = []
        for item in items:
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

    def _translate(self, items: list[Item]) -> list[Item]:
        """Return items of a compressed file as those of a run; the last one of the file is `Idle`."""
        if self._translated is None:
            return items
        translated = [output for item in items for output in self._translated.take(item)]
        if any(isinstance(item, Idle) for item in items):
            translated += self._translated.finish()
        return [item for item in translated if not isinstance(item, Tagged)]

    async def read_ahead(self) -> AsyncGenerator[Tagged, None]:
        """Read until lines are waiting or the end is reached."""
        while not self.waiting and not self.at_end:
            for item in await self.read_next():
                yield self.tag(item)
            self.file.chunk = min(CHUNK, 2 * self.file.chunk)

    def park_if_idle(self) -> None:
        """Close the file if there are many and it has not been written for a while.

        A file that is still written stays open: what is written just before it is renamed or removed would be lost.
        """
        if self.among_many and self.file.idle_s() > PARKED_AFTER_S:
            self.file.park()

    def take(self, until: float) -> list[Line | Oversize]:
        """Remove and return the first waiting line, and those after it that are not newer than `until`."""
        lines = [self.waiting.popleft()]
        while self.waiting and self.stamp <= until:
            lines.append(self.waiting.popleft())
        return lines


def _translated(
    file: FollowedFile | CompressedSource, path: Path, prices: "Prices | None"
) -> "TranslatedSource | None":
    """Return what translates a compressed file, if it is one; other files of other programs have copies."""
    if isinstance(file, FollowedFile):
        return None
    from observer.source.translated import TranslatedSource  # noqa: PLC0415 - the dialects, and not for run files

    return TranslatedSource(file, str(path), prices=prices, clock=file.modified, is_saved=True)


def _ignore() -> None:
    """Do nothing: the watcher of several files watches whole directories."""
