"""Publishes what the stream lacks of one run file.

Nothing that was read is kept: when it is not known what was stored, the stream is queried, and the file is read from
there.
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
from observer.nats.stream import StoredEnd, Stream
from observer.source.file_change import FileChange, FileStamp, stamp_at
from observer.source.file_reader import FileReader, ReadResult
from observer.source.items import Notice, NoticeKind
from observer.source.locate import run_id
from observer.source.open_run_file import open_run_file
from observer.source.rounds import ROUND_S, SWEEP_S

CHUNK = 128 * 1024
"""Bytes read, and published, at once; more only for a longer line."""
MAX_MESSAGES = 1024
"""Messages published at once, at most."""
_BATCHES_PER_TURN = 16
_PAUSES_S = (0.0, 0.05, 0.2, 1.0, 5.0)
"""Seconds before the stream is queried again, by the number of conflicts since something was stored."""

P = ParamSpec("P")
T = TypeVar("T")


class RelayIntervals(Struct, frozen=True):
    """The intervals at which a relay checks files, and how long it waits for them, in seconds."""

    settled_s: float = 2.0
    """A partial last line of a dead writer that has not changed for this long is published as it is."""
    silent_s: float = 60.0
    """The same if it is unknown whether the writer is alive. A file unchanged for this long is closed."""
    round_s: float = ROUND_S
    """Interval for checking runs that may still be written, even without change events."""
    sweep_s: float = SWEEP_S
    """Interval for checking all other runs, and the directory."""


class RelayFile:
    """One run file; `advance` publishes what the stream lacks of it.

    If the stream has something else of its run, the file is skipped; but one that `is_copy` is published from its
    beginning, under its name with `.2` behind it, or the next number.
    """

    def __init__(self, path: Path, intervals: RelayIntervals, *, is_copy: bool = False) -> None:
        self.path = path
        self._intervals = intervals
        self._is_copy = is_copy
        self._edition = 1
        self.run = run_id(path)
        self.published = 0
        """The number of lines, and parts of lines, that were stored."""
        self.problem: str | None = None
        """The reason why nothing more of it is published, as a sentence."""
        self.gone = False
        """Whether the file is gone, and was published to its end."""
        self._skipped = False
        self._file: FileReader | None = None
        self._parked = False
        self._end: int | None = None  # offset up to which the stream has the file; None: unknown
        self._sequence: int | None = None  # of its last message; None: the stream must be queried
        self._unconfirmed: list[int] = []  # ends of pieces that may have been stored
        self._stamp: FileStamp | None = None
        self._partial = False
        self._locked: bool | None = None
        self._grew_at = float("-inf")  # by the clock `time.monotonic`
        self._batch_limit = MAX_MESSAGES
        self._conflicts = 0

    @property
    def known(self) -> int | None:
        """The sequence number of its last message in the stream, None if the stream must be queried."""
        return self._sequence

    @property
    def is_active(self) -> bool:
        """Whether it may still be written, or its last line is partial. Not every writer holds a lock."""
        grew_lately = time.monotonic() - self._grew_at < self._intervals.silent_s
        return self._locked is not False or self._partial or grew_lately

    @property
    def is_open(self) -> bool:
        """Whether it holds a file descriptor."""
        return self._file is not None and not self._parked

    def park(self) -> None:
        """Close the file until its next turn."""
        if self._file is not None:
            self._file.park()
            self._parked = True

    def may_have_changed(self) -> bool:
        """Return whether there may be something to publish; costs one `stat`."""
        return not self._skipped and (self._partial or self._stamp != stamp_at(self.path) or self._stamp is None)

    def forget(self) -> None:
        """Publish everything again: the stream has nothing of it any more."""
        self._end = self._sequence = None
        self._stamp = None
        self._unconfirmed = []

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._parked = False

    async def advance(self, stream: Stream, publisher: Publisher) -> bool:
        """Publish the available lines, at most one turn's worth; return False if there are more.

        Raises ServerUnavailable if the stream accepts nothing; it is not known then what was stored.
        """
        limit = max_part_bytes(stream.max_message_bytes)
        for _ in range(_BATCHES_PER_TURN):
            if self._skipped or (self._sequence is None and not await self._query(stream)):
                return True
            pieces = await _in_thread(self._next, limit)
            if pieces is None:
                continue
            if not pieces:
                return True
            await self._publish(publisher, pieces)
        return False

    async def _publish(self, publisher: Publisher, pieces: list[Piece]) -> None:
        after, self._sequence = self._sequence, None  # until the result is known
        self._unconfirmed = [piece.end for piece in pieces]
        try:
            self._sequence = await publisher.publish(self.run, pieces, after or 0)
        except ConflictError:  # another relay publishes this run, or other messages came in between
            self._batch_limit = max(1, self._batch_limit // 8)
            await asyncio.sleep(_PAUSES_S[min(self._conflicts, len(_PAUSES_S) - 1)])
            self._conflicts += 1
            return
        self._end = pieces[-1].end
        self._count(self._end)
        self._batch_limit = min(MAX_MESSAGES, self._batch_limit * 2)
        self._conflicts = 0

    def _count(self, end: int) -> None:
        """Count the pieces sent last as published, up to `end`."""
        self.published += sum(piece_end <= end for piece_end in self._unconfirmed)
        self._unconfirmed = []

    async def _query(self, stream: Stream) -> bool:
        """Query how far the stream has this run and go there; return False if there is nothing to publish."""
        file = await _in_thread(self._open)
        if file is None:
            return False
        stored = await self._stored_end(stream, file)
        if stored is None:
            return self._skip(f"{self.path} is published by another program, without offsets")
        if stored.piece is None:
            return await self._absent(stream, file)
        if not await _in_thread(_has_piece, file, stored.piece):
            return self._skip(
                f"{self.path} differs from what stream {stream.name} has, so it was replaced or truncated"
            )
        if stored.piece.end != self._end:
            self._conflicts = 0
        self._count(stored.piece.end)
        await _in_thread(self._go_to, file, stored.piece.end, stored.sequence)
        return True

    async def _stored_end(self, stream: Stream, file: FileReader) -> StoredEnd | None:
        """Return the end of the run in the stream; of a copy, under its first name that has none other."""
        stored = await stream.stored_end(self.run)
        while self._is_copy and stored and stored.piece and not await _in_thread(_has_piece, file, stored.piece):
            self._edition += 1
            self.run = f"{run_id(self.path)}.{self._edition}"
            self._end = None if self._end is None else 0
            stored = await stream.stored_end(self.run)
        return stored

    async def _absent(self, stream: Stream, file: FileReader) -> bool:
        """Decide about a run of which the stream has nothing: not yet, not any more, or because the stream is new."""
        if self._end is None:
            if time.time() - file.idle_s() < await stream.complete_since():
                self._stamp = await _in_thread(stamp_at, self.path)  # the stream has discarded it, or would have
                self._locked = False
                return False
            self._end = 0
        elif not await stream.is_current():
            raise ServerUnavailable(f"stream {stream.name} was created again")
        await _in_thread(self._go_to, file, self._end, 0)
        return True

    def _skip(self, reason: str) -> bool:
        self.close()
        self._skipped = True
        self.problem = f"skipping it: {reason}"
        return False

    # The methods below block, and run in threads.

    def _go_to(self, file: FileReader, end: int, sequence: int) -> None:
        file.go_to(end)
        self._end, self._sequence = end, sequence

    def _open(self) -> FileReader | None:
        """Return the open file, None if it cannot be opened now."""
        if self._parked:
            self.close()
        if self._file is None:
            opened = open_run_file(self.path, chunk=CHUNK)
            if isinstance(opened, Notice):
                self.gone = opened.kind is NoticeKind.WAITING
                self.problem = None if self.gone else opened.message
                self._stamp = None  # too many open files, a bad disk: may pass without a change of the file
                return None
            self._file, self.problem = opened, None
        return self._file

    def _next(self, limit: int) -> list[Piece] | None:
        """Return the pieces to publish next, none at the end; None if another file has the name now."""
        file, end = self._file, self._end
        if file is None or end is None:
            return None
        stamp = stamp_at(self.path)
        try:
            result = self._read(file, end, limit)
            self._parked = False
            pieces = split_into_pieces(result.data, end, limit)[: self._batch_limit]
            self._partial = bool(result.data) and not pieces
            settled_s = self._intervals.settled_s if result.locked is False else self._intervals.silent_s
            if self._partial and file.idle_s() > settled_s:
                pieces, self._partial = [Piece(result.data, end, more=True)], False
            if pieces or self._partial:
                file.go_to(pieces[-1].end if pieces else end)
        except OSError as error:
            self.problem = f"cannot read {self.path} ({error.strerror})"
            self._stamp = None
            return []
        self._locked = result.locked
        self._grew_at = time.monotonic() if result.data else self._grew_at
        return pieces if pieces or self._partial else self._at_end(file, result, stamp)

    def _read(self, file: FileReader, end: int, limit: int) -> ReadResult:
        file.chunk = CHUNK
        if file.offset != end:  # what was read last was not published, or not known to be
            file.go_to(end)
        result = file.read_next()
        if len(result.data) == CHUNK <= limit and b"\n" not in result.data:
            file.chunk = limit + 1
            file.go_to(end)
            result = file.read_next()
        return result

    def _at_end(self, file: FileReader, result: ReadResult, stamp: FileStamp | None) -> list[Piece] | None:
        """Return what to publish when there is nothing more to read: nothing, or None if the file was replaced."""
        self._stamp = stamp
        if result.change in {FileChange.TRUNCATED, FileChange.REPLACED}:
            self.close()
            self._sequence = None
            return None
        if result.change is FileChange.GONE and not result.locked:
            self.close()
            self.gone = True
        elif result.locked is not True and file.idle_s() > self._intervals.silent_s:
            self.park()
        return []


def _has_piece(file: FileReader, piece: Piece) -> bool:
    """Return whether the file contains the bytes of the last message in the stream."""
    raw = piece.raw
    return file.read(len(raw), piece.offset) == raw


async def _in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking work in a thread. A cancelled caller waits for it: it must not move the file's offset afterwards."""
    future = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait([future])
        raise
