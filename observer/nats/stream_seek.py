"""The runs in a stream, and the sequence number of a position in a run, found by bisecting."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from observer.errors import UnreadableError
from observer.format.event import Event, decode
from observer.format.line import Line
from observer.format.timestamps import parse_timestamp
from observer.nats.connection import Connection, root_cause
from observer.nats.messages import SUBJECTS, Piece, piece_from_message, run_from_subject, subject_for
from observer.nats.stream import stream_info
from observer.source.seek import StartPosition

EVENTS_BEFORE = 400
"""Events fetched from before a start position: they show what the run was doing there."""
RECENT_MESSAGES = 10_000
"""The last messages of all runs together that are assumed to include a heartbeat of each active run."""
_REFRESH_S = 30.0
"""Seconds after which the runs are fetched again although their number is the same: one may have replaced another."""
_CLOCK_CONSUMER_S = 1.0
"""Seconds after which the server removes the consumer that is created to learn its time."""
_MATCHES_SHOWN = 3
_MAX_REQUESTS = 256
"""Requests for runs that are sent at the same time."""

T = TypeVar("T")


class Message(Struct, frozen=True):
    """A message of a run, with its sequence number in the stream.

    `stored` is when the stream stored it, in seconds since 1970 on the clock of this machine; None if not known.
    """

    sequence: int
    run: str
    piece: Piece
    stored: float | None = None

    @property
    def event(self) -> Event | None:
        """The event, if the message is a complete line that is one."""
        event = None if self.piece.more else decode(Line(self.piece.data, 0))
        return event if isinstance(event, Event) else None


class StreamRuns:
    """Queries a stream about its runs. Every method raises ServerUnavailable if no server answers."""

    def __init__(self, connection: Connection, stream: str) -> None:
        self._connection = connection
        self._streams = connection.streams
        self._stream = stream
        self.created: object = None
        """The creation time of the stream, as of the last `span`."""
        self._clock_ahead_s: float | None = None
        self._runs: list[str] = []
        self._count = 0
        self._fetched = 0.0

    async def runs(self) -> list[str]:
        """Return the IDs of all runs, in order. There may be thousands, so they are fetched if their number changes."""
        count = (await stream_info(self._connection, self._stream)).state.num_subjects
        now = time.monotonic()
        if not count or count != self._count or now - self._fetched > _REFRESH_S:
            self._runs = await self._all_runs()
            self._count, self._fetched = count, now
        return self._runs

    async def _all_runs(self) -> list[str]:
        with self._connection.translating_errors(self._stream):
            info = await self._streams.stream_info(self._stream, subjects_filter=SUBJECTS)
        return sorted(run_from_subject(subject) for subject in info.state.subjects or {})

    async def span(self) -> tuple[int, int]:
        """Return the first and the last sequence number in the stream; (1, 0) if it is empty."""
        info = await stream_info(self._connection, self._stream)
        self.created = info.created
        ahead = info.clock_ahead_s(time.time())
        if ahead is not None:
            self._clock_ahead_s = ahead
        elif self._clock_ahead_s is None:
            self._clock_ahead_s = await self._measure_clock_ahead_s()
        return (max(1, info.state.first_seq), info.state.last_seq) if info.state.messages else (1, 0)

    async def first(self, run: str, sequence: int = 1) -> Message | None:
        """Return the first message of a run at or after a sequence number."""
        with self._connection.translating_errors(self._stream):
            try:
                message = await self._streams.get_msg(self._stream, seq=sequence, subject=subject_for(run), next=True)
            except NotFoundError:
                return None
        piece = piece_from_message(message.data or b"", message.headers, 0)
        return Message(message.seq or 0, run, piece, self.local_time(message.time))

    async def last(self, run: str, offset: int = 0) -> Message | None:
        """Return the last message of a run; `offset` is used if the message has no header for it."""
        with self._connection.translating_errors(self._stream):
            try:
                message = await self._streams.get_last_msg(self._stream, subject_for(run))
            except NotFoundError:
                return None
        piece = piece_from_message(message.data or b"", message.headers, offset)
        return Message(message.seq or 0, run, piece, self.local_time(message.time))

    def local_time(self, server_time: datetime | None) -> float | None:
        """Return a time of the server in seconds since 1970 on the clock of this machine, as of the last `span`."""
        return None if server_time is None else server_time.timestamp() - (self._clock_ahead_s or 0.0)

    async def _measure_clock_ahead_s(self) -> float:
        """Return by how much the clock of a server is ahead that tells only when it created something."""
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.NEW, ack_policy=AckPolicy.NONE, inactive_threshold=_CLOCK_CONSUMER_S,
            mem_storage=True,
        )  # fmt: skip
        with self._connection.translating_errors(self._stream):
            created = (await self._streams.add_consumer(self._stream, config)).created
        return created.timestamp() - time.time() if created is not None else 0.0

    async def first_sequence(self, run: str, start: StartPosition) -> int:
        """Return the sequence number from which a run must be copied to read it from `start`."""
        last = await self.last(run)
        number = last.event.seq if last is not None and last.event is not None else None
        if last is None or number is None or start.at_first_byte or start.matches is not None:
            return 1
        if start.since is not None:
            since = start.since
            earliest = await self._lowest(
                run, last.sequence, lambda event: (parse_timestamp(event.timestamp) or 0) >= since
            )
            event = earliest.event if earliest is not None else None
            number = event.seq if event is not None and event.seq is not None else number
        elif start.seq is not None:
            number = start.seq
        else:
            number -= start.last or 0
        message = await self._lowest(run, last.sequence, lambda event: (event.seq or 0) >= number - EVENTS_BEFORE)
        return message.sequence if message is not None else 1

    async def first_sequence_of_all(self, start: StartPosition) -> int:
        """Return the sequence number from which all runs together must be copied."""
        first, last = await self.span()
        if start.since is not None:
            return min(
                await gathered([self._first_since(run, start, last + 1) for run in await self.runs()]), default=1
            )
        if start.last is None or start.matches is not None:
            return 1
        return max(first, last - start.last - RECENT_MESSAGES)

    async def _first_since(self, run: str, start: StartPosition, end: int) -> int:
        """Return the sequence number from which a run must be copied to read it from a time; `end` if it was over.

        Only its own times count: the clocks of its machine and of the servers may both be wrong.
        """
        last = await self.last(run)
        if last is not None and last.event is not None:
            latest = parse_timestamp(last.event.timestamp)
        else:
            latest = last.stored if last is not None else None
        is_over = latest is not None and start.since is not None and latest < start.since
        return end if is_over else await self.first_sequence(run, start)

    async def _lowest(self, run: str, last: int, reached: Callable[[Event], bool]) -> Message | None:
        """Return the first message of a run for which `reached` is true; it must be true for all later ones too."""
        low, high = (await self.span())[0], last
        while low < high:
            middle = (low + high) // 2
            message = await self._event_after(run, middle, high)
            if message is None or (message.event is not None and reached(message.event)):
                high = middle
            else:
                low = message.sequence + 1
        return await self.first(run, low)

    async def _event_after(self, run: str, sequence: int, high: int) -> Message | None:
        """Return the first message with an event at or after a sequence number, and before `high`."""
        while sequence < high:
            message = await self.first(run, sequence)
            if message is None or message.event is not None:
                return message if message is not None and message.sequence < high else None
            sequence = message.sequence + 1
        return None


def match_run(name: str, runs: list[str], where: object) -> str:
    """Return the one run that `name`, an ID or a prefix of one, matches. Raises UnreadableError."""
    matches = [name] if name in runs else [run for run in runs if run.startswith(name)]
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise UnreadableError(f"no run at {where} matches {name!r} (try: observe list {where})")
    some = ", ".join(matches[:_MATCHES_SHOWN]) + (
        f" and {len(matches) - _MATCHES_SHOWN} more" if len(matches) > _MATCHES_SHOWN else ""
    )
    raise UnreadableError(f"{name!r} matches {len(matches)} runs at {where}: {some}; use a longer prefix")


async def gathered(requests: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Return the results of requests, of which a limited number is sent at the same time."""
    limit = asyncio.Semaphore(_MAX_REQUESTS)

    async def limited(request: Coroutine[Any, Any, T]) -> T:
        async with limit:
            return await request

    try:
        async with asyncio.TaskGroup() as tasks:
            answers = [tasks.create_task(limited(request)) for request in requests]
    except BaseExceptionGroup as group:
        raise root_cause(group) from None
    return [answer.result() for answer in answers]
