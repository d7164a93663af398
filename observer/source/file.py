"""Follows one run file: yields every line once, in order, whatever happens to the file.

Reads what is new, yields it, waits for a hint, reads again. The file is read off the event loop; one that is read to
its end and not followed needs none.
"""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from observer.errors import UnreadableError
from observer.format.foreign_encoding import HEAD_BYTES
from observer.format.lines import LineSplitter
from observer.source.content_notices import ContentNotices
from observer.source.departure import Departure, departure_of, read_beyond
from observer.source.file_change import FileChange
from observer.source.file_reader import CHUNK, FileReader, ReadResult, open_file
from observer.source.find import latest_readable
from observer.source.items import ContextLines, Follow, Idle, Item, Lines, Notice, NoticeKind, PartialLine, until_idle
from observer.source.locate import LATEST, PATH_NAMES, DisplayNames, runs_between
from observer.source.off_loop import off_loop, pause
from observer.source.seek import StartPosition

_EMPTY_AFTER_S = 5.0
"""Seconds after which a file without a byte is not one whose writer has just created it."""


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
        self._is_newest = follow is Follow.NAME and path.name == LATEST
        self._chunk = chunk
        self._file: FileReader | None = None
        self._splitter = LineSplitter()
        self._content = ContentNotices(self._name)
        self._last_message: str | None = None
        self._waited: NoticeKind | None = None
        self._departure: tuple[bool, Departure] | None = None
        self._ended = False

    async def items(self) -> AsyncGenerator[Item, None]:
        """Yield the lines of the file, now and as they are written; see `Source`.

        Raises `UnreadableError` if waiting is useless: for a directory, a FIFO, or, with `Follow.NOT`, no file.
        """
        try:
            to_end = self._follow is Follow.NOT
            async with aclosing(until_idle(lambda: self.next(lambda: None)) if to_end else self._watch()) as items:
                async for item in items:
                    yield item
        finally:
            self.close()

    async def _watch(self) -> AsyncGenerator[Item, None]:
        """Yield the items now and as the file changes."""
        from observer.source.watcher import Hint, Watcher  # noqa: PLC0415 - needs the event loop

        others = [self._path.parent] if self._is_newest and not self._path.is_symlink() else []
        last_data = time.monotonic()
        hint = Hint.CHANGE
        attached: FileReader | None = None
        async with Watcher(self._path, directories=others) as watcher:
            while True:
                ended = False
                for item in await self.next(watcher.path_changed, just_written=bool(watcher.changed_names)):
                    yield item
                    ended = isinstance(item, Idle)
                    if isinstance(item, Lines):
                        last_data = time.monotonic()
                        if hint is Hint.TIMER:
                            watcher.timer_found_data()
                        hint = Hint.CHANGE
                if ended and self._ended:
                    return
                if ended:
                    if attached is not self._file:
                        name = "" if self._file is None else self._file.real_path.name
                        watcher.attach_instead(attached, self._file, name)
                        attached = self._file
                    hint = await watcher.wait(quiet_s=time.monotonic() - last_data)
                    for notice in watcher.take_warnings():
                        yield notice

    async def next(self, path_changed: Callable[[], None], *, just_written: bool = False) -> list[Item]:
        """Read once and return the items; the last one is `Idle` if there is nothing more to read.

        `path_changed` is called when the path points to another file. `just_written` is whether an event has just
        reported a write to the file: what is new is in memory then, and is read on the event loop if it is little,
        before anything else is found out about the file. Raises as `items` does.
        """
        if self._file is None:
            return await self._begin(path_changed)
        try:
            if just_written and (data := self._file.read_appended()):
                return self._take(self._file, data)
            if self._file.is_quick(just_written=just_written):
                result = self._file.read_next()
            elif self._file.is_cached():
                await pause()  # else nothing else would run until the end of a long file
                result = self._file.read_next()
            else:
                result = await off_loop(self._file.read_next)
        except OSError as error:  # a bad disk, or an unreachable network file system
            message = f"cannot read {self._name} ({error.strerror})"
            if self._follow is Follow.NOT:
                raise UnreadableError(message) from None
            return [*self._notify(NoticeKind.UNREADABLE, f"{message}; waiting"), Idle()]
        if result.data:
            items = self._take(self._file, result.data)
            # A short read reached the end; if no writer is alive, only another read shows that this is final.
            at_end = result.change is FileChange.SAME and result.locked is True and len(result.data) < self._chunk
            return (
                [*items, Idle(result.locked, result.modified)] if at_end and self._follow is not Follow.NOT else items
            )
        if result.change is FileChange.TRUNCATED:
            self._file.start_over()
            return [
                *self._reset_splitter(),
                Notice(NoticeKind.TRUNCATED, f"{self._name} was truncated; reading it again from its start"),
            ]
        if result.change is FileChange.REPLACED and self._follow is not Follow.NOT:
            return await self._replaced(self._file, result, path_changed)
        return [*await self._at_end(self._file, result), Idle(result.locked, result.modified)]

    def _take(self, file: FileReader, data: bytes) -> list[Item]:
        """Return the lines that end in the next bytes of a file, and what there is to say of these."""
        notices = self._content.take(data, file.offset - len(data))
        return [*notices, Lines(self._splitter.feed_block(data))]

    async def _begin(self, path_changed: Callable[[], None]) -> list[Item]:
        """Open the file for the first time, or return a notice about what is being waited for."""
        open_file = await self._open()
        if isinstance(open_file, Notice):
            if self._follow is Follow.NOT or open_file.kind is NoticeKind.NOT_A_FILE:
                raise UnreadableError(open_file.message)
            if self._waited is not NoticeKind.WAITING:  # what did not exist is new, even if it could not be read first
                self._waited = open_file.kind
            return [*self._notify(open_file.kind, _waiting(open_file)), Idle()]
        waited, self._waited = self._waited, None
        self._last_message = None
        self._file = open_file
        path_changed()
        if waited is NoticeKind.WAITING:
            return [Notice(NoticeKind.FOUND, f"{self._name} exists now")]
        found = [Notice(NoticeKind.FOUND, f"{self._name} can be read now")] if waited is not None else []
        if self._start.at_first_byte:
            return list[Item](found)
        self._splitter = LineSplitter(await off_loop(open_file.seek, self._start, finished=self._follow is Follow.NOT))
        notices = self._content.take_head(head) if (head := await off_loop(open_file.read, HEAD_BYTES, 0)) else []
        return [*found, *notices, ContextLines(await off_loop(open_file.context_lines))]

    async def _at_end(self, file: FileReader, result: ReadResult) -> list[Item]:
        """Return what there is to say at the end of the file: that it is gone or empty, or its last, partial line."""
        items: list[Item] = []
        if result.change is FileChange.GONE and self._follow is not Follow.NOT:
            items += await self._departed(file, result)
        else:
            self._last_message = self._departure = None
        if file.offset == 0 and self._is_complete(file):
            items += self._content.take_head(b"")
        if self._follow is Follow.NOT and result.locked is not True:  # else the rest of the line may still come
            items += self._rest()
        return items

    def _is_complete(self, file: FileReader) -> bool:
        """Return whether nothing is to come soon, as the file is old. A new copy has the time of its run."""
        if self._follow is Follow.NOT:
            return True
        return file.idle_s() > _EMPTY_AFTER_S and not self._names.is_copy(self._path)

    async def _departed(self, file: FileReader, result: ReadResult) -> list[Item]:
        """Say once what became of a file whose name is gone. The source ends with a file that was compressed."""
        if result.target is not None:
            message = (
                f"{self._name} now points to {result.target}, which does not exist; still reading the file before it"
            )
            return self._notify(NoticeKind.GONE, message)
        has_name = file.has_name()
        if self._departure is None or self._departure[0] != has_name:
            departure = await off_loop(departure_of, file.real_path, file.position.identity, result.modified)
            self._departure = has_name, departure
        departure = self._departure[1]
        if departure.compressed_as is not None:
            return await self._compressed(file, departure.compressed_as, result)
        became = "removed" if departure.renamed_to is None else f"renamed to {self._names(departure.renamed_to)}"
        return self._notify(NoticeKind.GONE, f"{self._name} was {became}; waiting for it to come back")

    async def _compressed(self, file: FileReader, compressed: Path, result: ReadResult) -> list[Item]:
        """Say that the file was compressed; if it is not open any more, the compressed one has the rest of it."""
        message = f"{self._name} was compressed to {self._names(compressed)}"
        if result.locked is True:
            return self._notify(NoticeKind.GONE, f"{message}; still reading what its writer adds")
        if self._follow is Follow.NAME:
            return self._notify(NoticeKind.GONE, f"{message}; waiting for it to come back")
        self._ended = True
        notices = self._notify(NoticeKind.GONE, f"{message}; it was read to its end")
        if not notices:
            return []
        try:  # also if the file was open to its end: the compressed one may be of a fuller one
            rest = await off_loop(lambda: list(read_beyond(compressed, file.position)))
        except UnreadableError as error:
            return [*self._rest(), Notice(NoticeKind.GONE, f"{message}; what that holds beyond is lost: {error}")]
        return [*(Lines(self._splitter.feed(data)) for data in rest), *self._rest(), *notices]

    async def _replaced(self, old: FileReader, result: ReadResult, path_changed: Callable[[], None]) -> list[Item]:
        """Continue with the file that has the name now, unless it cannot be read or must not be followed."""
        switched = result.target is not None
        if switched and self._follow is Follow.FILE:
            message = f"{self._name} now points to {result.target}, another run; -F would follow it"
            return [*self._notify(NoticeKind.OTHER_RUN, message), Idle(result.locked, result.modified)]
        open_file = await self._open()
        if isinstance(open_file, Notice):
            return [*self._notify(open_file.kind, _waiting(open_file)), Idle(result.locked, result.modified)]
        if open_file.position.identity == old.position.identity:  # it has its name again
            open_file.close()
            return []
        old.close()
        self._file, self._last_message = open_file, None
        items = self._reset_splitter()
        if switched:
            path_changed()
            skipped = await off_loop(runs_between, self._path.parent, old.target, result.target)
            more = f"; not shown: {', '.join(skipped)}, to which it pointed in between" if skipped else ""
            return [*items, Notice(NoticeKind.SWITCHED, f"{self._name} now points to {result.target}{more}")]
        return [
            *items,
            Notice(NoticeKind.REPLACED, f"{self._name} was replaced; reading the new file from its start"),
        ]

    async def _open(self) -> FileReader | Notice:
        resolve = latest_readable if self._is_newest else None
        return await off_loop(open_file, self._path, chunk=self._chunk, names=self._names, resolve=resolve)

    def _reset_splitter(self) -> list[Item]:
        """Start at offset 0 of a file; return the partial line of the previous content."""
        rest = self._rest()
        self._splitter = LineSplitter()
        self._content = ContentNotices(self._name)
        return rest

    def _rest(self) -> list[Item]:
        rest = self._splitter.rest()
        return [PartialLine(rest)] if rest is not None else []

    def _notify(self, kind: NoticeKind, message: str) -> list[Item]:
        """Return a notice, or nothing if the last one had the same message."""
        if self._last_message == message:
            return []
        self._last_message = message
        return [Notice(kind, message)]

    def rest(self, _origin: str | None = None) -> PartialLine | None:
        """Return the bytes after the last newline read so far, for when the writer is known to be gone."""
        rest = self._splitter.rest()
        return PartialLine(rest) if rest is not None else None

    def may_have_changed(self) -> bool:
        """Return whether `next` may return something new; blocks while the file system is queried."""
        return self._file is None or self._file.may_have_changed()

    @property
    def chunk(self) -> int:
        """Bytes read at once."""
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
    def reader(self) -> FileReader | None:
        """What reads the file, None before it was opened."""
        return self._file

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor."""
        return self._file is not None and self._file.is_open

    def park(self) -> None:
        """Close the descriptor but keep the offset: the next read opens the file again."""
        if self._file is not None:
            self._file.park()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _waiting(notice: Notice) -> str:
    return (
        f"{notice.message} yet; waiting for it" if notice.kind is NoticeKind.WAITING else f"{notice.message}; waiting"
    )
