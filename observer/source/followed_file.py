"""A run file that is followed: each read returns the lines that are new, and what happened to the file.

Every line is returned once, in order, whatever happens to the file. It is read off the event loop; where none runs, in
place.
"""

from collections.abc import Callable
from pathlib import Path

from observer.errors import UnreadableError
from observer.format.foreign_encoding import HEAD_BYTES
from observer.source.content import Content
from observer.source.departure import Departure, departure_of, read_beyond
from observer.source.file_change import FileChange
from observer.source.file_reader import CHUNK, FileReader, ReadResult
from observer.source.find import latest_readable
from observer.source.items import ContextLines, Follow, Idle, Item, Notice, NoticeKind, PartialLine
from observer.source.locate import LATEST, PATH_NAMES, DisplayNames, runs_between
from observer.source.off_loop import off_loop, pause
from observer.source.open_run_file import open_run_file
from observer.source.seek import StartPosition

_EMPTY_AFTER_S = 5.0
"""Seconds after which a file without a byte is not one whose writer has just created it."""


class FollowedFile:
    """The file at `path`, read from `start` on, `chunk` bytes at once; see `FileSource`."""

    def __init__(
        self,
        path: Path,
        *,
        start: StartPosition | None = None,
        follow: Follow = Follow.FILE,
        chunk: int = CHUNK,
        names: DisplayNames = PATH_NAMES,
    ) -> None:
        self.chunk = chunk
        """Bytes read at once."""
        self.ended = False
        """Whether nothing can come any more, as the file was compressed."""
        self._path = path
        self._names = names
        self._name = names(path)
        self._start = start or StartPosition()
        self._follow = follow
        self.is_newest = follow is Follow.NAME and path.name == LATEST
        """Whether it is the newest run of its directory that is followed."""
        self._file: FileReader | None = None
        self._content = Content(self._name)
        self._last_message: str | None = None
        self._waited: NoticeKind | None = None
        self._departure: tuple[bool, Departure] | None = None

    async def next(self, path_changed: Callable[[], None], *, just_written: bool = False) -> list[Item]:
        """Read once and return the items; the last one is `Idle` if there is nothing more to read.

        `path_changed` is called when the path points to another file. `just_written` is whether an event has just
        reported a write to the file: what is new is in memory then, and is read on the event loop if it is little,
        before anything else is found out about the file.

        Raises `UnreadableError` if waiting is useless: for a directory, a FIFO, or, with `Follow.NOT`, no file.
        """
        if self._file is None:
            return await self._begin(path_changed)
        self._file.chunk = self.chunk
        try:
            if just_written and (data := self._file.read_appended()):
                return self._content.take(data)
            result = await _read_next(self._file, just_written=just_written)
        except OSError as error:  # a bad disk, or an unreachable network file system
            message = f"cannot read {self._name} ({error.strerror})"
            if self._follow is Follow.NOT:
                raise UnreadableError(message) from None
            return [*self._notify(NoticeKind.UNREADABLE, f"{message}; waiting"), Idle()]
        if result.data:
            items = self._content.take(result.data)
            # A short read reached the end; if no writer is alive, only another read shows that this is final.
            at_end = result.change is FileChange.SAME and result.locked is True and len(result.data) < self.chunk
            return (
                [*items, Idle(result.locked, result.modified)] if at_end and self._follow is not Follow.NOT else items
            )
        if result.change is FileChange.TRUNCATED:
            self._file.start_over()
            return [
                *self._new_content(),
                Notice(NoticeKind.TRUNCATED, f"{self._name} was truncated; reading it again from its start"),
            ]
        if result.change is FileChange.REPLACED and self._follow is not Follow.NOT:
            return await self._replaced(self._file, result, path_changed)
        return [*await self._at_end(self._file, result), Idle(result.locked, result.modified)]

    async def _begin(self, path_changed: Callable[[], None]) -> list[Item]:
        """Open the file for the first time, or return a notice about what is being waited for."""
        file = await self._open()
        if isinstance(file, Notice):
            if self._follow is Follow.NOT or file.kind is NoticeKind.NOT_A_FILE:
                raise UnreadableError(file.message)
            if self._waited is not NoticeKind.WAITING:  # what did not exist is new, even if it could not be read first
                self._waited = file.kind
            return [*self._notify(file.kind, _waiting(file)), Idle()]
        waited, self._waited = self._waited, None
        self._last_message = None
        self._file = file
        path_changed()
        if waited is NoticeKind.WAITING:
            return [Notice(NoticeKind.FOUND, f"{self._name} exists now")]
        items: list[Item] = [Notice(NoticeKind.FOUND, f"{self._name} can be read now")] if waited is not None else []
        if self._start.at_first_byte:
            return items
        offset = await off_loop(file.seek, self._start, finished=self._follow is Follow.NOT)
        self._content = Content(self._name, offset)
        if head := await off_loop(file.read, HEAD_BYTES, 0):
            items += self._content.take_head(head)
        return [*items, ContextLines(await off_loop(file.context_lines))]

    async def _at_end(self, file: FileReader, result: ReadResult) -> list[Item]:
        """Return what there is to say at the end of the file: that it is gone or empty, or its last, partial line."""
        items: list[Item] = []
        if result.change is FileChange.GONE and self._follow is not Follow.NOT:
            items += await self._departed(file, result)
        else:
            self._last_message = self._departure = None
        if self._is_complete(file):
            items += self._content.end()
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
        self.ended = True
        notices = self._notify(NoticeKind.GONE, f"{message}; it was read to its end")
        if not notices:
            return []
        try:  # also if the file was open to its end: the compressed one may be of a fuller one
            rest = await off_loop(lambda: list(read_beyond(compressed, file.position)))
        except UnreadableError as error:
            return [*self._rest(), Notice(NoticeKind.GONE, f"{message}; what that holds beyond is lost: {error}")]
        return [*(item for data in rest for item in self._content.take(data)), *self._rest(), *notices]

    async def _replaced(self, old: FileReader, result: ReadResult, path_changed: Callable[[], None]) -> list[Item]:
        """Continue with the file that has the name now, unless it cannot be read or must not be followed."""
        switched = result.target is not None
        if switched and self._follow is Follow.FILE:
            message = f"{self._name} now points to {result.target}, another run; -F would follow it"
            return [*self._notify(NoticeKind.OTHER_RUN, message), Idle(result.locked, result.modified)]
        new = await self._open()
        if isinstance(new, Notice):
            return [*self._notify(new.kind, _waiting(new)), Idle(result.locked, result.modified)]
        if new.position.identity == old.position.identity:  # it has its name again
            new.close()
            return []
        old.close()
        self._file, self._last_message = new, None
        items = self._new_content()
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
        resolve = latest_readable if self.is_newest else None
        return await off_loop(open_run_file, self._path, chunk=self.chunk, names=self._names, resolve=resolve)

    def _new_content(self) -> list[Item]:
        """Start at offset 0 of a file; return the partial line of the previous content."""
        rest = self._rest()
        self._content = Content(self._name)
        return rest

    def _rest(self) -> list[Item]:
        rest = self._content.rest()
        return [rest] if rest is not None else []

    def _notify(self, kind: NoticeKind, message: str) -> list[Item]:
        """Return a notice, or nothing if the last one had the same message."""
        if self._last_message == message:
            return []
        self._last_message = message
        return [Notice(kind, message)]

    def rest(self, _origin: str | None = None) -> PartialLine | None:
        """Return the bytes after the last newline read so far, for when the writer is known to be gone."""
        return self._content.rest()

    def may_have_changed(self) -> bool:
        """Return whether `next` may return something new; blocks while the file system is queried."""
        return self._file is None or self._file.may_have_changed()

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


async def _read_next(file: FileReader, *, just_written: bool) -> ReadResult:
    """Read a chunk: on the event loop, unless that may take long."""
    if file.is_quick(just_written=just_written):
        return file.read_next()
    if file.is_cached():
        await pause()  # else nothing else would run until the end of a long file
        return file.read_next()
    return await off_loop(file.read_next)


def _waiting(notice: Notice) -> str:
    return (
        f"{notice.message} yet; waiting for it" if notice.kind is NoticeKind.WAITING else f"{notice.message}; waiting"
    )
