"""A run file, followed: every line once, in order, whatever happens to the file.

Look, hand out what is new, wait for a hint, look again. The file is read off the event loop.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from aiofiles.os import wrap

from observer.errors import UnreadableError
from observer.format.lines import LineSplitter
from observer.source.file_change import FileChange
from observer.source.file_reader import CHUNK, FileReader, ReadResult, open_file
from observer.source.items import ContextLines, Follow, Idle, Item, Lines, Notice, NoticeKind, PartialLine
from observer.source.locate import PATH_NAMES, DisplayNames, run_files, run_id
from observer.source.seek import StartPosition
from observer.source.watcher import Hint, Watcher


class FileSource:
    """Follows the file at `path` from `start` on."""

    def __init__(
        self,
        path: Path,
        *,
        start: StartPosition | None = None,
        follow: Follow = Follow.FILE,
        chunk: int = CHUNK,
        names: DisplayNames = PATH_NAMES,
    ) -> None:
        self._path = path
        self._names = names
        self._name = names(path)
        self._start = start or StartPosition()
        self._follow = follow
        self._chunk = chunk
        self._file: FileReader | None = None
        self._framer = LineSplitter()
        self._said: str | None = None

    async def items(self) -> AsyncGenerator[Item, None]:
        """Yield what the file holds and gets; see `Source`.

        Raises `UnreadableError` when there is nothing to wait for: a folder, a FIFO, or, with `Follow.NOT`, no file.
        """
        try:
            async with Watcher(self._path) as wake, aclosing(self._looks(wake)) as looks:
                async for item in looks:
                    yield item
        finally:
            self.close()

    async def _looks(self, wake: Watcher) -> AsyncGenerator[Item, None]:
        loop = asyncio.get_running_loop()
        last_data = loop.time()
        hint = Hint.CHANGE
        while True:
            ended = False
            for item in await self.next(wake.moved):
                yield item
                ended = isinstance(item, Idle)
                if isinstance(item, Lines):
                    last_data = loop.time()
                    if hint is Hint.TIMER:
                        wake.missed()
                    hint = Hint.CHANGE
            if ended and self._follow is Follow.NOT:
                return
            if ended:
                hint = await wake.wait(quiet_s=loop.time() - last_data)
                if reason := wake.news():
                    yield Notice(NoticeKind.POLLING, f"looking for changes on a timer: {reason}")

    async def next(self, moved: Callable[[], None]) -> list[Item]:
        """Look once and return what came of it; it ends with `Idle` when there is nothing more to read.

        `moved` is called when the path leads elsewhere now. Raises as `items` does.
        """
        if self._file is None:
            return await self._begin(moved)
        try:
            look = await wrap(self._file.look)()
        except OSError as error:  # a bad disk, a network file system that is away
            message = f"{self._name} cannot be read ({error.strerror})"
            if self._follow is Follow.NOT:
                raise UnreadableError(message) from None
            return [*self._say(NoticeKind.UNREADABLE, f"{message}: waiting"), Idle()]
        if look.data:
            batch = Lines(self._framer.feed(look.data))
            # A short read reached the end; without a living writer it takes another look to know that it stays so.
            read_all = look.fate is FileChange.SAME and look.locked is True and len(look.data) < self._chunk
            return [batch, Idle(look.locked)] if read_all and self._follow is not Follow.NOT else [batch]
        if look.fate is FileChange.TRUNCATED:
            self._file.start_over()
            return [
                *self._fresh_framer(),
                Notice(NoticeKind.TRUNCATED, f"{self._name} was truncated: from its start"),
            ]
        if look.fate is FileChange.REPLACED and self._follow is not Follow.NOT:
            return await self._replaced(self._file, look, moved)
        gone = look.fate is FileChange.GONE and self._follow is not Follow.NOT
        items = self._say(NoticeKind.GONE, f"{self._name} was removed: waiting for it to come back") if gone else []
        self._said = self._said if gone else None
        return [*items, *(self._rest() if self._follow is Follow.NOT else []), Idle(look.locked)]

    async def _begin(self, moved: Callable[[], None]) -> list[Item]:
        """Open the file for the first time, or say why that has to wait."""
        open_file = await self._open()
        if isinstance(open_file, Notice):
            if self._follow is Follow.NOT or open_file.kind is NoticeKind.NOT_A_FILE:
                raise UnreadableError(open_file.message)
            return [*self._say(open_file.kind, f"{open_file.message}: waiting"), Idle()]
        waited, self._said = self._said, None
        self._file = open_file
        moved()
        if waited is not None:
            return [Notice(NoticeKind.FOUND, f"{self._name} is there")]
        if self._start.at_first_byte:
            return []
        self._framer = LineSplitter(await wrap(open_file.seek)(self._start, finished=self._follow is Follow.NOT))
        return [ContextLines(await wrap(open_file.context_lines)())]

    async def _replaced(self, old: FileReader, look: ReadResult, moved: Callable[[], None]) -> list[Item]:
        """Go on with the file that has the name now, unless it cannot be read or was not asked for."""
        switched = look.target is not None
        if switched and self._follow is Follow.FILE:
            message = f"{self._name} now leads to {look.target}, a newer run: -F would follow it"
            return [*self._say(NoticeKind.NEWER, message), Idle(look.locked)]
        open_file = await self._open()
        if isinstance(open_file, Notice):
            return [*self._say(open_file.kind, f"{open_file.message}: waiting"), Idle(look.locked)]
        old.close()
        self._file, self._said = open_file, None
        items = self._fresh_framer()
        if switched:
            moved()
            passed = await wrap(_between)(self._path.parent, old.target, look.target)
            more = f"; not shown: {', '.join(passed)}, which came and went meanwhile" if passed else ""
            return [*items, Notice(NoticeKind.SWITCHED, f"{self._name} now leads to {look.target}{more}")]
        return [
            *items,
            Notice(NoticeKind.REPLACED, f"{self._name} was replaced: the new one, from its start"),
        ]

    async def _open(self) -> FileReader | Notice:
        return await wrap(open_file)(self._path, chunk=self._chunk, names=self._names)

    def _fresh_framer(self) -> list[Item]:
        """Begin at offset 0 of a file; return what is left of the one before."""
        rest = self._rest()
        self._framer = LineSplitter()
        return rest

    def _rest(self) -> list[Item]:
        rest = self._framer.rest()
        return [PartialLine(rest)] if rest is not None else []

    def _say(self, kind: NoticeKind, message: str) -> list[Item]:
        """Return a notice the first time, nothing when it was the last thing said."""
        if self._said == message:
            return []
        self._said = message
        return [Notice(kind, message)]

    def rest(self, _origin: str | None = None) -> PartialLine | None:
        """Return what stands after the last newline read so far, for when its writer is known to be dead."""
        rest = self._framer.rest()
        return PartialLine(rest) if rest is not None else None

    def stirred(self) -> bool:
        """Tell whether another look may find something; blocks as long as asking the file system takes."""
        return self._file is None or self._file.stirred()

    @property
    def chunk(self) -> int:
        """How many bytes are read at once."""
        return self._chunk

    @chunk.setter
    def chunk(self, chunk: int) -> None:
        self._chunk = chunk
        if self._file is not None:
            self._file.chunk = chunk

    def idle_s(self) -> float:
        """Return how many seconds ago the file was last written."""
        return self._file.idle_s() if self._file is not None else 0.0

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor."""
        return self._file is not None and self._file.is_open

    def park(self) -> None:
        """Let go of the descriptor, not of the place: the next look opens the file again."""
        if self._file is not None:
            self._file.park()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _between(folder: Path, before: str | None, after: str | None) -> list[str]:
    """The ids of the runs that a link in `folder` may have led to between two that it did lead to."""
    if before is None or after is None or "/" in before + after:
        return []
    try:
        return [run_id(path) for path in run_files(folder) if before < path.name < after]
    except OSError:
        return []
