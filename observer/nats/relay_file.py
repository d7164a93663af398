"""A run file on its way into the stream: where the stream has got with it, and what is to follow.

Nothing that was read is kept: whenever it is not known what was stored, the stream is asked, and the file is read
from there.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from msgspec import Struct

from observer.nats.connection import ServerUnavailable
from observer.nats.messages import Piece, max_part_bytes, split_into_pieces
from observer.nats.publisher import ConflictError, Publisher
from observer.nats.stream import Stream
from observer.source.file_change import FileChange, FileStamp, stamp_at
from observer.source.file_reader import FileReader, ReadResult, open_file
from observer.source.items import Notice, NoticeKind
from observer.source.locate import run_id

CHUNK = 128 * 1024
"""Bytes read, and published, at once; more only where a line is longer."""
MAX_MESSAGES = 1024
"""Messages published at once."""
_BATCHES = 16
"""After so many the other runs have their turn."""
_PAUSES_S = (0.0, 0.05, 0.2, 1.0, 5.0)
"""Seconds before the stream is asked again when nothing was stored since it was asked last."""

P = ParamSpec("P")
T = TypeVar("T")


class RelayIntervals(Struct, frozen=True):
    """How often a relay looks at files, and how long it waits for them; seconds."""

    settled_s: float = 2.0
    """A dead writer's last line that was not touched for so long has no more coming."""
    silent_s: float = 60.0
    """The same where nobody can say whether the writer lives; and a file silent for so long need not stay open."""
    round_s: float = 0.5
    """Runs that may still be written are looked at this often, whatever change events say."""
    sweep_s: float = 5.0
    """All others are, and the folder."""


