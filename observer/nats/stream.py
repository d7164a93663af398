"""The stream that keeps the runs: made when it is missing, and asked how far a run has got."""

from datetime import datetime
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import Decoder
from nats.js.api import StreamConfig, StreamInfo
from nats.js.errors import APIError, BadRequestError, NotFoundError

from observer.errors import UnreadableError
from observer.nats.connection import Connection, ServerUnavailable
from observer.nats.messages import OFFSET, PREFIX, SUBJECTS, Piece, piece_of, subject_of

_DUPLICATES_S = 120.0
"""Seconds for which the server remembers message ids."""
_ASKED_S = 2.0
"""Seconds that so short an answer may take; what is asked while a stream has no leader is never answered."""
_TAKES = frozenset({SUBJECTS, f"{PREFIX}>", ">"})
"""Subjects of streams that take all runs."""
_TAKEN = 10058
"""The server's code for a stream of that name with other settings."""


class Retention(Struct, frozen=True):
    """How a stream is made when it is missing: copies, how long it keeps lines, and how many bytes of them."""

    name: str
    replicas: int = 1
    max_age_s: float = 0
    max_bytes: int = -1

    def differs(self, config: StreamConfig) -> str:
        """Return in which of the settings that were asked for a stream differs, as options; empty: in none.

        >>> Retention("RUNS", replicas=3, max_bytes=500).differs(StreamConfig(num_replicas=1, max_age=60, max_bytes=-1))
        '--replicas, --max-bytes'
        """
        found = [
            ("--replicas", self.replicas, 1, config.num_replicas),
            ("--max-age", self.max_age_s, 0, config.max_age or 0),
            ("--max-bytes", self.max_bytes, -1, config.max_bytes),
        ]
        return ", ".join(option for option, asked, unasked, there in found if asked not in {unasked, there})


class Mark(Struct, frozen=True):
    """The last that a stream has of a run: its sequence number there, 0 if there is nothing, and the bytes."""

    sequence: int
    piece: Piece | None


class _State(Struct, frozen=True):
    messages: int = 0
    num_subjects: int = 0
    first_seq: int = 0
    last_seq: int = 0
    first_ts: datetime | None = None
    last_ts: datetime | None = None


class _Info(Struct):
    """What the client library leaves out of what it knows of a stream."""

    created: str = ""  # as written: what others make of its nanoseconds differs
    state: _State = _State()
    error: dict[str, Any] | None = None


_INFO = Decoder(_Info)


class Stream:
    """The stream as it was when it was asked: since when it is there, and from when on it has everything."""

    def __init__(self, connection: Connection, keeping: Retention, info: StreamInfo, created: str) -> None:
        self.name = keeping.name
        self.created = created
        self.last = info.state.last_seq
        sizes = (connection.client.max_payload, info.config.max_msg_size or 0)
        self.differs = keeping.differs(info.config)
        """Options that it was not made with, as it was there already."""
        self.longest = min(size for size in sizes if size > 0)
        """Bytes that a message may have, with its headers."""
        self._connection = connection
        self._complete = info.state.first_seq <= 1
        self._kept_since: float | None = None

    async def how_far(self, run: str) -> Mark | None:
        """Return the last that there is of a run; None when another program published it and says no offset.

        Raises AwayError.
        """
        with self._connection.answers(self.name):
            try:
                found = await self._connection.streams.get_last_msg(self.name, subject_of(run))
            except NotFoundError:
                return Mark(0, None)
        headers = found.headers or {}
        if OFFSET not in headers:
            return None
        return Mark(found.seq or 0, piece_of(found.data or b"", headers, 0))

    async def kept_since(self) -> float:
        """Return from when on all that was published is still there, in seconds since 1970. Raises AwayError."""
        if self._complete:
            return 0.0
        if self._kept_since is None:
            state = (await info_of(self._connection, self.name)).state
            oldest = state.first_ts if state.messages else state.last_ts
            self._kept_since = oldest.timestamp() if oldest is not None else 0.0
        return self._kept_since

    async def is_the_same(self) -> bool:
        """Tell whether the stream of that name is still this one. Raises AwayError."""
        return (await info_of(self._connection, self.name)).created == self.created


async def info_of(connection: Connection, name: str) -> _Info:
    """Return what is told of a stream, without its subjects. Raises AwayError, and UnreadableError as refusals do."""
    with connection.answers(name):
        answer = await connection.client.request(f"$JS.API.STREAM.INFO.{name}", timeout=_ASKED_S)
        try:
            info = _INFO.decode(answer.data)
        except DecodeError:
            raise ServerUnavailable(f"{name} does not answer") from None
        if info.error is not None:
            APIError.from_error(info.error)
    return info


async def stream_of(connection: Connection, keeping: Retention) -> Stream:
    """Return the stream, made if it is missing. Raises AwayError, or UnreadableError when the servers refuse to."""
    with connection.answers(keeping.name):
        try:
            info = await connection.streams.stream_info(keeping.name)
        except NotFoundError:
            info = await _made(connection, keeping)
    if not _TAKES & set(info.config.subjects or []):
        raise UnreadableError(f"the stream {keeping.name} does not take {SUBJECTS}; name another one with --stream")
    return Stream(connection, keeping, info, (await info_of(connection, keeping.name)).created)


async def _made(connection: Connection, keeping: Retention) -> StreamInfo:
    try:
        return await connection.streams.add_stream(
            StreamConfig(
                name=keeping.name,
                subjects=[SUBJECTS],
                num_replicas=keeping.replicas,
                max_age=keeping.max_age_s,
                max_bytes=keeping.max_bytes,
                duplicate_window=min(_DUPLICATES_S, keeping.max_age_s or _DUPLICATES_S),
                allow_direct=True,
            )
        )
    except BadRequestError as error:
        if error.err_code != _TAKEN:  # somebody else has made it meanwhile, and keeps things otherwise
            raise
        return await connection.streams.stream_info(keeping.name)
