"""Which runs a stream has, and where in it a place of a run is, found by bisecting it: a dozen questions or two."""

import time
from collections.abc import Callable

from msgspec import Struct
from nats.js.errors import NotFoundError

from observer.errors import UnreadableError
from observer.format.event import Event, decode
from observer.format.lines import Line
from observer.format.timestamps import parse_timestamp
from observer.nats.connection import Connection
from observer.nats.messages import SUBJECTS, Piece, piece_of, run_of, subject_of
from observer.nats.stream import info_of
from observer.source.seek import StartPosition

BEFORE = 400
"""Events that are fetched from before a place: they tell what the run was doing there."""
RECENT = 10_000
"""Messages of all runs together among which a heartbeat of each that goes on is taken to be."""
_SURELY_S = 30.0
"""So often all runs are asked for though there are as many as before: one may have come when another went."""
_SKEW_S = 600.0
"""Seconds by which clocks of machines may differ."""
_NAMED = 3


class Message(Struct, frozen=True):
    """What a stream has at a sequence number."""

    sequence: int
    run: str
    piece: Piece

    @property
    def event(self) -> Event | None:
        """The event, if it is a whole line and one."""
        found = None if self.piece.more else decode(Line(self.piece.data, 0))
        return found if isinstance(found, Event) else None


class Places:
    """Asks a stream about its runs. Every method raises AwayError when nobody answers."""

    def __init__(self, connection: Connection, stream: str) -> None:
        self._connection = connection
        self._streams = connection.streams
        self._stream = stream
        self.born: object = None
        """When the stream was made, as `span` has found."""
        self._runs: list[str] = []
        self._count = 0
        self._asked = 0.0

    async def runs(self) -> list[str]:
        """Return the ids of all runs, in order: asked for, as there may be thousands, when their number has changed."""
        count = (await info_of(self._connection, self._stream)).state.num_subjects
        now = time.monotonic()
        if not count or count != self._count or now - self._asked > _SURELY_S:
            self._runs = await self._all_runs()
            self._count, self._asked = count, now
        return self._runs

    async def _all_runs(self) -> list[str]:
        with self._connection.answers(self._stream):
            info = await self._streams.stream_info(self._stream, subjects_filter=SUBJECTS)
        return sorted(run_of(subject) for subject in info.state.subjects or {})

    async def span(self) -> tuple[int, int]:
        """Return the first and the last sequence number that the stream has; (1, 0) when it is empty."""
        info = await info_of(self._connection, self._stream)
        self.born = info.created
        return (max(1, info.state.first_seq), info.state.last_seq) if info.state.messages else (1, 0)

    async def first(self, run: str, sequence: int = 1) -> Message | None:
        """Return the first message of a run that stands at a sequence number or after it."""
        with self._connection.answers(self._stream):
            try:
                found = await self._streams.get_msg(self._stream, seq=sequence, subject=subject_of(run), next=True)
            except NotFoundError:
                return None
        return Message(found.seq or 0, run, piece_of(found.data or b"", found.headers, 0))

    async def last(self, run: str, offset: int = 0) -> Message | None:
        """Return the last message of a run; `offset` is where it stands if it does not say so itself."""
        with self._connection.answers(self._stream):
            try:
                found = await self._streams.get_last_msg(self._stream, subject_of(run))
            except NotFoundError:
                return None
        return Message(found.seq or 0, run, piece_of(found.data or b"", found.headers, offset))

    async def begin(self, run: str, start: StartPosition) -> int:
        """Return the sequence number from which on a run is needed to read it from `start` on."""
        last = await self.last(run)
        number = last.event.seq if last is not None and last.event is not None else None
        if last is None or number is None or start.at_first_byte or start.matches is not None:
            return 1
        if start.since is not None:
            since = start.since
            there = await self._lowest(
                run, last.sequence, lambda event: (parse_timestamp(event.timestamp) or 0) >= since
            )
            event = there.event if there is not None else None
            number = event.seq if event is not None and event.seq is not None else number
        elif start.seq is not None:
            number = start.seq
        else:
            number -= start.last or 0
        found = await self._lowest(run, last.sequence, lambda event: (event.seq or 0) >= number - BEFORE)
        return found.sequence if found is not None else 1

    async def begin_of_all(self, start: StartPosition) -> int:
        """The same for all runs together."""
        first, last = await self.span()
        if start.since is not None:
            return await self._stored_since(start.since - _SKEW_S, first, last)
        if start.last is None or start.matches is not None:
            return 1
        return max(first, last - start.last - RECENT)

    async def _stored_since(self, time_s: float, low: int, high: int) -> int:
        """Return the first sequence number that was stored at a time or after it: no event was before it happened."""
        while low < high:
            middle = (low + high) // 2
            with self._connection.answers(self._stream):
                found = await self._streams.get_msg(self._stream, seq=middle, subject=SUBJECTS, next=True)
            if found.time is None or found.time.timestamp() >= time_s:
                high = middle
            else:
                low = (found.seq or middle) + 1
        return low

    async def _lowest(self, run: str, last: int, reached: Callable[[Event], bool]) -> Message | None:
        """Return the first message of a run for which something holds that holds for all after it too."""
        low, high = (await self.span())[0], last
        while low < high:
            middle = (low + high) // 2
            found = await self._event_after(run, middle, high)
            if found is None or (found.event is not None and reached(found.event)):
                high = middle
            else:
                low = found.sequence + 1
        return await self.first(run, low)

    async def _event_after(self, run: str, sequence: int, high: int) -> Message | None:
        """The first event at a sequence number or after it, but before `high`; what is none tells nothing."""
        while sequence < high:
            found = await self.first(run, sequence)
            if found is None or found.event is not None:
                return found if found is not None and found.sequence < high else None
            sequence = found.sequence + 1
        return None


def meant(name: str, runs: list[str], where: object) -> str:
    """Return the one run that a name, or the beginning of one, means. Raises UnreadableError."""
    found = [name] if name in runs else [run for run in runs if run.startswith(name)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UnreadableError(f"no run at {where} begins with {name}; observe list {where} shows them")
    some = ", ".join(found[:_NAMED]) + (f" and {len(found) - _NAMED} more" if len(found) > _NAMED else "")
    raise UnreadableError(f"{len(found)} runs at {where} begin with {name}: {some}; give more of the id")