class RelayFile:
    """One run; `advance` publishes what the stream lacks of it."""

    def __init__(self, path: Path, pace: RelayIntervals) -> None:
        self.path = path
        self._pace = pace
        self.run = run_id(path)
        self.published = 0
        """Lines, and parts of lines, that were stored."""
        self.trouble: str | None = None
        """Why nothing more of it is published, in a sentence."""
        self.gone = False
        """Whether the file is no more, and was published to its end."""
        self._given_up = False
        self._file: FileReader | None = None
        self._parked = False
        self._end: int | None = None  # of what the stream has, in the file; None: nothing is known of it
        self._sequence: int | None = None  # of the last message there; None: the stream must be asked
        self._doubtful: list[int] = []  # ends of pieces that may have been stored
        self._seen: FileStamp | None = None
        self._torn = False
        self._locked: bool | None = None
        self._most = MAX_MESSAGES
        self._pauses = 0

    @property
    def known(self) -> int | None:
        """The sequence number of its last message in the stream, None when the stream must be asked."""
        return self._sequence

    @property
    def living(self) -> bool:
        """Whether somebody may still write it, or its last line waits for its end."""
        return self._locked is not False or self._torn

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor."""
        return self._file is not None and not self._parked

    def park(self) -> None:
        """Close the file until its next turn."""
        if self._file is not None:
            self._file.park()
            self._parked = True

    def may_have_changed(self) -> bool:
        """Tell whether there may be something to do; touches nothing but the file's name."""
        return not self._given_up and (self._torn or self._seen != stamp_at(self.path) or self._seen is None)

    def forget(self) -> None:
        """Begin anew: the stream has nothing of it any more."""
        self._end = self._sequence = None
        self._seen = None
        self._doubtful = []

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._parked = False

    async def advance(self, stream: Stream, publisher: Publisher) -> bool:
        """Publish what there is; False when more waits for the next turn.

        Raises ServerUnavailable when the stream takes nothing: what was stored is not known then.
        """
        longest = max_part_bytes(stream.max_message_bytes)
        for _ in range(_BATCHES):
            if self._given_up or (self._sequence is None and not await self._ask(stream)):
                return True
            pieces = await _done(self._next, longest)
            if pieces is None:
                continue
            if not pieces:
                return True
            await self._publish(publisher, pieces)
        return False

    async def _publish(self, publisher: Publisher, pieces: list[Piece]) -> None:
        after, self._sequence = self._sequence, None  # until it is known how this ends
        self._doubtful = [piece.end for piece in pieces]
        try:
            self._sequence = await publisher.publish(self.run, pieces, after or 0)
        except ConflictError:  # another relay is at work here, or other lines came between ours
            self._most = max(1, self._most // 8)
            await asyncio.sleep(_PAUSES_S[min(self._pauses, len(_PAUSES_S) - 1)])
            self._pauses += 1
            return
        self._end = pieces[-1].end
        self._count(self._end)
        self._most = min(MAX_MESSAGES, self._most * 2)
        self._pauses = 0

    def _count(self, end: int) -> None:
        """Count what was sent last as published, as far as the stream has it."""
        self.published += sum(sent <= end for sent in self._doubtful)
        self._doubtful = []

    async def _ask(self, stream: Stream) -> bool:
        """Ask how far the stream has got and go there; False when there is nothing to do."""
        file = await _done(self._opened)
        if file is None:
            return False
        mark = await stream.stored_end(self.run)
        if mark is None:
            return self._give_up(f"{self.path} is published by another program, which does not say where lines stand")
        if mark.piece is None:
            return await self._absent(stream, file)
        if not await _done(_has, file, mark.piece):
            return self._give_up(f"{self.path} is not what {stream.name} has of it, so it was replaced or cut short")
        if mark.piece.end != self._end:
            self._pauses = 0
        self._count(mark.piece.end)
        await _done(self._go_to, file, mark.piece.end, mark.sequence)
        return True

    async def _absent(self, stream: Stream, file: FileReader) -> bool:
        """Go on with a run of which the stream has nothing: nothing yet, or nothing any more, or it is a new stream."""
        if self._end is None:
            if time.time() - file.idle_s() < await stream.complete_since():
                self._seen = await _done(stamp_at, self.path)  # once it had been there, or would be gone if it had
                self._locked = False
                return False
            self._end = 0
        elif not await stream.is_current():
            raise ServerUnavailable(f"{stream.name} was made anew")
        await _done(self._go_to, file, self._end, 0)
        return True

    def _give_up(self, reason: str) -> bool:
        self.close()
        self._given_up = True
        self.trouble = f"{reason}: left alone"
        return False

    # what follows blocks, and runs off the event loop

    def _go_to(self, file: FileReader, end: int, sequence: int) -> None:
        file.go_to(end)
        self._end, self._sequence = end, sequence

    def _opened(self) -> FileReader | None:
        """Return the file, open; None when it cannot be opened now."""
        if self._parked:
            self.close()
        if self._file is None:
            found = open_file(self.path, chunk=CHUNK)
            if isinstance(found, Notice):
                self.gone = found.kind is NoticeKind.WAITING
                self.trouble = None if self.gone else found.message
                self._seen = None  # too many open files, a bad disk: it may pass without a change of the file
                return None
            self._file, self.trouble = found, None
        return self._file

    def _next(self, longest: int) -> list[Piece] | None:
        """Return what is to be published next, nothing at the end; None when the file is another one now."""
        file, end = self._file, self._end
        if file is None or end is None:
            return None
        seen = stamp_at(self.path)
        try:
            look = self._look(file, end, longest)
            self._parked = False
            pieces = split_into_pieces(look.data, end, longest)[: self._most]
            self._torn = bool(look.data) and not pieces
            if self._torn and file.idle_s() > (self._pace.settled_s if look.locked is False else self._pace.silent_s):
                pieces, self._torn = [Piece(look.data, end, more=True)], False
            if pieces or self._torn:
                file.go_to(pieces[-1].end if pieces else end)
        except OSError as error:
            self.trouble = f"{self.path} cannot be read ({error.strerror})"
            self._seen = None
            return []
        self._locked = look.locked
        return pieces if pieces or self._torn else self._ended(file, look, seen)

    def _look(self, file: FileReader, end: int, longest: int) -> ReadResult:
        file.chunk = CHUNK
        if file.offset != end:  # what was read before was not published, or not known to be
            file.go_to(end)
        look = file.read_next()
        if len(look.data) == CHUNK <= longest and b"\n" not in look.data:
            file.chunk = longest + 1
            file.go_to(end)
            look = file.read_next()
        return look

    def _ended(self, file: FileReader, look: ReadResult, seen: FileStamp | None) -> list[Piece] | None:
        """What follows when there is nothing more to read: nothing, unless the file is another one now."""
        self._seen = seen
        if look.change in {FileChange.TRUNCATED, FileChange.REPLACED}:
            self.close()
            self._sequence = None
            return None
        if look.change is FileChange.GONE and not look.locked:
            self.close()
            self.gone = True
        elif look.locked is not True and file.idle_s() > self._pace.silent_s:
            self.park()
        return []


def _has(file: FileReader, piece: Piece) -> bool:
    """Tell whether the file has the bytes that the stream has last."""
    raw = piece.raw
    return file.read(len(raw), piece.offset) == raw


async def _done(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what blocks in a thread; who is cancelled waits for it: it must not move the file behind our back."""
    doing = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise
