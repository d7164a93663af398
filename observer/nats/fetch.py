"""Copies runs from a stream into local files: from a start position, and then as new messages arrive."""

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
    MAX_PAUSE_S,
    Backoff,
    Connection,
    Connector,
    ServerUnavailable,
    StreamMissing,
    root_cause,
)
from observer.nats.local_copy import LocalCopies
from observer.nats.messages import SUBJECTS, Piece, piece_from_message, run_from_subject, subject_for
from observer.nats.stream_seek import RECENT_MESSAGES, Message, StreamRuns, gathered, match_run
from observer.source.items import Follow
from observer.source.locate import LATEST as LINK
from observer.source.mirror import CopyRequest
from observer.source.seek import StartPosition

ALL = "*"
LATEST = "latest"
_TOTAL_WAIT_FACTOR = 3
"""The limit for servers that come back but deliver nothing, as a multiple of the limit for silent servers."""
_FIRST_RETRY_LIMIT_S = 1.0
"""Longest pause between attempts while the viewer has nothing to read yet."""
_POLL_RUNS_S = 1.0
"""Seconds between queries for a newer run."""
_POLL_WRITTEN_S = 0.1
"""Seconds between two checks of how far a run is copied before a newer one is followed instead."""
_MAX_MESSAGES_PER_WRITE = 500
_MAX_PENDING_BYTES = 64 * 1024 * 1024
"""Bytes of received messages that may wait to be written."""

OnReady = Callable[[str], None]
Report = Callable[[str], None]


class _NewerError(Exception):
    """A newer run has started."""


class Fetcher:
    """Copies the run of an address, or all runs of its stream."""

    def __init__(self, address: Address, connector: Connector, request: CopyRequest, copies: LocalCopies) -> None:
        self._address = address
        self._connector = connector
        self._request = request
        self._copies = copies
        self._all = address.run in {"", ALL} or request.ends
        self._linked = not self._all and (address.run == LATEST or request.patient)
        self._run: str | None = None  # the one to copy, once it is known
        self._sequence = 0  # of the last message written
        self._followed: set[str] = set()  # runs of which every message is written since the first that was
        self._created: object = None  # when the stream was created
        self._unreachable = False
        self._silent_since = self._nothing_since = 0.0
        self._on_ready: OnReady | None = None  # until it was called
        self._report: Report = _discard

    async def run(self, on_ready: OnReady, report: Report) -> None:
        """Copy until cancelled; without following, until everything that existed at the start is copied.

        `on_ready` is called with the path once it can be read, `report` with a sentence when the servers become
        unreachable, and reachable again. Raises UnreadableError, and ServerUnavailable if no server answered in time.
        """
        self._on_ready, self._report = on_ready, report
        backoff = Backoff()
        self._silent_since = self._nothing_since = time.monotonic()
        while True:
            before = self._sequence
            try:
                async with self._connector.connection() as connection:
                    return await self._session(connection)
            except _NewerError:
                continue
            except ServerUnavailable as error:
                if self._created is not None and not self._unreachable:  # the servers answered until now
                    self._silent_since = time.monotonic()
                if self._sequence > before:
                    self._nothing_since = time.monotonic()
                if self._gives_up(error):
                    raise
                if not self._unreachable:
                    if self._request.patient:
                        self._set_ready(self._path())
                    report(f"{error}; retrying")
                self._unreachable = True
            limit_s = _FIRST_RETRY_LIMIT_S if self._on_ready is not None else MAX_PAUSE_S
            await backoff.wait(succeeded=self._sequence > before, limit_s=limit_s)

    def _gives_up(self, error: ServerUnavailable) -> bool:
        """Return whether to stop retrying: a viewer that has nothing to read yet waits for a limited time."""
        if self._on_ready is None or self._request.patient:
            return False
        now, within_s = time.monotonic(), self._request.within_s
        waited = now - self._silent_since >= within_s or now - self._nothing_since >= _TOTAL_WAIT_FACTOR * within_s
        return isinstance(error, StreamMissing) or waited

    async def _session(self, connection: Connection) -> None:
        """Copy on one connection. Raises ServerUnavailable when it breaks, _NewerError when a newer run has started."""
        runs = StreamRuns(connection, self._address.stream)
        if not self._all and self._run is None:
            self._run = await self._choose_run(runs)
        if self._run is not None and self._linked:
            self._copies.point_to(self._run)
        path = self._path()
        target = await self._target(runs)
        if self._unreachable:
            self._report(f"connected to {self._address} again")
            self._unreachable = False
        begin = self._sequence + 1 if 0 < self._sequence <= target else await self._first_sequence(runs)
        if self._request.ends and self._sequence == 0:
            await self._copy_ends(runs, begin)
        grows = self._request.follow is not Follow.NOT and not self._request.caught_up
        if grows and self._request.start.at_first_byte and not self._request.ends:
            self._set_ready(path)  # the copy can be read while it grows
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = [tasks.create_task(connection.raise_when_broken(self._address))]
                if self._address.run == LATEST and self._request.follow is Follow.NAME:
                    watching.append(tasks.create_task(self._raise_when_newer(runs)))
                await self._copy(connection, runs, begin, target, path)
                for task in watching:
                    task.cancel()
        except BaseExceptionGroup as group:
            raise root_cause(group) from None

    def _path(self) -> str:
        """Return what can be read: a directory, or a file (a link if it is not known yet which run it is)."""
        if self._run is None and not self._linked:
            return f"{self._copies.directory}/"
        return str(
            self._copies.directory / LINK if self._linked or self._run is None else self._copies.create(self._run)
        )

    async def _choose_run(self, runs: StreamRuns) -> str:
        """Return the run that the address matches; a patient viewer waits for it."""
        while True:
            names = await runs.runs()
            name = self._address.run
            if name == LATEST and (names or self._request.follow is Follow.NOT):
                return names[-1] if names else match_run("", names, self._address)
            if name != LATEST and (not self._request.patient or any(run.startswith(name) for run in names)):
                return match_run(name, names, self._address)
            if self._linked and self._request.follow is not Follow.NOT:
                self._set_ready(self._path())
            await asyncio.sleep(_POLL_RUNS_S)

    async def _raise_when_newer(self, runs: StreamRuns) -> None:
        """Raise _NewerError once a newer run has started and what the stream then had of the current one is written."""
        while True:
            await asyncio.sleep(_POLL_RUNS_S)
            newest = (await runs.runs())[-1:]
            if self._run is not None and newest and newest[0] != self._run:
                end = last = await runs.last(self._run)
                while end is not None and last is not None and self._sequence < end.sequence:
                    await asyncio.sleep(_POLL_WRITTEN_S)
                    last = await runs.last(self._run)  # None once the stream has discarded what is not copied yet
                self._run, self._sequence = newest[0], 0
                raise _NewerError

    async def _target(self, runs: StreamRuns) -> int:
        """Return the last sequence number to copy. In a stream that was created again, everything is copied again."""
        _, end = await runs.span()
        if self._created not in {None, runs.created}:
            self._sequence = 0
            self._followed.clear()
        self._created = runs.created
        if self._run is None:
            return end
        last = await runs.last(self._run)
        return last.sequence if last is not None else 0

    async def _first_sequence(self, runs: StreamRuns) -> int:
        """Return where to start copying. If that is after a run's first line, copy the first line too."""
        start = self._request.start if self._on_ready is not None else StartPosition()
        if self._run is not None:
            begin = await runs.first_sequence(self._run, start)
            if begin > 1:
                await self._copy_first(runs, self._run, begin)
            return begin
        if self._request.ends:
            return max(1, (await runs.span())[1] - RECENT_MESSAGES)
        begin = await runs.first_sequence_of_all(start)
        if begin > 1:
            await gathered([self._copy_first(runs, run, begin) for run in await runs.runs()])
        return begin

    async def _copy_first(self, runs: StreamRuns, run: str, begin: int) -> None:
        """Copy the first line of a run, which may consist of several messages."""
        message = await runs.first(run)
        while message is not None and message.sequence < begin:
            self._copies.write(run, [message.piece], message.stored)
            message = await runs.first(run, message.sequence + 1) if message.piece.more else None

    async def _copy_ends(self, runs: StreamRuns, begin: int) -> None:
        """Copy each run's first line and its last one, unless they come with the rest."""

        async def both(run: str) -> None:
            first = await runs.first(run)
            self._write_before(first, begin)
            if first is not None:
                self._write_before(await runs.last(run, first.piece.end), begin)

        await gathered([both(run) for run in await runs.runs()])

    def _write_before(self, message: Message | None, begin: int) -> None:
        """Write a message from before `begin`; later ones arrive through the subscription."""
        if message is not None and message.sequence < begin:
            self._copies.write(message.run, [message.piece], message.stored)

    async def _copy(self, connection: Connection, runs: StreamRuns, begin: int, target: int, path: str) -> None:
        """Write messages as they arrive. Return at `target` if nothing is followed."""
        subject = SUBJECTS if self._run is None else subject_for(self._run)
        config = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=max(1, begin))
        with connection.translating_errors(self._address.stream):
            subscription = await connection.streams.subscribe(
                subject, stream=self._address.stream, ordered_consumer=True, config=config,
                pending_bytes_limit=_MAX_PENDING_BYTES,
            )  # fmt: skip
        while True:
            if self._sequence >= target:
                self._set_ready(path)
                if self._request.follow is Follow.NOT:
                    return
            await self._write([await _next(subscription)], subscription, runs)

    async def _write(self, messages: list[Any], subscription: Any, runs: StreamRuns) -> None:
        """Write a message, and those that have arrived after it."""
        while subscription.pending_msgs and len(messages) < _MAX_MESSAGES_PER_WRITE:
            messages.append(await _next(subscription))
        by_run: dict[str, list[Piece]] = defaultdict(list)
        last_of: dict[str, Any] = {}
        for message in messages:
            run = run_from_subject(message.subject)
            pieces = by_run[run]
            end = pieces[-1].end if pieces else self._copies.copy_of(run).end
            pieces.append(piece_from_message(message.data, message.headers, end))
            last_of[run] = message
        for run, pieces in by_run.items():
            follows = run in self._followed  # what comes next may be gone, if the viewer was away or slow
            self._copies.write(run, pieces, runs.local_time(last_of[run].metadata.timestamp), follows=follows)
            self._followed.add(run)
        self._sequence = messages[-1].metadata.sequence.stream

    def _set_ready(self, path: str) -> None:
        if self._on_ready is not None:
            self._on_ready(path)
            self._on_ready = None


def _discard(_sentence: str) -> None:
    """Report nothing: `run` has not been called yet."""


async def _next(subscription: Any) -> Any:
    while True:
        try:
            return await subscription.next_msg(timeout=60)
        except NothingYetError:
            continue
        except NatsError:
            raise ServerUnavailable("lost the connection to the stream") from None
