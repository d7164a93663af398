"""Keeps copies of runs up to what a stream has: it begins where somebody wants to read, and goes on where it was."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NothingYetError
from nats.js.api import ConsumerConfig, DeliverPolicy

from observer.nats.address import Address
from observer.nats.connection import (
    LONGEST_PAUSE_S,
    Connection,
    Connector,
    NoStreamError,
    Patience,
    ServerUnavailable,
    first_of,
)
from observer.nats.local_copy import LocalCopies
from observer.nats.messages import SUBJECTS, piece_of, run_of, subject_of
from observer.nats.stream_seek import RECENT, Message, Places, meant
from observer.source.items import Follow
from observer.source.locate import LATEST as LINK
from observer.source.mirror import CopyRequest
from observer.source.seek import StartPosition

ALL = "*"
LATEST = "latest"
_ALL_TOLD = 3
"""Who has nothing to read yet waits so many times as long in all, where servers come back without giving anything."""
_SOON_S = 1.0
"""Somebody who has nothing to read yet tries again after so long at most."""
_NEWER_S = 1.0
"""Whether there is a newer run is asked so often."""
_AT_ONCE = 256
"""Questions about runs that are asked together."""
_WRITTEN = 500
"""Messages that are written at once, at most."""
_PENDING = 64 * 1024 * 1024
"""Bytes that may wait to be written."""

Ready = Callable[[str], None]
Say = Callable[[str], None]


class _NewerError(Exception):
    """There is another latest run."""


class Fetcher:
    """Copies the run that an address names, or all of them."""

    def __init__(self, address: Address, connector: Connector, want: CopyRequest, copies: LocalCopies) -> None:
        self._address = address
        self._connector = connector
        self._want = want
        self._copies = copies
        self._all = address.run in {"", ALL} or want.ends
        self._linked = not self._all and (address.run == LATEST or want.patient)
        self._run: str | None = None  # the one that is copied, once it is known
        self._sequence = 0  # of the last message that was written
        self._born: object = None
        self._away = False
        self._silent_since = self._nothing_since = 0.0
        self._ready: Ready | None = None
        self._say: Say = _nothing

    async def run(self, ready: Ready, say: Say) -> None:
        """Copy until cancelled, or until all that was there is copied if nothing is followed.

        `ready` is told the path once it can be read, `say` a sentence when the servers go away and come back.
        Raises UnreadableError, and AwayError when nobody was there in time.
        """
        self._ready, self._say = ready, say
        patience = Patience()
        self._silent_since = self._nothing_since = time.monotonic()
        while True:
            before = self._sequence
            try:
                async with self._connector.connection() as connection:
                    return await self._session(connection)
            except _NewerError:
                continue
            except ServerUnavailable as error:
                if self._born is not None and not self._away:  # they had answered until now
                    self._silent_since = time.monotonic()
                if self._sequence > before:
                    self._nothing_since = time.monotonic()
                if self._gives_up(error):
                    raise
                if not self._away:
                    if self._want.patient:
                        self._tell(self._path())
                    say(f"{error}: waiting")
                self._away = True
            waits = _SOON_S if self._ready is not None else LONGEST_PAUSE_S
            await patience.wait(well=self._sequence > before, longest_s=waits)

    def _gives_up(self, error: ServerUnavailable) -> bool:
        """Tell whether somebody who has nothing to read yet need not wait: a stream that has no leader will get one."""
        if self._ready is None or self._want.patient:
            return False
        now, within_s = time.monotonic(), self._want.within_s
        waited = now - self._silent_since >= within_s or now - self._nothing_since >= _ALL_TOLD * within_s
        return isinstance(error, NoStreamError) or waited

    async def _session(self, connection: Connection) -> None:
        """Copy on one connection. Raises AwayError when it breaks, _NewerError when another run is the latest."""
        places = Places(connection, self._address.stream)
        if not self._all and self._run is None:
            self._run = await self._chosen(places)
        if self._run is not None and self._linked:
            self._copies.point_to(self._run)
        path = self._path()
        target = await self._target(places)
        if self._away:
            self._say(f"{self._address} is there again")
            self._away = False
        begin = self._sequence + 1 if 0 < self._sequence <= target else await self._place(places)
        if self._want.ends and self._sequence == 0:
            await self._take_ends(places, begin)
        if self._want.follow is not Follow.NOT and self._want.start.at_first_byte and not self._want.ends:
            self._tell(path)  # what is there can be read while it comes
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = [tasks.create_task(connection.broken(self._address))]
                if self._address.run == LATEST and self._want.follow is Follow.NAME:
                    watching.append(tasks.create_task(self._newer(places)))
                await self._copy(connection, begin, target, path)
                for task in watching:
                    task.cancel()
        except BaseExceptionGroup as group:
            raise first_of(group) from None

    def _path(self) -> str:
        """What can be read: a folder, or a file, by way of a link where it is not known yet which."""
        if self._run is None and not self._linked:
            return f"{self._copies.folder}/"
        return str(self._copies.folder / LINK if self._linked or self._run is None else self._copies.begin(self._run))

    async def _chosen(self, places: Places) -> str:
        """Return the run that is meant; somebody patient waits for it."""
        while True:
            runs = await places.runs()
            name = self._address.run
            if name == LATEST and (runs or self._want.follow is Follow.NOT):
                return runs[-1] if runs else meant("", runs, self._address)
            if name != LATEST and (not self._want.patient or any(run.startswith(name) for run in runs)):
                return meant(name, runs, self._address)
            if self._linked and self._want.follow is not Follow.NOT:
                self._tell(self._path())
            await asyncio.sleep(_NEWER_S)

    async def _newer(self, places: Places) -> None:
        while True:
            await asyncio.sleep(_NEWER_S)
            newest = (await places.runs())[-1:]
            if newest and newest[0] != self._run:
                self._run, self._sequence = newest[0], 0
                raise _NewerError

    async def _target(self, places: Places) -> int:
        """The sequence number that what is there ends with; in a stream that was made anew all is to be read again."""
        _, end = await places.span()
        if self._born not in {None, places.born}:
            self._sequence = 0
        self._born = places.born
        if self._run is None:
            return end
        last = await places.last(self._run)
        return last.sequence if last is not None else 0

    async def _place(self, places: Places) -> int:
        """Where to begin; of what begins later than its run the first line is copied too."""
        start = self._want.start if self._ready is not None else StartPosition()
        if self._run is not None:
            begin = await places.begin(self._run, start)
            if begin > 1:
                await self._take_first(places, self._run, begin)
            return begin
        if self._want.ends:
            return max(1, (await places.span())[1] - RECENT)
        begin = await places.begin_of_all(start)
        if begin > 1:
            await _together([self._take_first(places, run, begin) for run in await places.runs()])
        return begin

    async def _take_first(self, places: Places, run: str, begin: int) -> None:
        self._take(await places.first(run), begin)

    async def _take_ends(self, places: Places, begin: int) -> None:
        """Copy each run's first line and its last one, where they stand before the others that are copied."""

        async def both(run: str) -> None:
            first = await places.first(run)
            self._take(first, begin)
            if first is not None:
                self._take(await places.last(run, first.piece.end), begin)

        await _together([both(run) for run in await places.runs()])

    def _take(self, message: Message | None, begin: int) -> None:
        """Write a message unless it stands where copying begins, or later, and comes by itself."""
        if message is not None and message.sequence < begin:
            self._copies.take(message.run, [message.piece])

    async def _copy(self, connection: Connection, begin: int, target: int, path: str) -> None:
        """Write what comes; return when all that was there is written and no more is wanted."""
        subject = SUBJECTS if self._run is None else subject_of(self._run)
        from_there = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=max(1, begin))
        with connection.answers(self._address.stream):
            coming = await connection.streams.subscribe(
                subject, stream=self._address.stream, ordered_consumer=True, config=from_there,
                pending_bytes_limit=_PENDING,
            )  # fmt: skip
        while True:
            if self._sequence >= target:
                self._tell(path)
                if self._want.follow is Follow.NOT:
                    return
            await self._write([await _next(coming)], coming)

    async def _write(self, messages: list[Any], coming: Any) -> None:
        """Write a message, and those that wait behind it."""
        while coming.pending_msgs and len(messages) < _WRITTEN:
            messages.append(await _next(coming))
        by_run: dict[str, list[Any]] = defaultdict(list)
        for message in messages:
            run = run_of(message.subject)
            known = by_run[run]
            end = known[-1].end if known else self._copies.of(run).told
            known.append(piece_of(message.data, message.headers, end))
        for run, pieces in by_run.items():
            self._copies.take(run, pieces)
        self._sequence = messages[-1].metadata.sequence.stream

    def _tell(self, path: str) -> None:
        if self._ready is not None:
            self._ready(path)
            self._ready = None


def _nothing(_sentence: str) -> None:
    """Nobody is told anything yet."""


async def _next(coming: Any) -> Any:
    while True:
        try:
            return await coming.next_msg(timeout=60)
        except NothingYetError:
            continue
        except NatsError:
            raise ServerUnavailable("the stream has gone away") from None


async def _together(questions: list[Any]) -> None:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def in_turn(question: Any) -> None:
        async with turns:
            await question

    try:
        async with asyncio.TaskGroup() as tasks:
            for question in questions:
                tasks.create_task(in_turn(question))
    except BaseExceptionGroup as group:
        raise first_of(group) from None
